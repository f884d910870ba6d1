"""How long intake takes: ``python -m benchmarks.intake [--small]``.

Makes clean tables of enterprises with points, then reads each in a worker process, validation included, and prints
seconds (wall, and of processor) beside the target: 200,000 rows of Excel in 8 s, 1 M rows of CSV in 5 s, 1 M points of
GeoParquet in 4 s, on 2 cores that do nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ipps_geo.crs import STORE_CRS
from ipps_geo.intake import read_table
from ipps_geo.intake.datum import unit_of
from ipps_geo.intake.units import units_of
from ipps_geo.regions import load_region

_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])


def enterprises(count: int, seed: int = 1) -> gpd.GeoDataFrame:
    """Return a clean table of enterprises with points, units and credit codes that check."""
    generator = np.random.default_rng(seed)
    digits = np.zeros((count, 18), dtype=np.int64)
    digits[:, :8] = [9, 1, 1, 1, 0, 1, 0, 8]
    digits[:, 8:17] = generator.integers(0, 31, (count, 9))
    digits[:, 17] = -(digits[:, :17] * _WEIGHTS).sum(axis=1) % 31
    lon, lat = generator.uniform(116.1, 116.7, count).round(6), generator.uniform(39.7, 40.2, count).round(6)
    units = unit_of(lon, lat, units_of(load_region()))
    days = pd.date_range("2023-01-01", "2024-12-31").strftime("%Y-%m-%d").to_numpy()
    table = pd.DataFrame(
        {
            "enterprise_id": [f"E{number:07d}" for number in range(count)],
            "uscc": ["".join(row) for row in _ALPHABET[digits]],
            "name": [f"北京第{number}科技有限公司" for number in range(count)],
            "industry_codes": generator.choice(["6510;6520", "2710", "3962"], count),
            "sme_class": generator.choice(["small", "micro"], count),
            "explicit_need": generator.choice(["yes", "no", "unknown"], count),
            "need_date": generator.choice(days, count),
            "unit": units,
            "data_class": "synthetic",
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(lon, lat), crs=STORE_CRS)


def _processor_s() -> float:
    """Return the seconds of processor that this process and the workers that it has ended took."""
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def main() -> None:
    """Write the files, read them, print the seconds."""
    small = "--small" in sys.argv
    many, sheet = (50_000, 10_000) if small else (1_000_000, 200_000)
    with tempfile.TemporaryDirectory() as folder:
        table = enterprises(many)
        flat = pd.DataFrame(table.drop(columns="geometry")).assign(lon=table.geometry.x, lat=table.geometry.y)
        jobs = (("xlsx", sheet, 8.0), ("csv", many, 5.0), ("parquet", many, 4.0))
        for kind, count, target in jobs:
            path = Path(folder) / f"enterprises.{kind}"
            if kind == "xlsx":
                flat.head(count).to_excel(path, engine="xlsxwriter", index=False)
            elif kind == "csv":
                flat.to_csv(path, index=False)
            else:
                table.to_parquet(path)
            for sandbox in (True, False):
                start, before = time.perf_counter(), _processor_s()
                read = read_table(path, "enterprises", sandbox=sandbox)
                seconds, used = time.perf_counter() - start, _processor_s() - before
                where = "worker" if sandbox else "in process"
                print(
                    f"{kind:8} {count:>9,} rows, {where:10}: {seconds:6.2f} s (target {target:g} s),"
                    f" {used:5.2f} s CPU in all, accepted {read.accepted:,}, load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
