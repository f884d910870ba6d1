"""What one partition says of access: who is there, what stations reach them, and, once all are counted, how much.

Two passes. In the first each partition tells for every station how many reach it, weighted by distance, as a few
numbers whose sum is exact; added up over all partitions they are the denominators of the floating catchments. In the
second each partition tells the access of its enterprises. What both need lies in a file of the partition meanwhile.
"""

from __future__ import annotations

import contextlib
import pickle
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from ipps_geo.coverage import coverage_by
from ipps_geo.coverage.access import gaussian_decay, supply_ratio
from ipps_geo.coverage.areas import hexagon_table
from ipps_geo.coverage.by_unit import nearest_distance_m
from ipps_geo.coverage.sums import exact_total, expansion
from ipps_geo.errors import MissingExtra
from ipps_geo.executors import pickled
from ipps_geo.files import write_bytes
from ipps_geo.planning.partitions import entities_of, ground_of
from ipps_geo.policy import industries_of
from ipps_geo.reach.zones import SiteZone
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ipps_geo.planning.partitions import Ground
    from ipps_geo.workspace.partitions import Partition

ACCESS_FOLDER = "access"


@dataclass(frozen=True, eq=False)
class Supply:
    """Whose staff count: how many, by position, and the zones in which these places measure."""

    staff: NDArray[np.float64]
    zones: tuple[SiteZone, ...]

    def saved(self, folder: Path) -> Path:
        """Write it where the workers find it, and return the file."""
        return write_bytes(folder / "supply.pickle", pickled(self))


@dataclass(frozen=True, eq=False)
class Ratios:
    """What a place of supply has for each enterprise: of those within reach, and weighted by distance."""

    plain: NDArray[np.float64]
    enhanced: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looked:
    """The first pass over a partition.

    Attributes
    ----------
    people
        One row per key-industry enterprise: unit, sme_class, need, on_roster, nearest (metres times the detour, nan
        without a place), within (reach of a workstation), opportunities (places of supply within reach).
    crowd, weighted
        Per place of supply, by position: enterprises within reach, and the parts of their sum weighted by distance.
    tables
        by_industry, districts_including and (where h3 is installed) hexagons of the partition, to be added up.
    rows, entities
        Rows read, and the legal entities that they are.
    """

    people: pd.DataFrame
    crowd: NDArray[np.int64]
    weighted: dict[int, tuple[float, ...]]
    tables: dict[str, pd.DataFrame]
    rows: int
    entities: int


@lru_cache(maxsize=2)
def _read(file: Path) -> Supply:
    supply: Supply = pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that hands out the tasks
    return supply


def look(task: tuple[Path, Path, Partition]) -> Looked:
    """Read a partition: who is there, on which roster, how near; keep what each place of supply reaches."""
    file, supply_file, partition = task
    ground, supply = ground_of(file), _read(supply_file)
    entities = entities_of(ground, partition)
    chosen = (entities["is_enterprise"] == "yes") & (entities["key_industry"] == "yes")
    people = entities.loc[chosen].reset_index(drop=True)
    lonlat = np.column_stack([people.geometry.x.to_numpy(), people.geometry.y.to_numpy()])
    known = np.isfinite(lonlat).all(axis=1)
    nearest = np.full(len(people), np.inf)
    nearest[~known] = np.nan
    for zone in ground.zones:  # measured far from its zone a station seems farther than it is, never nearer
        metres = nearest_distance_m(zone.metres(lonlat[known]), zone.xy)
        nearest[known] = np.minimum(nearest[known], metres * ground.parameters.detour_factor)
    within = np.zeros(len(people), dtype=bool)
    pairs = _reached(supply.zones, lonlat[known], ground, len(supply.staff))
    within[known] = np.diff(_reached(ground.zones, lonlat[known], ground, len(ground.sites)).indptr) > 0
    opportunities = np.zeros(len(people), dtype=np.int64)
    opportunities[known] = np.diff(pairs.indptr)
    decayed = gaussian_decay(ground.parameters.limit_m)(pairs.data)
    with (path_of(ground, partition)).open("wb") as stream:
        np.savez(stream, known=known, indices=pairs.indices, indptr=pairs.indptr, decayed=decayed)
    by_site = sparse.csr_array((decayed, pairs.indices, pairs.indptr), shape=pairs.shape).tocsc()
    ends = by_site.indptr
    reached = np.flatnonzero(np.diff(ends))
    on_roster = people["holder_id"].notna().to_numpy()
    return Looked(
        people=pd.DataFrame(
            {
                "unit": pd.Categorical(people["unit"].fillna("unknown")),
                "sme_class": pd.Categorical(people["sme_class"].fillna("unknown")),
                "need": people["need"].to_numpy(np.int8),
                "on_roster": on_roster,
                "nearest": nearest,
                "within": within,
                "opportunities": opportunities.astype(np.int32),
            }
        ),
        crowd=np.diff(ends).astype(np.int64),
        weighted={int(j): expansion(by_site.data[ends[j] : ends[j + 1]].tolist()) for j in reached},
        tables=_tables(ground, people, on_roster, within, ~known),
        rows=partition.rows,
        entities=len(entities),
    )


def path_of(ground: Ground, partition: Partition) -> Path:
    """Return where a partition keeps what the second pass needs."""
    folder = ground.work / ACCESS_FOLDER
    folder.mkdir(exist_ok=True)
    return folder / f"{partition.label.replace('/', '-')}.npz"


def _reached(zones: Sequence[SiteZone], lonlat: NDArray[np.float64], ground: Ground, n: int) -> sparse.csr_array:
    """Return the lengths (metres in a straight line) of all pairs within the limit, by the positions of the sites."""
    rows, columns, lengths = ([np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)])
    for zone in zones:
        pairs = zone.reach(lonlat, ground.parameters.limit_m).pairs
        rows.append(np.repeat(np.arange(len(lonlat)), np.diff(pairs.indptr)))
        columns.append(zone.sites[pairs.indices])
        lengths.append(pairs.data)
    row, column, length = (np.concatenate(each) for each in (rows, columns, lengths))
    order = np.lexsort((column, row))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(lonlat)))])
    return sparse.csr_array((length[order], column[order], indptr), shape=(len(lonlat), n))


def _tables(
    ground: Ground,
    people: pd.DataFrame,
    on_roster: NDArray[np.bool_],
    within: NDArray[np.bool_],
    unjudged: NDArray[np.bool_],
) -> dict[str, pd.DataFrame]:
    """Return the counts of a partition that add up: by industry, by district, by hexagon."""
    network = ground.network
    if not len(people):
        return {}
    industries = industries_of(
        people["industry_codes"], network.key_industries, ground.on, ground.policy, unit=people["unit"]
    )
    districts = network.service_units.loc[network.service_units["kind"] == "district"]
    located = locate_units(people.geometry, districts)
    tables = {
        "by_industry": coverage_by(industries, on_roster, within, "industry", unjudged),
        "districts_including": coverage_by(
            located.where(located.notna(), people["unit"]), on_roster, within, "unit", unjudged
        ),
    }
    counts = {"with_need": (people["need"] == 1).to_numpy(), "on_roster": on_roster, "within_reach": within}
    with contextlib.suppress(MissingExtra):  # hexagons are an extra: without it the rest is still whole
        tables["hexagons"] = hexagon_table(people.geometry.x.to_numpy(), people.geometry.y.to_numpy(), counts)
    return tables


def ratios_of(supply: Supply, looked: Sequence[Looked]) -> Ratios:
    """Return step 1 of both catchments, from what all partitions told."""
    crowd = np.sum([each.crowd for each in looked], axis=0).astype(np.float64)
    weighted = np.array(
        [exact_total(each.weighted.get(j, ()) for each in looked) for j in range(len(supply.staff))], dtype=np.float64
    )
    return Ratios(supply_ratio(supply.staff, crowd), supply_ratio(supply.staff, weighted))


def added(looked: Sequence[Looked], name: str) -> pd.DataFrame | None:
    """Return a table of all partitions added up, sorted by its first column; None where no partition has it."""
    parts = [each.tables[name] for each in looked if name in each.tables]
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True)
    return whole.groupby(str(whole.columns[0]), sort=True).sum().astype("int64").reset_index()


def access_of(task: tuple[Path, Ratios, Partition]) -> NDArray[np.float64]:
    """Return step 2 for the enterprises of a partition: plain and enhanced access, shape (n, 2), nan where unplaced."""
    file, ratios, partition = task
    with np.load(path_of(ground_of(file), partition)) as kept:
        known, indices, indptr, decayed = (kept[name] for name in ("known", "indices", "indptr", "decayed"))
    shape = (int(known.sum()), len(ratios.plain))
    access = np.full((len(known), 2), np.nan)
    access[known, 0] = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=shape) @ ratios.plain
    access[known, 1] = sparse.csr_array((decayed, indices, indptr), shape=shape) @ ratios.enhanced
    return access
