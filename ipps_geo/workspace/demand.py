"""Demand: one row per legal entity that a workstation could serve, with what the rules need to know about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.policy import key_industry_answers
from ipps_geo.workspace import namesakes
from ipps_geo.workspace.activity import binding_rosters, roster_keys
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.location import units_at
from ipps_geo.workspace.points import lonlat_of_points

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

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
    import geopandas as gpd

    enterprises = workspace.enterprises
    keys = identity.entity_keys(enterprises)
    lonlat = lonlat_of_points(enterprises.geometry)
    there = (workspace.service_units, workspace.key_industries)
    table, place = entity_rows(enterprises, keys, lonlat, *there, policy, on)
    table.insert(6, "geometry", enterprises.geometry.take(place).to_numpy())
    table["holder_id"] = table["entity_key"].map(roster_holders(workspace, on, keys))
    claimed = left_out_claims(workspace, on, keys).keys
    table["free"] = table["holder_id"].isna() & ~table["entity_key"].isin(claimed)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=enterprises.crs)


DEMAND_COLUMNS = (
    *("enterprise_id", "uscc", "name", "parent_uscc", "legal_form"),
    *("industry_codes", "sme_class", "explicit_need", "need_date", "unit"),
)
"""Columns of the enterprise table, beside the place, of which a demand table is made."""


def entity_rows(
    enterprises: pd.DataFrame,
    keys: pd.Series,
    lonlat: NDArray[np.float64],
    service_units: gpd.GeoDataFrame,
    key_industries: pd.DataFrame,
    policy: Policy,
    on: dt.date,
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return (one row per entity without place and holder, the row of the table whose place is that of each entity).

    ``keys`` are the entity keys of the rows of ``enterprises``, ``lonlat`` their places (nan where unknown). Where each
    row is an entity of its own, none is compared with others.
    """
    own = (identity.clean_uscc(enterprises["uscc"]) == keys).to_numpy(dtype=bool, na_value=False)
    declared = enterprises["unit"]
    unit = units_at(lonlat, service_units).set_axis(enterprises.index)
    unit = unit.where(unit.notna(), declared) if unit.hasnans else unit
    answers = answers_on(enterprises, on)
    order, first = _by_entity(keys, own, enterprises["enterprise_id"])
    of = np.cumsum(first) - 1
    start = np.flatnonzero(first)
    shown = order[start]
    placed = np.isfinite(lonlat).all(axis=1)
    place = _first_of_least(np.select([placed, unit.notna().to_numpy()], [0, 1], default=2)[order], of, start, order)
    sized = _first_of_least(enterprises["sme_class"].isna().to_numpy(np.int8)[order], of, start, order)
    yes, no = (np.logical_or.reduceat((answers == word).to_numpy(bool)[order], start) for word in ("yes", "no"))
    alone = len(start) == len(order)
    entity = keys.iloc[shown].reset_index(drop=True)
    codes = enterprises["industry_codes"]
    table = pd.DataFrame(
        {
            "entity_key": entity,
            **{name: _at(enterprises[name], shown) for name in ("enterprise_id", "uscc", "name")},
            "industry_codes": _at(codes, shown) if alone else entity.map(entity_industries(keys, codes)),
            "sme_class": _at(enterprises["sme_class"], sized),
            "unit": _at(unit, place),
            "need": np.select([yes & ~no, no & ~yes], [1, 0], default=-1).astype(np.int8),
            "place_id": _at(enterprises["enterprise_id"], place),
        }
    )
    table["is_enterprise"] = identity.counts_as_enterprise(table["entity_key"], policy.enterprise_kinds)
    table["key_industry"] = key_industry_answers(table["industry_codes"], key_industries, table["unit"], on, policy)
    return table, place


def _at(column: pd.Series, rows: NDArray[np.int64]) -> pd.Series:
    in_order = len(rows) == len(column) and bool((rows == np.arange(len(rows))).all())
    return (column if in_order else column.iloc[rows]).reset_index(drop=True)


def _by_entity(keys: pd.Series, own: NDArray[np.bool_], ids: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (rows by entity key, an entity's own rows first, then by id; whether another entity begins there)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array(keys, pa.large_string())
    if len(texts) and not texts.null_count and pc.all(pc.less(texts[:-1], texts[1:])).as_py() is not False:
        return np.arange(len(texts)), np.ones(len(texts), bool)
    columns = {"key": texts, "other": pa.array((~own).astype(np.int8)), "id": pa.array(ids, pa.large_string())}
    asked = [(name, "ascending") for name in columns]
    order = np.asarray(pc.sort_indices(pa.table(columns), sort_keys=asked)).astype(np.int64)
    told = texts.take(pa.array(order))
    again = np.asarray(pc.equal(told[1:], told[:-1]).fill_null(fill_value=False))
    return order, np.append(True, ~again)[: len(order)]


def _first_of_least(
    rank: NDArray[Any], of: NDArray[np.int64], start: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the row of each entity that ranks least, the first of several."""
    if len(start) == len(order):
        return order
    hit = np.flatnonzero(rank == np.minimum.reduceat(rank, start)[of])
    first = np.append(True, of[hit][1:] != of[hit][:-1])
    return np.asarray(order[hit[first]], np.int64)


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
