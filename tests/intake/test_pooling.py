"""One reference system per workspace: layers too small to tell follow, those that prove another one keep it."""

import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.errors import BadInput
from ipps_geo.intake.check import check_path
from ipps_geo.intake.datum import DatumVerdict, Evidence
from ipps_geo.intake.pooling import pooled
from ipps_geo.intake.shifts import wgs84_to_gcj02
from ipps_geo.intake.units import units_of
from ipps_geo.regions import load_region


def layer(gained, lost, points=1000, datum="wgs84", basis="assumed"):
    told = (gained + lost) > 0
    return DatumVerdict(
        datum, basis, datum != "wgs84", points=points,
        evidence=(
            Evidence("wgs84", 1.0, 0.95 if told else None),
            Evidence("gcj02", 1.0, 0.95 if told else None, gained, lost),
            Evidence("bd09", 1.0, 0.90 if told else None, 0, gained),
            Evidence("swapped", 0.0, 0.0 if told else None),
        ),
    )  # fmt: skip


LARGE = layer(400, 3, datum="gcj02", basis="detected")


@pytest.mark.parametrize(
    ("other", "action"),
    [
        (layer(0, 0, 12), "follows"),  # says nothing of units
        (layer(2, 1, 30), "follows"),
        (layer(1, 4, 30), "follows"),  # chance
        (layer(0, 12, 300), "mixed"),  # speaks against it, and does not prove it
        (layer(0, 60, 900), "apart"),  # proves the other one
    ],
)
def test_what_the_pooled_verdict_means_for_a_layer(other, action):
    assert pooled({"enterprises": LARGE, "other": other})["other"].action == action


def test_small_layers_together_are_evidence():
    layers = {str(turn): layer(10, 0, 60) for turn in range(5)}
    assert {meaning.action for meaning in pooled(layers).values()} == {"follows"}
    assert pooled({"0": layer(10, 0, 60)}) == {}


def test_what_is_stated_takes_no_part():
    stated = DatumVerdict("wgs84", "stated", points=20)
    assert "other" not in pooled({"enterprises": LARGE, "other": stated})


@pytest.fixture
def folder(tmp_path):
    """A workspace folder whose tables are all in GCJ-02; near borders, so that many points tell."""
    units = units_of(load_region())
    rng = np.random.default_rng(3)
    lon, lat, unit = [], [], []
    for code, shape in zip(units.frame["code"], units.shapes, strict=True):
        ring = shapely.get_coordinates(shape)
        at = ring[rng.integers(0, len(ring), 400)] + rng.normal(0, 0.003, (400, 2))
        inside = at[shapely.contains_xy(shape, at[:, 0], at[:, 1])]
        lon += inside[:, 0].tolist()
        lat += inside[:, 1].tolist()
        unit += [code] * len(inside)
    x, y = wgs84_to_gcj02(lon, lat)
    rows = pd.DataFrame({"所在区": unit, "经度": x, "纬度": y})
    rows = rows[~rows["所在区"].isin(["BDA", "110115", "110112"])].reset_index(drop=True)
    numbered = [f"E{turn:06}" for turn in range(len(rows))]
    names = [f"示例公司{turn}" for turn in range(len(rows))]
    rows.assign(企业编号=numbered, 企业名称=names).to_csv(tmp_path / "enterprises.csv", index=False)
    few = rows.iloc[::400].assign(载体编号=numbered[: len(rows.iloc[::400])], 载体名称="示例园区")
    few.to_csv(tmp_path / "carriers.csv", index=False)
    return tmp_path


def verdicts(folder, **options):
    return {read.table: read.datum for read in check_path(folder, sandbox=False, **options).reads}


def test_a_small_table_follows_the_large_one_of_its_folder(folder):
    found = verdicts(folder)
    assert (found["enterprises"].datum, found["enterprises"].basis) == ("gcj02", "detected")
    assert (found["carriers"].datum, found["carriers"].basis, found["carriers"].accuracy_m) == ("gcj02", "pooled", 2.0)


def test_what_is_stated_of_a_folder_or_a_file_is_never_overruled(folder):
    assert {verdict.basis for verdict in verdicts(folder, datum="gcj02").values()} == {"stated"}
    (folder / "workspace.toml").write_text(
        '[datums]\n"carriers.csv" = "wgs84"\n[tables]\nenterprises = "enterprises.csv"\ncarriers = "carriers.csv"\n',
        encoding="utf-8",
    )
    found = verdicts(folder)
    assert (found["carriers"].datum, found["carriers"].basis) == ("wgs84", "stated")
    report = check_path(folder, sandbox=False, datum="wgs84")
    assert "datum_contradicted" in set(report.problems["code"])


def test_an_unknown_reference_system_is_refused(folder):
    with pytest.raises(BadInput) as caught:
        check_path(folder, datum="pz-90", sandbox=False)
    assert caught.value.code == "datum.unknown"
