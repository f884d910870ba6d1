"""Who is behind each roster row: legal entity, kind, need and industry, with the enterprise table filling the blanks.

What a roster states wins over the enterprise table (as filed); where it is silent, the row of the same legal entity in
the enterprise table speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.columns import ROSTERS
from ipps_geo.compliance.left_out import doubted_entities, possible_rows
from ipps_geo.workspace import namesakes
from ipps_geo.workspace.activity import roster_keys
from ipps_geo.workspace.demand import entity_industries

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
    register_yes, register_no, register_evidence
        First day on which the enterprise table answers so for the entity; the least day for an undated answer, NaT
        where it does not.
    register_codes
        Industry codes of the entity in the enterprise table (``demand.entity_industries``).
    namesake_row, namesake
        Pairs of a row that is not coded and an entity of another row that it may be: its name, by the enterprise table.
    left_out
        0 for a row that was read; 1 for one that a load left out, and only may stand here; 2 for one of these whose
        answer could not be read.
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
    register_yes: NDArray[np.datetime64]
    register_no: NDArray[np.datetime64]
    register_evidence: NDArray[np.datetime64]
    register_codes: NDArray[np.object_]
    namesake_row: NDArray[np.int64]
    namesake: NDArray[np.int64]
    left_out: NDArray[np.int8]

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
        """Positions of the rows of each holder that were read."""
        if not self.left_out.any():
            return self.possible_by_holder
        read = {holder: rows[self.left_out[rows] == 0] for holder, rows in self.possible_by_holder.items()}
        return {holder: rows for holder, rows in read.items() if len(rows)}

    @cached_property
    def possible_by_holder(self) -> dict[str, NDArray[np.int64]]:
        """Positions of the rows of each holder, with those that a load left out."""
        distinct, codes = self.holders
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(distinct)))
        return dict(zip(distinct.tolist(), np.split(order, ends[:-1]), strict=True)) if len(distinct) else {}

    @cached_property
    def name_keys(self) -> NDArray[np.object_]:
        """Normalised name per row; for a branch of an unknown parent the part that names the company."""
        return namesakes.name_keys(self.frame["name"], self.is_branch & ~self.coded)


def roster_entries(workspace: Workspace, policy: Policy, extra: pd.DataFrame | None = None) -> Entries:
    """Return the roster rows of a workspace as arrays, with the rows of ``extra`` (a proposed roster) after them.

    Rows that a load left out follow.
    """
    columns = list(ROSTERS.columns)
    possible = possible_rows(workspace)
    parts = [workspace.rosters[columns], *([] if extra is None else [extra[columns]])]
    read = sum(len(part) for part in parts)
    parts += [possible[columns]] if len(possible) else []
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)
    left_out = np.zeros(len(frame), dtype=np.int8)
    left_out[read:] = np.where(possible["need_hidden"], 2, 1)
    enterprises = workspace.enterprises
    enterprise_keys = identity.entity_keys(enterprises)
    keys = roster_keys(frame, enterprises, enterprise_keys)
    codes, distinct = pd.factorize(keys)
    listed = pd.Index(distinct)
    loose = keys.str.startswith("name:").to_numpy(dtype=bool, na_value=True)
    entity = np.where(loose, len(distinct) + np.arange(len(frame)), codes).astype(np.int64)
    listed_at = listed.get_indexer(pd.Index(enterprise_keys))
    register, register_codes = _register(enterprises, enterprise_keys, listed_at, len(distinct) + len(frame))
    is_branch = namesakes.branches(frame, keys, namesakes.registered_branches(enterprises, enterprise_keys))
    coded = namesakes.settled(frame, keys, is_branch)
    doubted, doubted_ids = doubted_entities(workspace)
    if doubted or doubted_ids:
        coded &= ~(keys.isin(doubted) | frame["enterprise_id"].isin(doubted_ids)).to_numpy(dtype=bool)
    # A row whose own code and whose register row name two legal entities may be either.
    by_id = (
        frame["enterprise_id"]
        .map(pd.Series(enterprise_keys.to_numpy(), index=enterprises["enterprise_id"].to_numpy(), dtype="str"))
        .astype("str")
    )
    torn = np.flatnonzero((coded & identity.has_code(by_id) & (by_id != keys)).to_numpy(dtype=bool, na_value=False))
    coded[torn] = False
    unsettled = np.flatnonzero(~coded)
    names = namesakes.name_keys(frame["name"].iloc[unsettled], is_branch[unsettled])
    known = listed_at >= 0 if len(names) else np.zeros(len(listed_at), dtype=bool)
    pairs = namesakes.namesakes(names, enterprises[known], enterprise_keys[known])
    there = listed.get_indexer(pd.Index(by_id.iloc[torn]))
    return Entries(
        frame,
        keys,
        entity,
        coded,
        _kinds(frame, keys, entity, register["company"], policy),
        _answers(frame["explicit_need"]),
        frame["need_evidence"].notna().to_numpy() & frame["need_date"].notna().to_numpy(),
        frame["need_date"].to_numpy(dtype="datetime64[s]"),
        frame["listed_on"].to_numpy(dtype="datetime64[s]"),
        frame["delisted_on"].to_numpy(dtype="datetime64[s]"),
        is_branch,
        register["yes"],
        register["no"],
        register["evidence"],
        register_codes,
        np.concatenate([unsettled[pairs["row"].to_numpy()], torn[there >= 0]]),
        np.concatenate([listed.get_indexer(pd.Index(pairs["entity_key"])), there[there >= 0]]),
        left_out,
    )


ALWAYS = np.datetime64("0001-01-01", "s")
"""Stands for a fact without a day: it holds on every one."""


def _answers(words: pd.Series) -> NDArray[np.int8]:
    """Return yes, no, unknown and missing as 1, 0, -1 and -1."""
    codes, distinct = pd.factorize(words)
    answers = np.array([*(ANSWERS[word] for word in distinct), -1], dtype=np.int8)
    result: NDArray[np.int8] = answers[codes]  # a missing word has the code -1, the last answer
    return result


def _kinds(
    frame: pd.DataFrame, keys: pd.Series, entity: NDArray[np.int64], companies: NDArray[np.bool_], policy: Policy
) -> NDArray[np.int8]:
    """Return whether each row is an enterprise: by its credit code, else by its legal form as filed or registered."""
    kinds = _answers(identity.counts_as_enterprise(keys, policy.enterprise_kinds))
    form = frame["legal_form"].to_numpy(dtype=object, na_value="")
    bare = ~np.asarray(identity.has_code(keys), dtype=bool)
    kinds[bare & (form == "individual_business")] = ANSWERS[policy.enterprise_kinds.get("92", "unknown")]
    kinds[bare & ((form == "company") | ((form == "") & companies[entity]))] = 1
    return kinds


def _register(
    enterprises: pd.DataFrame, enterprise_keys: pd.Series, listed_at: NDArray[np.int64], size: int
) -> tuple[dict[str, Any], NDArray[np.object_]]:
    """Return what the enterprise table knows of each listed entity, of length ``size``: first days, industry codes.

    ``listed_at`` is the number of each enterprise's entity, -1 where no roster names it.
    """
    rows = np.flatnonzero(listed_at >= 0)
    known, where = enterprises.iloc[rows], listed_at[rows]
    need = known["explicit_need"].to_numpy(dtype=object)
    answered = known["need_date"].to_numpy(dtype="datetime64[s]")
    dated = ~np.isnat(answered)
    answered = np.where(dated, answered, ALWAYS)
    facts: dict[str, Any] = {}
    for name, chosen in (
        ("yes", need == "yes"),
        ("no", need == "no"),
        ("evidence", (need == "yes") & dated & known["need_evidence"].notna().to_numpy()),
    ):
        first = np.full(size, _NEVER)
        np.minimum.at(first, where[chosen], answered[chosen])
        facts[name] = np.where(first == _NEVER, np.datetime64("NaT", "s"), first)
    facts["company"] = np.zeros(size, dtype=bool)
    facts["company"][where[known["legal_form"].to_numpy(dtype=object) == "company"]] = True
    codes: NDArray[np.object_] = np.full(size, None, dtype=object)
    industries = entity_industries(pd.Series(where, index=known.index), known["industry_codes"])
    codes[industries.index] = industries.to_numpy(dtype=object)
    return facts, codes


_NEVER = np.datetime64("9999-12-31", "s")
