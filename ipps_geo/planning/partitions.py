"""What is done with one partition of enterprises: read, counted, given its rosters, counted again by the checker.

Each function takes one task that travels: the file of the ground (what all tasks of a plan share) and a partition. What
a task makes it writes whole, beside, under the name of its partition: done twice it is the same.
"""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyarrow import feather

from ipps_geo import identity
from ipps_geo.columns.words import positions, words_at
from ipps_geo.crs import STORE_CRS
from ipps_geo.executors import pickled
from ipps_geo.files import write_bytes, written_beside
from ipps_geo.planning.instance import answers_by_unit, eligible
from ipps_geo.planning.own_tables import demand_ids, weights_of
from ipps_geo.planning.tables import keys_in_unit
from ipps_geo.reach.zones import SiteZone
from ipps_geo.siting.search.tallies import Tally, tally_demand
from ipps_geo.siting.verify_tables import repeated, verify_proposals
from ipps_geo.siting.violations import Violation
from ipps_geo.workspace.demand import DEMAND_COLUMNS, NEED_WORDS, entity_rows
from ipps_geo.workspace.partitions import Partition, hashes_of_texts, read_rows
from ipps_geo.workspace.points import write_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

DEMAND_FOLDER, ROSTERS_FOLDER = "demand", "rosters"
_PRINTED = ("entity_key", "enterprise_id", "uscc", "name", "industry_codes", "need", "unit")
"""What rosters say of an entity, beside its place."""
NOBODY, SEVERAL = -1, -2
"""Instead of a site: a group that nobody serves, one whose members go to several sites or in part to nobody."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What every task of one plan shares: the network without enterprises and rosters, and what the planner asks.

    ``holders`` is the station that holds each entity key, ``claimed`` the keys that rows left out may hold; ``sites``
    has carrier_id, unit and geometry by position; ``work`` is the folder of what tasks make for other tasks.
    """

    network: Workspace
    policy: Policy
    on: dt.date
    parameters: PlanParameters
    holders: pd.Series
    claimed: frozenset[str]
    sites: gpd.GeoDataFrame
    zones: tuple[SiteZone, ...]
    choices: AccessChoices
    work: Path

    def saved(self) -> Path:
        """Write it where the workers find it, and return the file."""
        return write_bytes(self.work / "ground.pickle", pickled(self))


@lru_cache(maxsize=2)
def ground_of(file: Path) -> Ground:
    """Return the ground that was saved, once a process."""
    ground: Ground = pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that hands out the tasks
    return ground


# ---------------------------------------------------------------------- who is there
def demand_of(ground: Ground, partition: Partition) -> tuple[pd.DataFrame, Floats]:
    """Return (the demand table of a partition without its places, the places in degrees, nan where unknown).

    Its rows are those of what ``demand_table`` would be of the whole.
    """
    enterprises, lonlat = read_rows(partition, DEMAND_COLUMNS)
    keys = identity.entity_keys(enterprises)
    there = (ground.network.service_units, ground.network.key_industries)
    table, place = entity_rows(enterprises, keys, lonlat, *there, ground.policy, ground.on)
    holders = ground.holders
    table["holder_id"] = words_at(positions(table["entity_key"], holders.index.to_series()), holders)
    table["free"] = table["holder_id"].isna()
    if ground.claimed:
        table["free"] &= ~table["entity_key"].isin(ground.claimed)
    return table, lonlat[place]


def entities_of(ground: Ground, partition: Partition) -> gpd.GeoDataFrame:
    """Return :func:`demand_of` a partition with a point for each place."""
    table, lonlat = demand_of(ground, partition)
    points = np.full(len(table), None, dtype=object)
    known = np.isfinite(lonlat).all(axis=1)
    points[known] = gpd.points_from_xy(*lonlat[known].T)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, crs=STORE_CRS), crs=STORE_CRS)


@dataclass(frozen=True, eq=False)
class Counted:
    """A partition counted: its groups, the census of its rows, and per unit enterprises and those on a roster.

    ``weighed`` counts the enterprises, ``unlisted`` those whom a table of weights leaves out, ``lacking`` those whose
    value in a column nobody gave a weight, by value.
    """

    tally: Tally
    census: dict[str, int]
    by_unit: pd.DataFrame
    weighed: int
    unlisted: int
    lacking: Mapping[str, int]


def count_partition(task: tuple[Path, Partition]) -> Counted:
    """Read a partition, see who may be served and from where, write down who is in which group, and tally them."""
    file, partition = task
    ground = ground_of(file)
    entities, lonlat = demand_of(ground, partition)
    zones = _near(ground, partition)
    near = ground.sites.iloc[np.concatenate([zone.sites for zone in zones])] if zones else ground.sites.iloc[:0]
    answers = answers_by_unit(entities, near["unit"], ground.network, ground.policy, ground.on)
    counts = (entities["is_enterprise"] == "yes").to_numpy()
    own = (entities["key_industry"] == "yes").to_numpy()
    key = np.any([own, *answers.values()], axis=0)
    located = np.isfinite(lonlat).all(axis=1)
    free = entities["free"].to_numpy(bool)
    unit = ground.parameters.unit
    here = np.ones(len(entities), bool) if unit is None else (entities["unit"] == unit).to_numpy()
    rows = np.flatnonzero(counts & key & free & located & here)
    chosen = entities.take(rows).reset_index(drop=True)
    table = chosen[list(_PRINTED)].assign(lon=lonlat[rows, 0], lat=lonlat[rows, 1])
    table["weight"] = _weights(ground.choices, chosen)
    judged = _judged(answers, rows)
    tally, group = _tallied(table, judged, zones, ground)
    stays = own[rows] | (
        group >= 0
    )  # one that only another unit's list names is nobody's business unless it is reached
    weights, counted = np.unique(table["weight"].to_numpy()[stays], return_counts=True)
    key = own.copy()
    key[rows[stays]] = True
    with written_beside(ground.work / DEMAND_FOLDER / partition.label) as draft:
        kept = table.assign(group=group)
        feather.write_feather(kept if stays.all() else kept[stays], str(draft), compression="lz4")
    census = {
        "rows": partition.rows,
        "legal_entities": len(entities),
        "enterprises": int(counts.sum()),
        "key_industry": int((counts & key).sum()),
        "not_on_a_roster": int((counts & key & free).sum()),
        "with_known_place": int((counts & key & free & located).sum()),
        "demand": int(stays.sum()),
    }
    population = counts & own
    by_unit = pd.DataFrame(
        {
            "unit": entities["unit"].fillna("unknown")[population],
            "enterprises": 1,
            "on_roster_before": entities["holder_id"].notna()[population].astype(int),
        }
    )
    summed = by_unit.groupby("unit").sum().reset_index()
    tally = replace(tally, weights=weights, weight_counts=counted.astype(np.int64))
    judged_all = population | key
    asked = ground.choices.by is not None or ground.choices.weights is not None
    weighed = entities[judged_all] if asked else entities.iloc[:0]
    unlisted = int(ground.choices.unlisted_in(weighed).sum())
    lacking = _lacking(ground.choices, weighed)
    return Counted(tally, census, summed, int(judged_all.sum()), unlisted, lacking)


def _judged(answers: dict[str, Bools], rows: NDArray[np.int64]) -> dict[str, Bools]:
    """The answers of some rows; units that share an answer still do."""
    told = {id(answer): answer[rows] for answer in answers.values()}
    return {unit: told[id(answer)] for unit, answer in answers.items()}


def _near(ground: Ground, partition: Partition) -> list[SiteZone]:
    if partition.box is None:
        return []
    zones = [zone.within(partition.box, ground.parameters.limit_m) for zone in ground.zones]
    return [zone for zone in zones if len(zone.sites)]


def _weights(choices: AccessChoices, entities: pd.DataFrame) -> NDArray[np.float64]:
    """Return the weight of each entity, 0 where nothing says what it weighs: all partitions together are asked."""
    if choices.by is not None:
        return np.asarray(choices.by.values(entities).map(dict(choices.by.of)).fillna(0.0), dtype=np.float64)
    if choices.weights is None:
        return np.ones(len(entities))
    found = weights_of(choices.weights, demand_ids(entities))
    return np.where(np.isnan(found), 0.0 if choices.unlisted is None else choices.unlisted, found)


def _lacking(choices: AccessChoices, entities: pd.DataFrame) -> dict[str, int]:
    """Return how many have a value that nobody gave a weight, by value."""
    if choices.by is None:
        return {}
    counts = choices.by.values(entities).value_counts()
    return {str(value): int(n) for value, n in counts.items() if value not in choices.by.of}


def _tallied(
    table: pd.DataFrame,
    judged: dict[str, Bools],
    zones: Sequence[SiteZone],
    ground: Ground,
) -> tuple[Tally, NDArray[np.int32]]:
    lonlat = table[["lon", "lat"]].to_numpy(np.float64)
    reaches = []
    for zone in zones:
        sites = ground.sites.iloc[zone.sites]
        reach = zone.reach(lonlat, ground.parameters.limit_m)
        reaches.append((eligible(reach, table, sites, judged, ground.parameters.within_unit), zone.sites))
    share = ground.policy.share("station_need_share", ground.on)
    no_need = (table["need"] != 1).to_numpy() if share[0] else np.zeros(len(table), bool)
    return tally_demand(reaches, len(ground.sites), no_need, table["weight"].to_numpy(np.float64))


# ---------------------------------------------------------------------- who is served from where
@dataclass(frozen=True, eq=False)
class Share:
    """What a partition is told of the plan: the site of each of its groups, or NOBODY, or SEVERAL.

    ``rows`` are the sites of the rows whose groups go to several, in their order.
    """

    file: Path
    partition: Partition
    site: NDArray[np.int32]
    rows: NDArray[np.int32]
    rosters: Path


def rows_of_several(share: Share) -> pd.DataFrame:
    """Return entity_key and (local) group of the rows whose group goes to several sites, in their order."""
    ground = ground_of(share.file)
    path = ground.work / DEMAND_FOLDER / share.partition.label
    table = feather.read_feather(str(path), columns=["entity_key", "group"])
    return table[np.append(share.site, NOBODY)[table["group"]] == SEVERAL].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Served:
    """Who is served in a partition: per site members by their need, and per unit."""

    by_site: pd.DataFrame
    by_unit: pd.DataFrame


def write_rosters(share: Share) -> Served:
    """Write the roster rows of a partition (GeoParquet, sorted by site and entity), and count them."""
    ground = ground_of(share.file)
    arrow = feather.read_table(str(ground.work / DEMAND_FOLDER / share.partition.label))
    site = np.append(share.site, np.int32(NOBODY))[arrow["group"].to_numpy()]
    site[site == SEVERAL] = share.rows
    rank = np.argsort(np.argsort(ground.sites["carrier_id"].to_numpy(dtype=str)))
    served = np.flatnonzero(site >= 0)
    served = served[np.argsort(rank[site[served]], kind="stable")]  # the rows are in the order of their entities
    table, site = arrow.take(served).to_pandas(), site[served]
    lonlat = table[["lon", "lat"]].to_numpy(np.float64)
    metres = np.full(len(table), np.nan)
    for zone in ground.zones:
        place = np.full(len(ground.sites), -1)
        place[zone.sites] = np.arange(len(zone.sites))
        here = np.flatnonzero(place[site] >= 0)
        metres[here] = np.hypot(*(zone.metres(lonlat[here]) - zone.xy[place[site[here]]]).T)
    annex = pd.DataFrame(
        {
            "site_id": words_at(site, ground.sites["carrier_id"]),
            **{name: table[name] for name in ("enterprise_id", "entity_key", "uscc", "name", "industry_codes")},
            "explicit_need": words_at(table["need"].to_numpy() + 1, [NEED_WORDS[need] for need in (-1, 0, 1)]),
            "unit": table["unit"],
            "distance_m": metres.round(1),
        }
    )
    with written_beside(share.rosters / share.partition.label) as draft:
        write_points(draft, annex, lonlat)
    need = table["need"].to_numpy()
    counts = pd.DataFrame(
        {"site": site, "newly_served": 1, "with_need": need == 1, "without_need": need == 0, "unknown_need": need == -1}
    )
    units = pd.DataFrame({"unit": table["unit"].fillna("unknown"), "newly_served": 1})
    return Served(counts.groupby("site").sum().reset_index(), units.groupby("unit").sum().reset_index())


# ---------------------------------------------------------------------- the checker
@dataclass(frozen=True, eq=False)
class Recount:
    """What the checker found in a partition: violations, per site id members and those with need, weight, who."""

    violations: list[Violation]
    totals: pd.DataFrame
    weight: float
    entities: NDArray[np.uint64]


def recount(task: tuple[Path, Partition, Path]) -> Recount:
    """Check the roster rows that were written against the raw rows of their partition, which are read again.

    Nothing of the groups is used: who is an entity, its need, its industries and its place come from the partition;
    distances are measured again, in the system of the site.
    """
    file, partition, rosters = task
    ground = ground_of(file)
    annex = pd.read_parquet(rosters / partition.label, columns=["site_id", "entity_key", "explicit_need", "distance_m"])
    demand, lonlat = demand_of(ground, partition)
    keys = keys_in_unit(ground.network, ground.policy, demand, ground.on)
    held = demand.loc[~demand["free"].to_numpy(bool), "entity_key"]
    found: list[Violation] = []
    for zone in ground.zones:
        sites = ground.sites.iloc[zone.sites]
        rows = annex[annex["site_id"].isin(sites["carrier_id"])]
        if not len(rows):
            continue
        demand["x_m"], demand["y_m"] = zone.metres(lonlat).T
        places = pd.DataFrame({"site_id": sites["carrier_id"], "unit": sites["unit"]})
        places["x_m"], places["y_m"] = zone.xy.T
        found += verify_proposals(
            rows,
            demand,
            places,
            active_keys=held,
            limit_m=ground.parameters.limit_m,
            key_in_unit=keys,
            min_roster=0,  # a part of a roster has no minimum: the whole is judged once all parts are counted
            need_share=(0, 1),
        )
    row = positions(annex["entity_key"], demand["entity_key"])
    found += _of_whole(annex, row, demand, ground)
    known = np.append(demand["need"].to_numpy(), np.int8(-1))[row]
    totals = pd.DataFrame({"site_id": annex["site_id"], "members": 1, "with_need": known == 1})
    weight = _weights(ground.choices, demand.take(row[row >= 0]).reset_index(drop=True))
    counted = totals.groupby("site_id").sum().reset_index()
    return Recount(found, counted, float(weight.sum()), hashes_of_texts(annex["entity_key"]))


def _of_whole(annex: pd.DataFrame, row: NDArray[np.int64], demand: pd.DataFrame, ground: Ground) -> list[Violation]:
    """What no zone sees alone: an entity of two sites, a site that is none, another unit than asked for."""
    twice = np.flatnonzero(repeated(row, annex["entity_key"]))
    again = annex["entity_key"].iloc[twice]
    found = [Violation("entity_twice", None, str(key), 2, 1) for key in again[again.duplicated()]]
    site = positions(annex["site_id"], ground.sites["carrier_id"])
    strangers = sorted(set(annex["site_id"][site < 0]))
    found += [Violation("site_unknown", name, None, "not a site", "a site") for name in strangers]
    units = ground.sites["unit"].reset_index(drop=True).reindex(site) if ground.parameters.within_unit else None
    if ground.parameters.unit is not None:
        units = pd.Series(ground.parameters.unit, index=annex.index)
    if units is not None:
        unit = demand["unit"].reindex(row)
        odd = ~(unit.to_numpy(dtype=object) == units.to_numpy(dtype=object))
        found += [
            Violation("out_of_unit", name, key, str(here), None)
            for name, key, here in zip(annex["site_id"][odd], annex["entity_key"][odd], unit[odd], strict=True)
        ]
    return found
