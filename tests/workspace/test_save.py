"""A workspace written and loaded again is the same, as a folder and as one GeoPackage."""

from __future__ import annotations

import json

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.workspace import load_workspace, save_workspace


def test_a_folder_loads_as_it_was_saved(small, tmp_path):
    files = save_workspace(small, tmp_path / "ws")
    again = load_workspace(tmp_path / "ws")
    assert all(file.is_file() for file in files)
    assert again.content_hash == small.content_hash
    assert (again.name, again.data_date, again.planted) == (small.name, small.data_date, small.planted)
    assert again.problems.empty


def test_a_geopackage_loads_as_it_was_saved(small, tmp_path):
    (path,) = save_workspace(small, tmp_path / "ws.gpkg")
    again = load_workspace(path, sandbox=False)
    assert again.content_hash == small.content_hash
    assert {source.file for source in again.sources} == {"ws.gpkg"}


@pytest.mark.parametrize("name", ["ws", "ws.gpkg"])
def test_a_network_without_a_station_yet_is_saved_and_loaded(small, tmp_path, name):
    names = ("institutions", "staff", "rosters", "applications", "evaluations", "conduct")
    begun = small.replace(**{table: small.tables[table].iloc[:0] for table in names})
    save_workspace(begun, tmp_path / name)
    again = load_workspace(tmp_path / name, sandbox=False)
    assert (len(again.institutions), len(again.rosters)) == (0, 0)
    assert again.content_hash == begun.content_hash
    assert not (again.problems["severity"] == "error").any()


def test_large_tables_become_parquet(small, tmp_path, monkeypatch):
    monkeypatch.setattr("ipps_geo.workspace.save.MANY_ROWS", 100)
    monkeypatch.setattr("ipps_geo.workspace.save.MANY_PLACES", 100)
    save_workspace(small, tmp_path / "ws")
    assert (tmp_path / "ws" / "carriers.parquet").is_file()
    assert (tmp_path / "ws" / "rosters.parquet").is_file()
    assert load_workspace(tmp_path / "ws", sandbox=False).content_hash == small.content_hash


def test_saving_twice_gives_the_same_bytes(small, tmp_path):
    first = save_workspace(small, tmp_path / "one")
    second = save_workspace(small, tmp_path / "two")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_nothing_unfinished_stays_behind(small, tmp_path, monkeypatch):
    monkeypatch.setattr("ipps_geo.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(BadInput, match="cannot write"):
        save_workspace(small, tmp_path / "ws")
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(small, tmp_path):
    (tmp_path / "ws").write_text("")
    with pytest.raises(BadInput, match="this is a file"):
        save_workspace(small, tmp_path / "ws")


def test_the_manifest_of_a_saved_workspace_says_what_is_synthetic(small, tmp_path):
    save_workspace(small, tmp_path / "ws")
    classes = {source.file: source.data_class for source in load_workspace(tmp_path / "ws", sandbox=False).sources}
    assert classes["enterprises.parquet"] == "synthetic"
    assert classes["carriers.geojson"] == "observed"


def test_what_a_load_left_out_is_saved_with_the_tables(small, tmp_path):
    save_workspace(small, tmp_path / "ws")
    text = (tmp_path / "ws" / "rosters.csv").read_text(encoding="utf-8")
    (tmp_path / "ws" / "rosters.csv").write_text(text.replace("\nW-001,", "\nW-999,", 3), encoding="utf-8")
    partial = load_workspace(tmp_path / "ws", accept_partial=True, sandbox=False)
    assert partial.loaded.rows_left_out == 3
    save_workspace(partial, tmp_path / "again")
    again = load_workspace(tmp_path / "again", sandbox=False)
    assert again.content_hash == partial.content_hash != small.content_hash
    columns = ["holder_id", "uscc", "name", "need_date", "row", "reasons"]
    before, after = (found.loaded.left_out("rosters")[columns] for found in (partial, again))
    assert before.astype("str").equals(after.astype("str"))
    assert not again.loaded.complete
    with pytest.raises(BadInput, match="a GeoPackage cannot keep"):
        save_workspace(partial, tmp_path / "again.gpkg")


def test_the_manifest_names_the_columns_that_each_file_has(small, tmp_path):
    save_workspace(small, tmp_path / "ws")
    seen = set()
    for source in load_workspace(tmp_path / "ws", sandbox=False).sources:
        file = tmp_path / "ws" / source.file
        if file.suffix == ".geojson":
            named = {name for row in json.loads(file.read_text("utf-8"))["features"] for name in row["properties"]}
            named.add("geometry")
        elif file.suffix == ".csv":
            named = set(file.read_text("utf-8-sig").partition("\n")[0].strip().split(","))
        else:
            continue
        told = set(source.columns.split(";"))
        assert told == named or told - {"geometry"} == named - {"lon", "lat"}, source.file
        seen.add(file.suffix)
    assert seen == {".geojson", ".csv"}
