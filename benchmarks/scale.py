"""Beyond one table: grouping by partitions, the largest covering problems of the literature, a plan of a nation.

    python -m benchmarks.scale nation FOLDER --cities 300 --rows 20000 --carriers 20   # a generated nation, to plan on
    python -m benchmarks.scale grouping --points 20_000_000 --sites 2000 --workers 1 2  # GeoParquet to groups
    python -m benchmarks.scale covering --points 20_000_000                             # MCLP of Cordeau et al. (2019)

Every row says how large it was, wall and processor seconds, the load of the machine and the peak memory of a process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from ipps_geo.executors import executor_for, gathered
from ipps_geo.workspace.points import lonlat_of, write_arrow, write_points


# ---------------------------------------------------------------------- a nation
def nation(folder: Path, cities: int, rows: int, carriers: int, seed: int = 7) -> None:
    """Write a partitioned workspace: ``cities`` of ``rows`` enterprises and ``carriers`` each, a unit per city."""
    from ipps_geo.workspace import load_workspace, save_workspace
    from ipps_geo.workspace.partitions import PARTITIONS_FILE, Partition, list_text, read_partition
    from ipps_geo.workspace.sources import sha256_of
    from ipps_geo.workspace.tables import conform

    shutil.rmtree(folder, ignore_errors=True)
    beijing = load_workspace()
    rng = np.random.default_rng(seed)
    # Places 2.5 degrees apart between 80 and 130 east, 20 and 45 north: as far apart as prefectures are.
    grid = [(lon, lat) for lat in np.arange(20.5, 45, 1.3) for lon in np.arange(80.5, 130, 2.1)]
    places = [grid[k] for k in rng.permutation(len(grid))[:cities]]
    codes = [f"{11 + k // 90:02d}{1 + k % 90:02d}01" for k in range(cities)]
    units, stands, partitions, first = [], [], [], []
    for code, (lon, lat) in zip(codes, places, strict=True):
        table, lonlat, sites = _city(np.random.default_rng([seed, int(code)]), code, lon, lat, rows, carriers, beijing)
        path = folder / "enterprises" / f"city={code[:4]}" / "part-0000.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrow(path, table, lonlat)
        box = (*lonlat.min(axis=0).tolist(), *lonlat.max(axis=0).tolist())
        label = path.relative_to(folder).as_posix()
        partitions.append(Partition(label, path, rows, box, sha256_of(path)))
        if not first:
            first.append(read_partition(partitions[0]).iloc[:1])
        stands.append(sites)
        square = shapely.box(lon - 0.5, lat - 0.4, lon + 0.5, lat + 0.4)
        units.append({"code": code, "name_zh": f"示例市{code[:4]}", "name_en": f"City {code[:4]}", "geometry": square})
    told = {"kind": "district", "precedence": 0, "requires_center": False, "data_class": "synthetic"}
    table = conform("service_units", pd.DataFrame(units).assign(**told, source="generated", source_kind="generated"))
    network = beijing.replace(
        region=_whole_country(folder / "region", table),
        name=f"nation-{cities}-{rows}",
        service_units=table,
        carriers=conform("carriers", pd.concat(stands, ignore_index=True)),
        enterprises=conform("enterprises", first[0]),
        planted=(),
        sources=(),
        data_date=dt.date(2026, 11, 22),
        **{name: getattr(beijing, name).iloc[:0] for name in _EMPTY},
    )
    save_workspace(network, folder / "tables")
    read = load_workspace(folder / "tables", sandbox=False)
    text = list_text(network.name, "city", None, read.content_hash, partitions)
    (folder / PARTITIONS_FILE).write_text(text, encoding="utf-8")
    size = sum(part.path.stat().st_size for part in partitions) / 1e6
    print(f"{cities} cities, {sum(part.rows for part in partitions):,} rows, {size:.0f} MB; {folder}")


def _whole_country(folder: Path, units: pd.DataFrame):
    """The region of a generated nation: its units, and the policy and lists of the embedded one."""
    from ipps_geo.regions import load_region
    from ipps_geo.workspace.geojson import write_geojson

    folder.mkdir(parents=True)
    write_geojson(units, folder / "boundaries.geojson", "service_units")
    about = {
        "key": "nation",
        "name_zh": "示例国",
        "name_en": "Nation",
        "code_prefix": "1",
        "metric_crs": "zone of the longitude",
        "centre": [104.0, 35.0],
        "bounds": [73.6, 18.0, 135.0, 53.6],
        "policy": "beijing-draft",
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in about.items()]
    text = "\n".join([*lines, "[files]", 'boundaries = "boundaries.geojson"']) + "\n"
    (folder / "region.toml").write_text(text, encoding="utf-8")
    return load_region(folder)


_EMPTY = ("institutions", "rosters", "applications", "evaluations", "staff", "conduct")
_CODES = ("I6510", "I6440", "C3973", "M7340", "C2761", "F5211", "E4710", "H6110")
"""Industries of a generated enterprise: five that the lists name, three that they do not."""


def _city(rng, code, lon, lat, rows, carriers, beijing):
    """One city: a few centres, enterprises around them (as a table of Arrow), carriers among these."""
    import geopandas as gpd
    import pyarrow as pa

    centres = np.array([lon, lat]) + rng.normal(0, [0.12, 0.09], (6, 2))
    share = rng.dirichlet(np.full(6, 1.2))
    places = centres[rng.choice(6, rows, p=share)] + rng.normal(0, [0.035, 0.027], (rows, 2))
    stands = centres[rng.choice(6, carriers, p=share)] + rng.normal(0, [0.04, 0.03], (carriers, 2))
    inside = [[lon - 0.45, lat - 0.36], [lon + 0.45, lat + 0.36]]
    places, stands = np.clip(places, *inside).round(6), np.clip(stands, *inside).round(6)
    numbers = np.arange(1, rows + 1)
    numbers = numbers[np.argsort(_mixed(numbers))]  # by credit code, as the package writes partitions
    columns = {
        "enterprise_id": _texts(f"{code}-".encode(), numbers, 8, b""),
        "uscc": _credit_codes(code, numbers),
        "name": _texts(f"演示企业{code}第".encode(), numbers, 8, "号".encode()),
        "legal_form": _same("company", rows),
        "industry_codes": _chosen(_CODES, rng.integers(0, len(_CODES), rows)),
        "explicit_need": _chosen(("yes", "no", "unknown"), rng.choice(3, rows, p=[0.5, 0.35, 0.15])),
        "unit": _same(code, rows),
        "source": _same("generated", rows),
        "data_class": _same("synthetic", rows),
    }
    schema = _stored()
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    model = beijing.carriers.iloc[0]
    sites = pd.DataFrame(
        {
            "carrier_id": [f"{code}-S{n:04d}" for n in range(carriers)],
            "name_zh": [f"示例载体{code}-{n:04d}" for n in range(carriers)],
            "unit": code,
            "candidate": True,
            "host_type": model["host_type"],
            "position_precision_m": 100.0,
            "source": "generated",
            "source_kind": "generated",
            "data_class": "synthetic",
            "geometry": gpd.points_from_xy(*stands.T),
        }
    )
    return pa.Table.from_arrays(arrays, schema=schema), places, sites


@cache
def _stored():
    """The columns of a partition as the package writes them, without the place."""
    import pyarrow as pa

    from ipps_geo.workspace.tables import conform

    small = pd.DataFrame({"enterprise_id": ["1"], "name": ["1"], "geometry": [None]})
    return pa.Schema.from_pandas(conform("enterprises", small).drop(columns="geometry"), preserve_index=False)


def _digits(numbers, width):
    """Whole numbers as ASCII digits, shape (n, width)."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def _fixed(letters):
    """Rows of bytes, shape (n, width), as texts."""
    import pyarrow as pa

    n, width = letters.shape
    offsets = pa.py_buffer(np.arange(n + 1, dtype=np.int64) * width)
    return pa.Array.from_buffers(pa.large_string(), n, [None, offsets, pa.py_buffer(np.ascontiguousarray(letters))])


def _texts(before, numbers, width, after):
    fixed = [np.broadcast_to(np.frombuffer(part, np.uint8), (len(numbers), len(part))) for part in (before, after)]
    return _fixed(np.hstack([fixed[0], _digits(numbers, width), fixed[1]]))


def _mixed(numbers):
    return numbers * 7_919 % 999_999_937  # a prime: distinct for distinct numbers below it


def _credit_codes(code, numbers):
    """Credit codes of companies (GB 32100-2015) with their check character; ten letters of the organisation."""
    alphabet = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
    head = np.broadcast_to(np.frombuffer(f"91{code}".encode(), np.uint8), (len(numbers), 8))
    body = np.hstack([head, _digits(_mixed(numbers), 9)])
    sums = (body - ord("0")).astype(np.int64) @ np.array([pow(3, place, 31) for place in range(17)])
    return _fixed(np.hstack([body, alphabet[-sums % 31][:, None]]))


def _chosen(words, codes):
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, pa.large_string()))


def _same(word, rows):
    return _chosen([word], np.zeros(rows, np.int32))


# ---------------------------------------------------------------------- grouping
WEST, SOUTH, EAST, NORTH = 116.05, 39.73, 116.75, 40.27
"""A square of some 60 kilometres."""


def _part(task: tuple[Path, int, int]) -> Path:
    """Write a partition of enterprises (GeoParquet) with what grouping reads: place, need, whether it is demand."""
    path, rows, seed = task
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"need": rng.choice(np.array([1, 0, -1], np.int8), rows), "demand": rng.random(rows) < 0.9})
    write_points(path, table, rng.uniform((WEST, SOUTH), (EAST, NORTH), (rows, 2)).round(6))
    return path


def _tally(task):
    """From the file of a partition to its groups, and the processor seconds that it took.

    Places are read as degrees and put into the metres of the sites' zone; nothing else is kept.
    """
    import pyarrow.parquet as pq

    from ipps_geo.siting.search.tallies import tally_demand

    path, zone, limit_m = task
    begun = time.process_time()
    table = pq.read_table(path)
    chosen = table["demand"].to_numpy()
    reach = zone.reach(lonlat_of(table["geometry"])[chosen], limit_m)
    no_need = table["need"].to_numpy()[chosen] != 1
    tally, _ = tally_demand([(reach, zone.sites)], len(zone.sites), no_need, np.ones(len(no_need)))
    return tally, os.getpid(), time.process_time() - begun


@contextmanager
def _workers(n: int, dask: bool) -> Iterator[Executor]:
    """Processes of this machine, or as many workers of a Dask cluster on it."""
    if not dask:
        with executor_for(n) as executor:
            yield executor
        return
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=None) as cluster,
        executor_for(cluster=cluster.scheduler_address) as executor,
    ):
        yield executor


def grouping(folder: Path, points: int, sites: int, parts: int, workers: list[int], *, dask: bool) -> None:
    """From GeoParquet to groups, by one worker and by several, in the same run.

    Beside the clock, which measures the neighbours too, stand the processor seconds of each worker: the run cannot end
    before the one that worked longest (the path), however idle the machine is.
    """
    from ipps_geo.reach.zones import zones_of
    from ipps_geo.siting.search.tallies import merge_tallies

    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(folder / f"{k:04d}.parquet", points // parts, k) for k in range(parts)]
    files = [task[0] if task[0].is_file() else _part(task) for task in tasks]
    where = np.random.default_rng(1).uniform((WEST, SOUTH), (EAST, NORTH), (sites, 2))
    (zone,), (few,) = zones_of(where), zones_of(where[:10])
    walls, paths = {}, {}
    for n in workers:
        with _workers(n, dask) as executor:
            gathered(executor, _tally, [(files[0], few, 3000.0)] * 2 * n)  # processes and kernels are there
            with Row(f"grouping {points:,} x {sites:,}, {parts} partitions, {n} workers") as row:
                made = gathered(executor, _tally, [(file, zone, 3000.0) for file in files])
                begun = time.process_time()
                merged = merge_tallies([tally for tally, _, _ in made], sites)
                merging = time.process_time() - begun
                spent = pd.Series([s for _, _, s in made]).groupby([who for _, who, _ in made]).sum()
                walls[n], paths[n] = 0.0, spent.max() + merging
                row.told = (
                    f"{merged.groups.n_groups:,} groups of {int(merged.groups.size.sum()):,} rows; work "
                    f"{spent.sum():.1f} s ({', '.join(f'{s:.1f}' for s in spent)}), adding up {merging:.1f} s"
                )
            walls[n] = row.wall_s
    first, *others = workers
    for n in others:
        print(
            f"{n} workers to {first}, same run: {paths[first] / paths[n]:.2f} times by the processor seconds of the "
            f"longest worker and of adding up, {walls[first] / walls[n]:.2f} times by the clock"
        )


# ---------------------------------------------------------------------- the literature's largest covering problems
def covering(points: int, executor: Executor, parts: int, seed: int = 1) -> None:
    """MCLP of Cordeau, Furini, Ljubic (2019): uniform in a square of 30, demand 1 to 100, 100 sites, radius, p = 10."""
    from ipps_geo.siting.location.covering.maximal import maximal_covering

    for radius in (5.5, 5.75, 6.0, 6.25):
        with Row(f"MCLP {points:,} x 100, radius {radius}, p 10") as row:
            sites = np.random.default_rng(seed).uniform(0, 30, (100, 2))
            tasks = [(k, points // parts, sites, radius, seed) for k in range(parts)]
            tallies = gathered(executor, _customers, tasks)
            reach, weight = _as_reach(tallies, 100)
            plan = maximal_covering(reach, n_sites=10, weights=weight, time_limit_s=600)
            row.told = f"{plan.status}, {plan.objective:,.0f} of {weight.sum():,.0f}, {len(weight):,} groups"


def _customers(task):
    from ipps_geo.reach import Reach
    from ipps_geo.siting.search.tallies import tally_demand

    k, rows, sites, radius, seed = task
    rng = np.random.default_rng([seed, k])
    xy, demand = rng.uniform(0, 30, (rows, 2)), rng.integers(1, 101, rows).astype(float)
    reach = Reach.from_points(xy, sites, radius)
    return tally_demand([(reach, np.arange(len(sites)))], len(sites), np.zeros(rows, bool), demand)[0]


def _as_reach(tallies, n_sites):
    """The groups as rows whose weight is that of all their members: a covering model tells no more of them."""
    from scipy import sparse

    from ipps_geo.reach import Reach
    from ipps_geo.siting.search.tallies import merge_tallies

    merged = merge_tallies(tallies, n_sites)
    groups = merged.groups
    weight = groups.size * merged.value
    pairs = sparse.csr_array(
        (np.ones(len(groups.row_sites)), groups.row_sites, groups.row_start), shape=(groups.n_groups, n_sites)
    )
    return Reach.from_costs(pairs, 1.0), weight


class Row:
    """One line of the table: what it was, how long it took, what it found."""

    def __init__(self, name: str) -> None:
        self.name, self.told, self.wall_s = name, "", 0.0

    def __enter__(self) -> Row:
        self.begun, self.used = time.perf_counter(), _processor_s()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self.begun
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(
            f"| {self.name} | {self.told} | {self.wall_s:.1f} s wall | {_processor_s() - self.used:.1f} s processor of "
            f"this process | load {os.getloadavg()[0]:.1f} | peak {peak / 1e6:.2f} GB |",
            flush=True,
        )


def _processor_s() -> float:
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    made = commands.add_parser("nation")
    made.add_argument("folder", type=Path)
    made.add_argument("--cities", type=int, default=300)
    made.add_argument("--rows", type=int, default=20_000)
    made.add_argument("--carriers", type=int, default=20)
    grouped = commands.add_parser("grouping")
    grouped.add_argument("--folder", type=Path, default=Path("/tmp/ipps-scale"))
    grouped.add_argument("--points", type=int, default=20_000_000)
    grouped.add_argument("--sites", type=int, default=2_000)
    grouped.add_argument("--parts", type=int, default=40)
    grouped.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    grouped.add_argument("--dask", action="store_true", help="workers of Dask instead of processes")
    covered = commands.add_parser("covering")
    covered.add_argument("--points", type=int, default=20_000_000)
    covered.add_argument("--parts", type=int, default=40)
    covered.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    if asked.what == "nation":
        nation(asked.folder, asked.cities, asked.rows, asked.carriers)
    elif asked.what == "grouping":
        grouping(asked.folder, asked.points, asked.sites, asked.parts, asked.workers, dask=asked.dask)
    else:
        with executor_for(asked.workers) as executor:
            covering(asked.points, executor, asked.parts)


if __name__ == "__main__":
    main()
