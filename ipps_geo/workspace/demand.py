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
from ipps_geo.workspace import namesakes
from ipps_geo.workspace.activity import binding_rosters, roster_keys
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

NEED_WORDS: Mapping[int, str] = MappingProxyType({1: "yes", 0: "no", -1: "unknown"})
"""Answer that each code of the column ``need`` stands for."""


def demand_table(workspace: Workspace, policy: Policy, on: dt.date) -> gpd.GeoDataFrame:
    """Return one row per legal entity of the enterprise table, sorted by ``entity_key``, in EPSG:4490.

    Branches fold into their parent, and several rows of one entity speak together, whatever their order:

    * enterprise_id, uscc, name: the parent's own row where the table holds it, else that with the lowest id (below:
      the rows in this order);
    * sme_class: of the first row that states one; industry_codes: every code that a row states
      (:func:`entity_industries`, as the rules read them);
    * geometry, unit and ``place_id`` (the ``enterprise_id`` of that row): together, of the first row whose place is
      known, else of the first that declares a unit. The unit is that of the place, the declared one where the place is
      unknown or outside every unit.
    * need (int8: 1 yes, 0 no, -1 unknown): over all rows, as known on day ``on`` (:func:`answers_on`); contradictory
      answers are unknown.

    Further columns: entity_key, key_industry (yes, no, unknown under ``policy`` in that unit), is_enterprise (yes, no,
    unknown by kind of credit code), holder_id (the active station whose roster names it, else missing), free (nobody
    holds it, and no roster row that a load left out may: :func:`ipps_geo.workspace.claims.left_out_claims`).
    """
    enterprises = workspace.enterprises
    keys = identity.entity_keys(enterprises)
    own = (identity.clean_uscc(enterprises["uscc"]) == keys).to_numpy(dtype=bool, na_value=False)
    table = enterprises[["enterprise_id", "uscc", "name", "sme_class", "geometry"]].copy()
    table.insert(0, "entity_key", keys)
    located = locate_units(enterprises.geometry, workspace.service_units)
    table["unit"] = located.where(located.notna(), enterprises["unit"])
    table["need"] = combined_need(keys, answers_on(enterprises, on))
    order = np.lexsort((table["enterprise_id"].to_numpy(dtype=str), ~own, keys.to_numpy(dtype=str)))
    table = _one_row_per_entity(table.iloc[order].reset_index(drop=True))
    table.insert(4, "industry_codes", table["entity_key"].map(entity_industries(keys, enterprises["industry_codes"])))
    table["is_enterprise"] = identity.counts_as_enterprise(table["entity_key"], policy.enterprise_kinds)
    table["key_industry"] = key_industry_answers(
        table["industry_codes"], workspace.key_industries, table["unit"], on, policy
    )
    table["holder_id"] = table["entity_key"].map(roster_holders(workspace, on, keys))
    claimed = left_out_claims(workspace, on, keys).keys
    table["free"] = table["holder_id"].isna() & ~table["entity_key"].isin(claimed)
    return table


def _one_row_per_entity(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring rows sorted by entity, the one to be shown first, together; the place comes whole from one row."""
    table["place_id"] = table["enterprise_id"]
    repeated = table["entity_key"].duplicated(keep=False).to_numpy()
    if repeated.any():
        several = table.loc[repeated]
        size = several.groupby("entity_key")["sme_class"].first()
        table["sme_class"] = table["sme_class"].where(~repeated, table["entity_key"].map(size))
        placed = ~(several.geometry.isna() | several.geometry.is_empty)
        rank = np.select([placed, several["unit"].notna()], [0, 1], default=2)
        best = several.assign(_rank=rank).sort_values(["entity_key", "_rank"], kind="stable")
        best = best.drop_duplicates("entity_key").set_index("entity_key")
        first = repeated & ~table["entity_key"].duplicated().to_numpy()
        for name in ("geometry", "unit", "place_id"):
            table.loc[first, name] = best[name].reindex(table.loc[first, "entity_key"]).to_numpy()
    return table.drop_duplicates("entity_key").reset_index(drop=True)


def answers_on(frame: pd.DataFrame, on: dt.date) -> pd.Series:
    """Return the column ``explicit_need`` of an enterprise or roster table as known on day ``on``.

    An answer of a later day (``need_date``) is unknown then; one without a day always counts.
    """
    return frame["explicit_need"].where(~(frame["need_date"] > pd.Timestamp(on)), "unknown")


def combined_need(keys: pd.Series, answers: pd.Series) -> pd.Series:
    """Return, per row, the need of its entity over all its rows: yes and no together are unknown, yes and blank yes.

    >>> keys = pd.Series(["a", "a", "b", "b", "c"])
    >>> combined_need(keys, pd.Series(["yes", "no", "yes", "unknown", "no"])).tolist()
    [-1, -1, 1, 1, 0]
    """
    yes = (answers == "yes").groupby(keys).transform("any").to_numpy()
    no = (answers == "no").groupby(keys).transform("any").to_numpy()
    return pd.Series(np.select([yes & ~no, no & ~yes], [1, 0], default=-1).astype(np.int8), index=keys.index)


def entity_industries(keys: pd.Series, codes: pd.Series) -> pd.Series:
    """Return the industry codes of each entity key: what its rows state, sorted where they state several things.

    >>> keys = pd.Series(["a", "a", "a", "b"])
    >>> codes = pd.Series(["I6510", None, "C3973;I6510", "I6520;C3973"], dtype="str")
    >>> entity_industries(keys, codes).sort_index().to_dict()
    {'a': 'C3973;I6510', 'b': 'I6520;C3973'}
    """
    stated = pd.DataFrame({"key": keys.to_numpy(), "codes": codes.to_numpy()}).dropna().drop_duplicates()
    several = stated["key"].duplicated(keep=False)
    united = stated[several].groupby("key")["codes"].agg(lambda texts: ";".join(sorted({*";".join(texts).split(";")})))
    return pd.concat([stated[~several].set_index("key")["codes"], united])


def roster_holders(workspace: Workspace, on: dt.date, enterprise_keys: pd.Series | None = None) -> pd.Series:
    """Return the active station that holds each entity key; of several, the lowest id (the overlap is a finding).

    An accepted application holds its enterprises like a station, under the station's id where one is known.

    Where a roster and the register disagree about who stands behind a row, both entities are held, and a row without a
    code holds every entity that bears or bore its name: to leave one free would be to guess.
    """
    active = binding_rosters(workspace, on)
    keys = identity.entity_keys(workspace.enterprises) if enterprise_keys is None else enterprise_keys
    known = pd.Series(keys.to_numpy(), index=workspace.enterprises["enterprise_id"].to_numpy(), dtype="str")
    stated = roster_keys(active, workspace.enterprises, keys)
    pairs = possible_entities(active, workspace.enterprises, stated, keys)
    held = [
        (stated, active["holder_id"]),
        (active["enterprise_id"].map(known), active["holder_id"]),
        (pairs["entity_key"], active["holder_id"].iloc[pairs["row"]]),
    ]
    holders = pd.concat([pd.DataFrame({"key": key.to_numpy(), "holder_id": by.to_numpy()}) for key, by in held])
    return (
        holders.dropna(subset="key")
        .sort_values(["key", "holder_id"])
        .drop_duplicates("key")
        .set_index("key")["holder_id"]
    )


def possible_entities(
    rosters: pd.DataFrame, enterprises: pd.DataFrame, keys: pd.Series, enterprise_keys: pd.Series
) -> pd.DataFrame:
    """Return the pairs (row, entity_key): the registered entities that each unsettled roster row may be, by its name.

    ``row`` is the position in ``rosters``; ``keys`` and ``enterprise_keys`` are the keys of the two tables.
    """
    branch = namesakes.branches(rosters, keys, namesakes.registered_branches(enterprises, enterprise_keys))
    unsettled = np.flatnonzero(~namesakes.settled(rosters, keys, branch))
    names = namesakes.name_keys(rosters["name"].iloc[unsettled], branch[unsettled])
    pairs = namesakes.namesakes(names, enterprises, enterprise_keys)
    return pairs.assign(row=unsettled[pairs["row"].to_numpy()])
