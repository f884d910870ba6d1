"""Who is behind each roster row: legal entity, kind, need and industry, with the enterprise table filling the blanks.

What a roster states wins over the enterprise table (as filed); where it is silent, the row of the same legal entity in
the enterprise table speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.columns import ROSTERS
from ipps_geo.workspace.demand import roster_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

ANSWERS = {"yes": 1, "no": 0, "unknown": -1}


@dataclass(frozen=True, eq=False)
class Entries:
    """Roster rows as arrays, all of length ``len(frame)``; ``register_*`` arrays are addressed by ``entity``.

    Attributes
    ----------
    frame
        The rows, of all holders, past and present.
    keys
        Entity key per row.
    entity
        Number of the legal entity; a row without code and without a register row is an entity of its own.
    coded
        The entity is known for certain: by its credit code, and not a branch of an unknown parent.
    kind
        1 enterprise, 0 not, -1 unknown (by credit code, else by legal form).
    need, has_evidence, need_date
        Need as filed (1, 0, -1), whether dated evidence is filed, and its day.
    listed, delisted
        First day on the roster, and the day from which it is off; NaT is open.
    register_yes, register_no, register_evidence, register_codes
        Need and industry codes of the entity in the enterprise table.
    """

    frame: pd.DataFrame
    keys: pd.Series
    entity: NDArray[np.int64]
    coded: NDArray[np.bool_]
    kind: NDArray[np.int8]
    need: NDArray[np.int8]
    has_evidence: NDArray[np.bool_]
    need_date: NDArray[np.datetime64]
    listed: NDArray[np.datetime64]
    delisted: NDArray[np.datetime64]
    is_branch: NDArray[np.bool_]
    register_yes: NDArray[np.bool_]
    register_no: NDArray[np.bool_]
    register_evidence: NDArray[np.bool_]
    register_codes: NDArray[np.object_]

    @cached_property
    def texts(self) -> Mapping[str, NDArray[np.object_]]:
        """Columns that evidence quotes, as plain arrays: key, name, uscc, industry_codes; None where missing."""
        columns = {name: self.frame[name] for name in ("name", "uscc", "industry_codes")}
        return {
            name: column.to_numpy(dtype=object, na_value=None) for name, column in {**columns, "key": self.keys}.items()
        }

    @cached_property
    def key_service(self) -> NDArray[np.bool_]:
        """Whether the row is on its holder's key service list."""
        return np.asarray((self.frame["key_service"] == "yes").to_numpy(dtype=bool, na_value=False))

    @cached_property
    def holders(self) -> tuple[pd.Index, NDArray[np.int64]]:
        """Distinct holder ids, and the position of each row's holder among them."""
        codes, distinct = pd.factorize(self.frame["holder_id"])
        return pd.Index(distinct), codes.astype(np.int64)

    @cached_property
    def rows_by_holder(self) -> dict[str, NDArray[np.int64]]:
        """Positions of the rows of each holder."""
        distinct, codes = self.holders
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(distinct)))
        return dict(zip(distinct.tolist(), np.split(order, ends[:-1]), strict=True)) if len(distinct) else {}

    @cached_property
    def name_keys(self) -> NDArray[np.object_]:
        """Normalised name per row; for a branch of an unknown parent the part that names the company."""
        codes, distinct = pd.factorize(self.frame["name"])
        names = np.array([identity.normalise_name(str(name)) for name in distinct], dtype=object)
        result: NDArray[np.object_] = names[codes]
        for row in np.flatnonzero(self.is_branch & ~self.coded):
            company, found, _ = str(result[row]).partition("公司")
            result[row] = company + found
        return result


def roster_entries(workspace: Workspace, policy: Policy, extra: pd.DataFrame | None = None) -> Entries:
    """Return the roster rows of a workspace as arrays, with the rows of ``extra`` (a proposed roster) after them."""
    frame = workspace.rosters
    if extra is not None:
        columns = list(ROSTERS.columns)
        frame = pd.concat([frame[columns], extra[columns]], ignore_index=True)
    else:
        frame = frame.reset_index(drop=True)
    keys = roster_keys(frame, workspace.enterprises)
    codes, distinct = pd.factorize(keys)
    loose = keys.str.startswith("name:").to_numpy(dtype=bool, na_value=True)
    entity = np.where(loose, len(distinct) + np.arange(len(frame)), codes).astype(np.int64)
    register, register_codes = _register(workspace.enterprises, pd.Index(distinct), len(distinct) + len(frame))
    own = identity.clean_uscc(frame["uscc"]).to_numpy(dtype=object)
    is_branch = (frame["legal_form"] == "branch").to_numpy(dtype=bool, na_value=False) | register["branch"][entity]
    coded = identity.has_code(keys).to_numpy(dtype=bool) & ~(is_branch & (keys.to_numpy(dtype=object) == own))
    kinds = identity.counts_as_enterprise(keys, policy.enterprise_kinds).map(ANSWERS).to_numpy(dtype=np.int8)
    company = (frame["legal_form"] == "company").to_numpy(dtype=bool, na_value=False) | register["company"][entity]
    individual = (frame["legal_form"] == "individual_business").to_numpy(dtype=bool, na_value=False)
    has_code = identity.has_code(keys).to_numpy(dtype=bool)
    individual_kind = ANSWERS[policy.enterprise_kinds.get("92", "unknown")]
    kinds = np.where(has_code, kinds, np.where(company, 1, np.where(individual, individual_kind, kinds)))
    return Entries(
        frame,
        keys,
        entity,
        coded,
        kinds.astype(np.int8),
        frame["explicit_need"].map(ANSWERS).fillna(-1).to_numpy(dtype=np.int8),
        frame["need_evidence"].notna().to_numpy() & frame["need_date"].notna().to_numpy(),
        frame["need_date"].to_numpy(dtype="datetime64[s]"),
        frame["listed_on"].to_numpy(dtype="datetime64[s]"),
        frame["delisted_on"].to_numpy(dtype="datetime64[s]"),
        is_branch,
        register["yes"],
        register["no"],
        register["evidence"],
        register_codes,
    )


def _register(
    enterprises: pd.DataFrame, keys: pd.Index, size: int
) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.object_]]:
    """Return what the enterprise table knows of each listed entity: flags, and industry codes; of length ``size``."""
    arrays = {name: np.zeros(size, dtype=bool) for name in ("yes", "no", "evidence", "company", "branch")}
    codes: NDArray[np.object_] = np.full(size, None, dtype=object)
    position = keys.get_indexer(pd.Index(identity.entity_keys(enterprises)))
    rows = np.flatnonzero(position >= 0)
    if not len(rows):
        return arrays, codes
    known = enterprises.iloc[rows]
    where = position[rows]
    need = known["explicit_need"].to_numpy(dtype=object)
    arrays["yes"][where[need == "yes"]] = True
    arrays["no"][where[need == "no"]] = True
    evidenced = (known["need_evidence"].notna() & known["need_date"].notna()).to_numpy() & (need == "yes")
    arrays["evidence"][where[evidenced]] = True
    form = known["legal_form"].to_numpy(dtype=object)
    arrays["company"][where[form == "company"]] = True
    own = identity.clean_uscc(known["uscc"]).to_numpy(dtype=object)
    arrays["branch"][where[(form == "branch") & (own == keys.to_numpy(dtype=object)[where])]] = True
    listed = known["industry_codes"].to_numpy(dtype=object)
    filled = known["industry_codes"].notna().to_numpy()
    where, listed = where[filled], listed[filled]
    # Rows of one entity (a branch and its parent) bring their codes together, in an order that is their own.
    order = np.lexsort((listed.astype(str), where))
    for place, text in zip(where[order].tolist(), listed[order].tolist(), strict=True):
        codes[place] = text if codes[place] is None else f"{codes[place]};{text}"
    return arrays, codes
