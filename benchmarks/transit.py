"""Public transport beside an oracle, and how long it takes on a city as large as Beijing's buses.

``python -m benchmarks.transit`` prints both tables; ``--out docs/benchmarks.md`` writes them between their markers
there. ``--coverage`` prints the coverage of a demonstration workspace by a made feed, as the command line tells it,
beside what a plain connection scan finds door by door. The feeds are made by :mod:`benchmarks.feeds`, the oracle is
:mod:`benchmarks.plain_scan`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.feeds import FEEDS, city
from benchmarks.orlib import reference_places
from benchmarks.plain_scan import PlainScan
from benchmarks.siting import machine
from ipps_geo.crs import metric_xy
from ipps_geo.planning.access import key_population
from ipps_geo.policy import load_policy
from ipps_geo.reach.gtfs import read_gtfs, window_seconds
from ipps_geo.reach.transit import transit_reach
from ipps_geo.regions import load_region
from ipps_geo.workspace import load_workspace
from ipps_geo.workspace.activity import active_institutions, day_of

METRIC_CRS = load_region().metric_crs

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- transit: start -->", "<!-- transit: end -->"
DAY = dt.date(2026, 3, 3)
SITES, DOORS, LIMIT_MIN = 150, 30_000, 60.0
MUST_S, MUST_GB = 60.0, 3.0


def beside_oracle(folder: Path) -> pd.DataFrame:
    """Return, per feed, pairs of stations, how many medians are equal to the second, and the largest difference."""
    rows = []
    for name, (make, window) in FEEDS.items():
        path = make().write(folder / f"{name}.zip")
        timetable = read_gtfs(path, day=DAY, window=window)
        expected = PlainScan(path, DAY).between(window_seconds(window))
        place = {title.removeprefix("站"): turn for turn, title in enumerate(timetable.stations)}
        found = np.array([timetable.between_min[place[a], place[b]] for a, b in expected])
        right = np.array(list(expected.values()))
        away = np.abs(np.nan_to_num(found, posinf=1e6) - np.nan_to_num(right, posinf=1e6))
        same = away * 60 < 0.5
        rows.append(
            {
                "feed": name,
                "window": "-".join(window),
                "stations": len(place),
                "rides": len(timetable.tail),
                "pairs": len(right),
                "not reached": int(np.isinf(right).sum()),
                "equal": int(same.sum()),
                "largest difference, min": float(away.max()),
            }
        )
    return pd.DataFrame(rows)


def field_cases() -> str:
    """Return how many of the feeds from the field are at their right value; they are no part of the project."""
    folder = next((place for place in reference_places("field") if (place / "gtfs").is_dir()), None)
    if folder is None:
        return "not beside the checkout"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/reference/test_field_gtfs.py"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", told)}
    return f"{counts.get('passed', 0)} of {sum(counts.values())}"


def measure(path: Path) -> dict[str, float]:
    """Return seconds and peak memory of the large feed: reading, and the reach of doors and sites, kernels warm."""
    wall, cpu = time.perf_counter(), _cpu_s()
    timetable = read_gtfs(path, window=("07:00", "09:00"))
    told = {"stations": len(timetable.stations), "rides": len(timetable.tail)}
    told |= {"read_s": time.perf_counter() - wall, "read_cpu_s": _cpu_s() - cpu}
    rng = np.random.default_rng(0)
    xy = timetable.station_xy
    doors, sites = (xy[rng.integers(0, len(xy), n)] + rng.normal(0, 300, (n, 2)) for n in (DOORS, SITES))
    transit_reach(timetable, doors[:10], sites[:2], 10.0)
    for name, limit in (("limit", LIMIT_MIN), ("all", 1440.0)):
        wall, cpu = time.perf_counter(), _cpu_s()
        told[f"{name}_pairs"] = transit_reach(timetable, doors, sites, limit).pairs.nnz
        told |= {f"{name}_s": time.perf_counter() - wall, f"{name}_cpu_s": _cpu_s() - cpu}
    peak_kb = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return told | {"peak_gb": peak_kb / (1 << 20)}


def _cpu_s() -> float:
    """Return processor seconds of this process and of the readers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def table(folder: Path) -> str:
    """Return both tables in Markdown."""
    oracle = beside_oracle(folder)
    path = city(folder / "city.zip")
    command = [sys.executable, "-m", "benchmarks.transit", "--measure", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    city_rows = [
        (f"the feed is read ({found['stations']:,} stations, {found['rides']:,} rides)", "read", ""),
        (f"pairs within {LIMIT_MIN:g} min ({found['limit_pairs']:,})", "limit", ""),
        (f"every pair, however far ({found['all_pairs']:,})", "all", ""),
    ]
    found["whole_s"], found["whole_cpu_s"] = (found[f"read_{unit}"] + found[f"all_{unit}"] for unit in ("s", "cpu_s"))
    city_rows.append(("read, and every pair", "whole", f"under {MUST_S:g} s"))
    lines = [
        "## Public transport",
        "",
        (
            f"Measured on {dt.datetime.now().astimezone().date()}: {machine()}, other work on the same machine (compare"
            " CPU seconds); one thread; kernels warm. Command: `python -m benchmarks.transit --out docs/benchmarks.md`."
        ),
        "",
        f"Feeds from the field at their right value: {field_cases()}.",
        "",
        "Medians of every pair of stations beside a plain connection scan of every minute of the window:",
        "",
        "| feed | window | stations | rides | pairs | not reached | equal | largest difference (min) |",
        "|---|---|---|---|---|---|---|---|",
        *(
            "| " + " | ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in row) + " |"
            for row in oracle.itertuples(index=False)
        ),
        "",
        f"| 40,000 stops, 1,000,000 stop times, {SITES} sites, {DOORS:,} doors, 07:00-09:00 | wall s | CPU s | must |",
        "|---|---|---|---|",
        *(
            f"| {what} | {found[f'{name}_s']:.1f} | {found[f'{name}_cpu_s']:.1f} | {must} |"
            for what, name, must in city_rows
        ),
        f"| peak memory {found['peak_gb']:.2f} GB | | | under {MUST_GB:g} GB |",
    ]
    return "\n".join(lines)


def coverage_beside_oracle(folder: Path, minutes: float = 45.0, enterprises: int = 2_000) -> str:
    """Return coverage by unit of a demonstration workspace, from the command line and from a plain scan."""
    name, window, percentile = "metro", "07:00-09:00", 50
    feed = FEEDS[name][0]().write(folder / f"{name}.zip")
    ask = [sys.executable, "-m", "ipps_geo"]
    workspace = folder / "workspace"
    subprocess.run(
        [*ask, "demo", "--enterprises", str(enterprises), "--out", str(workspace)], check=True, capture_output=True
    )
    command = ["coverage", str(workspace), "--gtfs", str(feed), "--day", str(DAY), "--window", window,
               "--percentile", str(percentile), "--minutes", f"{minutes:g}"]  # fmt: skip
    told = json.loads(subprocess.run([*ask, *command, "--json"], check=True, capture_output=True, text=True).stdout)
    loaded = load_workspace(workspace)
    day = day_of(loaded, None)
    people = key_population(loaded, load_policy("beijing-draft"), day)
    stations = metric_xy(active_institutions(loaded.institutions, day, "workstation"), METRIC_CRS)
    sites = stations[np.isfinite(stations).all(axis=1)].tolist()
    oracle = PlainScan(feed, DAY)
    seconds = window_seconds((window[:5], window[6:]))
    within = [
        bool(np.isfinite(door).all() and min(oracle.door_to_door(tuple(door), sites, seconds, percentile)) <= minutes)
        for door in metric_xy(people, METRIC_CRS)
    ]
    right = pd.Series(within).groupby(people["unit"].fillna("unknown").to_numpy()).sum()
    lines = ["ipps-geo " + " ".join(command), "", "| unit | enterprises | within reach | oracle |", "|---|---|---|---|"]
    lines += [
        f"| {row['unit']} | {row['enterprises']} | {row['within_reach']} | {int(right.get(row['unit'], 0))} |"
        for row in told["by_unit"]
    ]
    lines.append(f"| city | {told['city']['enterprises']} | {told['city']['within_reach']} | {sum(within)} |")
    return "\n".join(lines)


def main() -> None:
    """Print or write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="page with the markers of this table")
    parser.add_argument("--coverage", action="store_true", help="the coverage of a workspace beside the oracle's")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure is not None:
        print(json.dumps(measure(asked.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        text = coverage_beside_oracle(Path(folder)) if asked.coverage else table(Path(folder))
    if asked.out is None or asked.coverage:
        print(text)
        return
    page = asked.out.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    asked.out.write_text(f"{before}{START}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
