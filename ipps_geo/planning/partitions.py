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
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.crs import STORE_CRS
from ipps_geo.files import write_bytes, written_beside
from ipps_geo.planning.instance import answers_by_unit, eligible
from ipps_geo.planning.own_tables import demand_ids, weights_of
from ipps_geo.reach.zones import SiteZone
from ipps_geo.siting.search.tallies import Tally, tally_demand
from ipps_geo.siting.verify_tables import verify_proposals
from ipps_geo.siting.violations import Violation
from ipps_geo.workspace.demand import NEED_WORDS, demand_table
from ipps_geo.workspace.partitions import Partition, read_partition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

DEMAND_FOLDER, ROSTERS_FOLDER = "demand", "rosters"
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
        return write_bytes(self.work / "ground.pickle", pickle.dumps(self, protocol=pickle.HIGHEST_PROTOCOL))


@lru_cache(maxsize=2)
def ground_of(file: Path) -> Ground:
    """Return the ground that was saved, once a process."""
    ground: Ground = pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that hands out the tasks
    return ground


# ---------------------------------------------------------------------- who is there
def entities_of(ground: Ground, partition: Partition) -> gpd.GeoDataFrame:
    """Return the demand table of a partition: its rows of what ``demand_table`` would be of the whole."""
    there = ground.network.replace(enterprises=read_partition(partition))
    table = demand_table(there, ground.policy, ground.on)
    table["holder_id"] = table["entity_key"].map(ground.holders).astype("str")
    table["free"] = table["holder_id"].isna() & ~table["entity_key"].isin(ground.claimed)
    return table


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
    entities = entities_of(ground, partition)
    zones = _near(ground, partition)
    near = ground.sites.iloc[np.concatenate([zone.sites for zone in zones])] if zones else ground.sites.iloc[:0]
    answers = answers_by_unit(entities, near["unit"], ground.network, ground.policy, ground.on)
    counts = (entities["is_enterprise"] == "yes").to_numpy()
    own = (entities["key_industry"] == "yes").to_numpy()
    key = np.any([own, *(answer == "yes" for answer in answers.values())], axis=0)
    located = (~(entities.geometry.isna() | entities.geometry.is_empty)).to_numpy()
    free = entities["free"].to_numpy(bool)
    unit = ground.parameters.unit
    here = np.ones(len(entities), bool) if unit is None else (entities["unit"] == unit).to_numpy()
    rows = np.flatnonzero(counts & key & free & located & here)
    table = _prepared(entities.iloc[rows])
    table["weight"] = _weights(ground.choices, entities.iloc[rows])
    judged = {name: answer[rows] for name, answer in answers.items()}
    tally, group = _tallied(table, entities.iloc[rows], judged, zones, ground)
    stays = own[rows] | (
        group >= 0
    )  # one that only another unit's list names is nobody's business unless it is reached
    weights, counted = np.unique(table["weight"].to_numpy()[stays], return_counts=True)
    key = own.copy()
    key[rows[stays]] = True
    with written_beside(ground.work / DEMAND_FOLDER / partition.label) as draft:
        table.assign(group=group)[stays].to_parquet(draft, index=False)
    census = {
        "rows": partition.rows,
        "legal_entities": len(entities),
        "enterprises": int(counts.sum()),
        "key_industry": int((counts & key).sum()),
        "not_on_a_roster": int((counts & key & free).sum()),
        "with_known_place": int((counts & key & free & located).sum()),
        "demand": int(stays.sum()),
    }
    population = entities[counts & own]
    by_unit = pd.DataFrame(
        {
            "unit": population["unit"].fillna("unknown"),
            "enterprises": 1,
            "on_roster_before": population["holder_id"].notna().astype(int),
        }
    )
    summed = by_unit.groupby("unit").sum().reset_index()
    tally = replace(tally, weights=weights, weight_counts=counted.astype(np.int64))
    judged_all = entities[(counts & own) | key]
    unlisted = int(ground.choices.unlisted_in(judged_all).sum())
    return Counted(tally, census, summed, len(judged_all), unlisted, _lacking(ground.choices, judged_all))


def _near(ground: Ground, partition: Partition) -> list[SiteZone]:
    if partition.box is None:
        return []
    zones = [zone.within(partition.box, ground.parameters.limit_m) for zone in ground.zones]
    return [zone for zone in zones if len(zone.sites)]


def _prepared(entities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what rosters will say of these entities."""
    table = pd.DataFrame(entities[["entity_key", "enterprise_id", "uscc", "name", "industry_codes", "need", "unit"]])
    table["lon"], table["lat"] = entities.geometry.x.to_numpy(), entities.geometry.y.to_numpy()
    return table.reset_index(drop=True)


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
    entities: gpd.GeoDataFrame,
    judged: dict[str, NDArray[np.object_]],
    zones: Sequence[SiteZone],
    ground: Ground,
) -> tuple[Tally, NDArray[np.int32]]:
    lonlat = table[["lon", "lat"]].to_numpy(np.float64)
    reaches = []
    for zone in zones:
        sites = ground.sites.iloc[zone.sites]
        reach = zone.reach(lonlat, ground.parameters.limit_m)
        reaches.append((eligible(reach, entities, sites, judged, ground.parameters.within_unit), zone.sites))
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
    table = pd.read_parquet(path, columns=["entity_key", "group"])
    return table[np.append(share.site, NOBODY)[table["group"]] == SEVERAL].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Served:
    """Who is served in a partition: per site members by their need, and per unit."""

    by_site: pd.DataFrame
    by_unit: pd.DataFrame


def write_rosters(share: Share) -> Served:
    """Write the roster rows of a partition (GeoParquet, sorted by site and entity), and count them."""
    ground = ground_of(share.file)
    table = pd.read_parquet(ground.work / DEMAND_FOLDER / share.partition.label)
    site = np.append(share.site, np.int32(NOBODY))[table["group"]]
    site[site == SEVERAL] = share.rows
    table, site = table[site >= 0].reset_index(drop=True), site[site >= 0]
    lonlat = table[["lon", "lat"]].to_numpy(np.float64)
    metres = np.full(len(table), np.nan)
    for zone in ground.zones:
        place = np.full(len(ground.sites), -1)
        place[zone.sites] = np.arange(len(zone.sites))
        here = np.flatnonzero(place[site] >= 0)
        metres[here] = np.hypot(*(zone.metres(lonlat[here]) - zone.xy[place[site[here]]]).T)
    names = ground.sites["carrier_id"].to_numpy(dtype=object)
    annex = gpd.GeoDataFrame(
        {
            "site_id": pd.Series(names[site], dtype="str"),
            **{name: table[name] for name in ("enterprise_id", "entity_key", "uscc", "name", "industry_codes")},
            "explicit_need": table["need"].map(NEED_WORDS).astype("str"),
            "unit": table["unit"],
            "distance_m": metres.round(1),
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs=STORE_CRS,
    )
    annex = annex.sort_values(["site_id", "entity_key"], kind="stable").reset_index(drop=True)
    with written_beside(share.rosters / share.partition.label) as draft:
        annex.to_parquet(draft, compression="zstd", index=False)
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
    from ipps_geo.planning.tables import keys_in_unit
    from ipps_geo.workspace.partitions import hashes_of_texts

    file, partition, rosters = task
    ground = ground_of(file)
    annex = pd.DataFrame(gpd.read_parquet(rosters / partition.label).drop(columns="geometry"))
    entities = entities_of(ground, partition)
    demand = pd.DataFrame(entities.drop(columns="geometry"))
    keys = keys_in_unit(ground.network, ground.policy, demand, ground.on)
    held = set(demand.loc[~demand["free"], "entity_key"])
    lonlat = np.column_stack([entities.geometry.x.to_numpy(), entities.geometry.y.to_numpy()])
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
    found += _of_whole(annex, demand, ground)
    known = demand.set_index("entity_key")["need"].reindex(annex["entity_key"]).to_numpy()
    totals = pd.DataFrame({"site_id": annex["site_id"], "members": 1, "with_need": known == 1})
    weight = _weights(ground.choices, demand.set_index("entity_key").reindex(annex["entity_key"]).reset_index())
    counted = totals.groupby("site_id").sum().reset_index()
    return Recount(found, counted, float(weight.sum()), hashes_of_texts(annex["entity_key"]))


def _of_whole(annex: pd.DataFrame, demand: pd.DataFrame, ground: Ground) -> list[Violation]:
    """What no zone sees alone: an entity of two sites, a site that is none, another unit than asked for."""
    found = [
        Violation("entity_twice", None, str(key), 2, 1)
        for key in annex.loc[annex["entity_key"].duplicated(), "entity_key"]
    ]
    places: Any = ground.sites.set_index("carrier_id")["unit"]
    strangers = sorted(set(annex["site_id"]) - set(places.index))
    found += [Violation("site_unknown", site, None, "not a site", "a site") for site in strangers]
    unit = annex["entity_key"].map(demand.set_index("entity_key")["unit"])
    wanted = annex["site_id"].map(places) if ground.parameters.within_unit else None
    if ground.parameters.unit is not None:
        wanted = pd.Series(ground.parameters.unit, index=annex.index)
    if wanted is not None:
        odd = ~(unit == wanted).to_numpy(bool)
        found += [
            Violation("out_of_unit", row.site_id, row.entity_key, str(row.unit), None)
            for row in annex[odd].itertuples()
        ]
    return found
