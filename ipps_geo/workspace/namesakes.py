"""Roster rows whose legal entity is not settled, and the registered entities that they may be.

A row without a usable credit code, or of a branch whose parent nobody names, is never merged into another entity: two
enterprises may share a name. Nor is it nobody. The rules count it as uncertain and leave an overlap by name to a
person, and no plan offers an enterprise as free that such a row may already name: both read this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray


def registered_branches(enterprises: pd.DataFrame, enterprise_keys: pd.Series) -> set[str]:
    """Return the keys of registered branches whose parent is not known, so that the branch's own code is the key."""
    branch = (enterprises["legal_form"] == "branch").to_numpy(dtype=bool, na_value=False)
    stated, keys = enterprises.loc[branch], enterprise_keys[branch]
    return set(keys[(identity.clean_uscc(stated["uscc"]) == keys).to_numpy(dtype=bool, na_value=False)])


def branches(rosters: pd.DataFrame, keys: pd.Series, registered: Collection[str]) -> NDArray[np.bool_]:
    """Return, per roster row, whether it is a branch: by its own statement, or by the register's."""
    stated: NDArray[np.bool_] = (rosters["legal_form"] == "branch").to_numpy(dtype=bool, na_value=False)
    return stated | keys.isin(list(registered)).to_numpy(dtype=bool) if registered else stated


def settled(rosters: pd.DataFrame, keys: pd.Series, is_branch: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return, per roster row, whether its legal entity is certain: a credit code that is not that of a lone branch."""
    result = np.array(identity.has_code(keys), dtype=bool)
    own = identity.clean_uscc(rosters["uscc"][is_branch])
    result[is_branch] &= ~(own == keys[is_branch]).to_numpy(dtype=bool, na_value=False)
    return result


def name_keys(names: pd.Series, is_lone_branch: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return the normalised name per row; of a branch whose parent nobody names, the part that names the company.

    >>> name_keys(pd.Series(["甲（北京）公司", "乙公司海淀分公司"]), np.array([False, True])).tolist()
    ['甲北京公司', '乙公司']
    """
    codes, distinct = pd.factorize(names)
    written = np.array([identity.normalise_name(str(name)) for name in distinct], dtype=object)
    result: NDArray[np.object_] = written[codes] if len(written) else np.zeros(len(codes), dtype=object)
    for row in np.flatnonzero(is_lone_branch):
        company, found, _ = str(result[row]).partition("公司")
        result[row] = company + found
    return result


def namesakes(names: NDArray[np.object_], enterprises: pd.DataFrame, enterprise_keys: pd.Series) -> pd.DataFrame:
    """Return the pairs (row, entity_key): entities with a credit code that bear, or bore, the name of each row.

    ``names`` are as :func:`name_keys` gives them; ``row`` is the position in them. One name may find several entities.
    """
    coded = identity.has_code(enterprise_keys).to_numpy(dtype=bool)
    if not len(names) or not coded.any():
        return pd.DataFrame({"row": pd.Series(dtype="int64"), "entity_key": pd.Series(dtype="str")})
    former = enterprises.loc[coded, "former_names"].dropna().str.split(";").explode()
    borne = pd.concat([enterprises.loc[coded, "name"], former])
    known = pd.DataFrame(
        {
            "name": borne.astype(object).map(identity.normalise_name),
            "entity_key": enterprise_keys[coded].reindex(borne.index),
        }
    ).drop_duplicates()
    wanted = pd.DataFrame({"name": names, "row": np.arange(len(names))})
    found = wanted.merge(known, on="name")[["row", "entity_key"]].drop_duplicates()
    return found.sort_values(["row", "entity_key"], ignore_index=True)
