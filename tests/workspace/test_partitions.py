"""A workspace in partitions: every row once, every entity whole, what was written is what is read."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from ipps_geo import identity
from ipps_geo.errors import BadInput
from ipps_geo.workspace import generate_demo, load_workspace
from ipps_geo.workspace.partitioning import _folders, files_of, partition_workspace
from ipps_geo.workspace.partitions import open_partitions, read_partition
from ipps_geo.workspace.tables import conform


@pytest.fixture(scope="module")
def small():
    return generate_demo(600, seed=3)


@pytest.fixture(scope="module")
def source(small):
    """The small city, one of whose enterprises has a branch in another unit, and one a second row."""
    enterprises = small.enterprises
    parent = enterprises["uscc"].iloc[0]
    away = enterprises.iloc[-1].to_dict() | {"enterprise_id": "branch", "uscc": None, "parent_uscc": parent}
    again = enterprises.iloc[0].to_dict() | {"enterprise_id": "again", "geometry": enterprises.geometry.iloc[-2]}
    more = pd.DataFrame([away, again]).astype({"parent_uscc": "str"})
    return small.replace(enterprises=conform("enterprises", pd.concat([enterprises, more], ignore_index=True)))


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("partitions") / "unit"
    partition_workspace(source, folder, by="unit", most_rows=150)
    return folder


def every_row(partitions):
    return pd.concat([read_partition(part) for part in partitions.partitions], ignore_index=True)


def test_every_row_is_in_one_partition_and_every_entity_whole(source, folder):
    partitions = open_partitions(folder, sandbox=False)
    rows = every_row(partitions).sort_values("enterprise_id").reset_index(drop=True)
    whole = source.enterprises.sort_values("enterprise_id").reset_index(drop=True)
    assert_frame_equal(pd.DataFrame(rows.drop(columns="geometry")), pd.DataFrame(whole.drop(columns="geometry")))
    assert rows.geometry.geom_equals(whole.geometry).all()
    assert max(part.rows for part in partitions.partitions) <= 150
    where = {}
    for part in partitions.partitions:
        for key in set(identity.entity_keys(read_partition(part))):
            assert where.setdefault(key, part.label) == part.label


def test_the_network_is_an_ordinary_workspace_with_the_enterprises_that_rosters_name(source, folder):
    network = load_workspace(folder / "tables", sandbox=False)
    assert len(network.enterprises) < len(source.enterprises)
    assert not len(network.problems)
    assert set(source.rosters["enterprise_id"].dropna()) <= set(network.enterprises["enterprise_id"])


def test_partitions_are_read_by_column_and_by_box(folder):
    partitions = open_partitions(folder, sandbox=False)
    part = max(partitions.partitions, key=lambda each: each.rows)
    west, south, east, north = part.box
    some = read_partition(part, columns=["enterprise_id"], box=(west, south, (west + east) / 2, north))
    assert list(some.columns) == ["enterprise_id", "geometry"]
    assert 0 < len(some) < part.rows
    assert some.geometry.x.max() <= (west + east) / 2
    assert part in partitions.within((west, south, west, south))
    assert partitions.within((0, 0, 1, 1)) == ()


def test_partitions_of_partitions_hold_the_same(source, folder, tmp_path):
    again = partition_workspace(open_partitions(folder, sandbox=False), tmp_path / "cells", by="cell")
    assert np.isin("branch", every_row(again)["enterprise_id"])
    assert again.rows == len(source.enterprises)
    assert all(part.key.startswith("cell=") for part in again.partitions)
    assert again.network.content_hash == open_partitions(folder, sandbox=False).network.content_hash


@pytest.mark.slow
def test_tables_from_elsewhere_are_validated_and_take_the_place_of_the_workspaces(source, tmp_path):
    sent = tmp_path / "sent" / "city=1"
    sent.mkdir(parents=True)
    half = len(source.enterprises) // 2
    source.enterprises.iloc[:half].to_parquet(sent / "a.parquet")
    source.enterprises.iloc[half:].to_parquet(sent / "b.parquet")
    made = partition_workspace(source, tmp_path / "made", by="nothing", files=files_of([tmp_path / "sent"]))
    assert made.rows == len(source.enterprises)
    source.enterprises.iloc[:3].to_parquet(sent / "c.parquet")
    with pytest.raises(BadInput) as refused:
        partition_workspace(source, tmp_path / "twice", files=files_of([tmp_path / "sent"]))
    assert refused.value.code == "partitions.ids_twice"
    assert "3 " in str(refused.value)
    source.enterprises.iloc[:3].assign(name=None).to_parquet(sent / "c.parquet")
    with pytest.raises(BadInput) as refused:
        partition_workspace(source, tmp_path / "bad", files=files_of([tmp_path / "sent"]))
    assert refused.value.code == "workspace.faults"
    assert not (tmp_path / "bad").exists()


def test_what_was_touched_since_is_refused(source, tmp_path):
    partition_workspace(source, tmp_path / "p", by="nothing")
    part = tmp_path / "p" / "enterprises" / "all" / "part-0000.parquet"
    kept = part.read_bytes()
    part.write_bytes(kept[:-1])
    assert_refused(tmp_path / "p", "partitions.not_as_written")
    part.write_bytes(kept)
    rosters = tmp_path / "p" / "tables" / "rosters.csv"
    lines = rosters.read_text(encoding="utf-8").splitlines(keepends=True)
    rosters.write_text("".join(lines[:-1]), encoding="utf-8")
    assert_refused(tmp_path / "p", "partitions.network_changed")
    listed = tmp_path / "p" / "partitions.json"
    listed.write_text(json.dumps({"schema": "other"}), encoding="utf-8")
    assert_refused(tmp_path / "p", "partitions.list_unreadable")
    assert_refused(tmp_path, "partitions.none_here")


def assert_refused(folder, code):
    with pytest.raises(BadInput) as refused:
        open_partitions(folder, sandbox=False)
    assert refused.value.code == code


def test_a_partitioned_workspace_is_opened_as_one_and_never_taken_for_another(folder):
    assert open_partitions(folder, sandbox=False).by == "unit"
    with pytest.raises(BadInput) as refused:
        load_workspace(folder)
    assert refused.value.code == "workspace.partitioned"


@pytest.mark.parametrize(("by", "folder"), [("province", "11"), ("city", "1101"), ("unit", "110108")])
def test_a_row_without_a_place_goes_to_the_folder_of_its_unit_by_as_many_digits_as_asked(source, by, folder):
    rows = source.enterprises.iloc[:2].copy()
    rows["geometry"], rows["unit"] = None, ["110108", None]
    told = _folders(rows, SimpleNamespace(by=by, network=source))
    assert told.tolist() == [f"{by}={folder}", f"{by}=unknown"]
