"""The embedded files and their manifest hold together, both ways."""

from __future__ import annotations

import re

import pytest

from ipps_geo.settings import MANIFEST, data_root
from ipps_geo.workspace.sources import read_manifest, sha256_of

ROOT = data_root()
ENTRIES = {source.file: source for source in read_manifest(ROOT / MANIFEST)}


def test_every_file_has_an_entry_and_every_entry_a_file():
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()} - {MANIFEST}
    assert files == set(ENTRIES)


@pytest.mark.parametrize("file", ENTRIES)
def test_the_file_is_the_one_described(file):
    assert sha256_of(ROOT / file) == ENTRIES[file].sha256


@pytest.mark.parametrize("source", ENTRIES.values(), ids=lambda source: source.file)
def test_every_entry_says_where_the_file_comes_from(source):
    assert source.publisher
    assert source.licence
    assert source.how
    assert re.fullmatch(r"\d{4}(-\d\d-\d\d)?", source.date)
    assert source.data_class in {"observed", "derived", "stand_in", "synthetic", ""}
    if source.file.endswith((".geojson", ".parquet")):
        assert source.crs == "EPSG:4490"


def test_what_was_generated_says_so():
    assert {source.data_class for file, source in ENTRIES.items() if file.startswith("demo/")} == {"synthetic"}


def test_the_data_stay_small():
    assert (ROOT / "demo" / "enterprises.parquet").stat().st_size < 2_000_000
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < 4_000_000
