"""Demand: one row per legal entity that a workstation could serve, with what the rules need to know about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.policy import key_industry_answers
from ipps_geo.workspace.activity import active_rosters
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

NEED_WORDS: Mapping[int, str] = MappingProxyType({1: "yes", 0: "no", -1: "unknown"})
"""Answer that each code of the column ``need`` stands for."""


def demand_table(workspace: Workspace, policy: Policy, on: dt.date) -> gpd.GeoDataFrame:
    """Return one row per legal entity of the enterprise table, sorted by ``entity_key``, in EPSG:4490.

    Branches fold into their parent; the row shown is the parent's own where the table holds it, else the one with the
    lowest ``enterprise_id``. Columns: entity_key, enterprise_id, uscc, name, industry_codes, sme_class, unit (of the
    place; the declared one where the place is unknown), key_industry (yes, no, unknown under ``policy`` in that unit),
    is_enterprise (yes, no, unknown by kind of credit code), need (int8: 1 yes, 0 no, -1 unknown; contradictory answers
    of one entity are unknown), holder_id (the active station whose roster names it, else missing), geometry.
    """
    enterprises = workspace.enterprises
    keys = identity.entity_keys(enterprises)
    own = (identity.clean_uscc(enterprises["uscc"]) == keys).to_numpy(dtype=bool, na_value=False)
    table = enterprises[["enterprise_id", "uscc", "name", "industry_codes", "sme_class", "geometry"]].copy()
    table.insert(0, "entity_key", keys)
    located = locate_units(enterprises.geometry, workspace.service_units)
    table["unit"] = located.where(located.notna(), enterprises["unit"])
    table["need"] = combined_need(keys, enterprises["explicit_need"])
    table["_branch"] = ~own
    table = (
        table.sort_values(["entity_key", "_branch", "enterprise_id"], kind="stable")
        .drop_duplicates("entity_key")
        .drop(columns="_branch")
        .reset_index(drop=True)
    )
    table["is_enterprise"] = identity.counts_as_enterprise(table["entity_key"], policy.enterprise_kinds)
    table["key_industry"] = key_industry_answers(
        table["industry_codes"], workspace.key_industries, table["unit"], on, policy
    )
    table["holder_id"] = table["entity_key"].map(roster_holders(workspace, on, keys))
    return table


def combined_need(keys: pd.Series, answers: pd.Series) -> pd.Series:
    """Return, per row, the need of its entity over all its rows: yes and no together are unknown, yes and blank yes.

    >>> keys = pd.Series(["a", "a", "b", "b", "c"])
    >>> combined_need(keys, pd.Series(["yes", "no", "yes", "unknown", "no"])).tolist()
    [-1, -1, 1, 1, 0]
    """
    yes = (answers == "yes").groupby(keys).transform("any").to_numpy()
    no = (answers == "no").groupby(keys).transform("any").to_numpy()
    return pd.Series(np.select([yes & ~no, no & ~yes], [1, 0], default=-1).astype(np.int8), index=keys.index)


def roster_holders(workspace: Workspace, on: dt.date, enterprise_keys: pd.Series | None = None) -> pd.Series:
    """Return the active station that holds each entity key; of several, the lowest id (the overlap is a finding).

    Where a roster and the register disagree about who stands behind a row, both entities are held: to leave one free
    would be to guess.
    """
    active = active_rosters(workspace.rosters, workspace.institutions, on)
    keys = identity.entity_keys(workspace.enterprises) if enterprise_keys is None else enterprise_keys
    known = pd.Series(keys.to_numpy(), index=workspace.enterprises["enterprise_id"].to_numpy(), dtype="str")
    held = [roster_keys(active, workspace.enterprises, keys), active["enterprise_id"].map(known)]
    holders = pd.concat([pd.DataFrame({"key": key, "holder_id": active["holder_id"]}) for key in held])
    return (
        holders.dropna(subset="key")
        .sort_values(["key", "holder_id"])
        .drop_duplicates("key")
        .set_index("key")["holder_id"]
    )


def roster_keys(
    rosters: pd.DataFrame, enterprises: pd.DataFrame, enterprise_keys: pd.Series | None = None
) -> pd.Series:
    """Return the entity key of each roster row; a row without a code takes that of the enterprise it names by id.

    ``enterprise_keys``: the keys of ``enterprises``, where they are known already.
    """
    keys = identity.entity_keys(enterprises) if enterprise_keys is None else enterprise_keys
    known = pd.Series(keys.to_numpy(), index=enterprises["enterprise_id"].to_numpy(), dtype="str")
    own = identity.entity_keys(rosters, enterprises)
    by_id = rosters["enterprise_id"].map(known)
    return own.where(identity.has_code(own) | by_id.isna(), by_id)
