"""The worker: held to memory and time, replaced after it died, and not asked to open what is no file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from ipps_geo.intake import Limits, read_table
from ipps_geo.intake.request import Request
from ipps_geo.intake.sandbox import Sandbox

GOOD = "企业编号,企业名称\nE1,甲\n"


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(tmp_path: Path) -> None:
    slow, good = tmp_path / "slow.csv", tmp_path / "good.csv"
    slow.write_text("企业编号,企业名称\n" + "".join(f"E{n},甲{n}\n" for n in range(200_000)), encoding="utf-8")
    good.write_text(GOOD, encoding="utf-8")
    with Sandbox(Limits(seconds=0.01)) as box:
        assert box.read(Request(slow)).problems["code"].tolist() == ["out_of_time"]
        box.limits = Limits()
        assert box.read(Request(good)).accepted == 1


def test_a_file_that_takes_too_much_memory_is_one_problem(tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    big.write_text("企业编号,企业名称\n" + "".join(f"E{n},{'甲' * 300}\n" for n in range(300_000)), encoding="utf-8")
    read = read_table(big, limits=Limits(memory_bytes=900 << 20, max_file_bytes=1 << 40))
    assert read.problems["code"].tolist() in (["out_of_memory"], ["worker_died"])
    assert read.accepted == 0


def test_a_killed_worker_costs_one_file(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(GOOD, encoding="utf-8")
    with Sandbox() as box:
        assert box.read(Request(good)).accepted == 1
        process = box._worker._process
        assert process is not None
        process.kill()
        process.wait()
        assert box.read(Request(good)).accepted == 1


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.csv",
        "/vsicurl/https://example.org/a.csv",
        "/vsizip/a.zip/b.csv",
        "PG:dbname=x",
        "postgresql://u:p@h/d",
        "s3://bucket/key.parquet",
        "file:///etc/passwd",
    ],
)
def test_addresses_and_connection_strings_are_no_files(path: str) -> None:
    assert read_table(path, sandbox=False).problems["code"].tolist() == ["remote_reference"]


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "a.csv"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, tmp_path / "absent.csv", Path("/dev/zero")):
        assert read_table(path, sandbox=False).problems["code"].tolist() == ["not_a_file"]


def test_what_gdal_reads_is_read_in_the_worker_too(tmp_path: Path) -> None:
    places = [shapely.Point(116.3, 39.9)]
    table = gpd.GeoDataFrame({"code": ["E1"], "name": ["甲"]}, geometry=places, crs="EPSG:4326")
    for suffix, driver in ((".mif", "MapInfo File"), (".shp", "ESRI Shapefile")):
        folder = tmp_path / driver
        folder.mkdir()
        pyogrio.write_dataframe(table, folder / f"carriers{suffix}", driver=driver, encoding="UTF-8")
        shutil.make_archive(str(folder), "zip", folder)
        read = read_table(folder.with_suffix(".zip"), "carriers", accept_partial=True)
        assert read.rows_in_file == 1, read.problems
