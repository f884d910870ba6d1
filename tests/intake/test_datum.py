"""The datum doctor on layers whose reference system is known because it was made so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.errors import BadInput
from ipps_geo.intake import check_path, read_table
from ipps_geo.intake.datum import (
    CONVERSIONS,
    Evidence,
    diagnose,
    hypotheses_of_metres,
    normalised_datum,
    of_degrees,
    unit_of,
)
from ipps_geo.intake.shifts import gcj02_to_bd09, wgs84_to_gcj02
from ipps_geo.intake.units import units_of
from ipps_geo.regions import load_region

UNITS = units_of(load_region())


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """Points all over the city with the unit that holds them."""
    generator = np.random.default_rng(5)
    lon, lat = generator.uniform(116.1, 116.7, 6_000), generator.uniform(39.75, 40.15, 6_000)
    unit = unit_of(lon, lat, UNITS)
    return pd.DataFrame({"lon": lon, "lat": lat, "unit": unit}).dropna().reset_index(drop=True)


def written(truth: pd.DataFrame, x: object, y: object, path: Path) -> Path:
    table = pd.DataFrame({"企业编号": [f"E{n}" for n in range(len(truth))], "企业名称": "甲", "所在区": truth["unit"]})
    table.assign(经度=x, 纬度=y).to_csv(path, index=False)
    return path


def test_plain_degrees_are_left_alone(truth: pd.DataFrame, tmp_path: Path) -> None:
    read = read_table(written(truth, truth["lon"], truth["lat"], tmp_path / "a.csv"), sandbox=False)
    assert (read.datum.datum, read.datum.basis, read.datum.converted) == ("wgs84", "assumed", False)
    assert read.frame.geometry.x.to_numpy() == pytest.approx(truth["lon"].to_numpy(), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", lambda x, y: gcj02_to_bd09(*wgs84_to_gcj02(x, y)))]
)
def test_a_shifted_layer_is_recognised_and_brought_back(
    name: str, shift: object, truth: pd.DataFrame, tmp_path: Path
) -> None:
    x, y = shift(truth["lon"], truth["lat"])  # type: ignore[operator]
    read = read_table(written(truth, x, y, tmp_path / "a.csv"), sandbox=False)
    assert (read.datum.datum, read.datum.basis) == (name, "detected")
    assert "datum_converted" in set(read.problems["code"])
    assert read.frame.geometry.x.to_numpy() == pytest.approx(truth["lon"].to_numpy(), abs=1e-8)
    evidence = {item.hypothesis: item for item in read.datum.evidence}
    assert evidence[name].in_declared_unit == 1.0
    assert evidence["wgs84"].in_declared_unit is not None
    assert evidence["wgs84"].in_declared_unit < 0.99


def test_a_small_shifted_layer_is_only_suspected_or_left(truth: pd.DataFrame, tmp_path: Path) -> None:
    few = truth.head(60)
    x, y = wgs84_to_gcj02(few["lon"], few["lat"])
    read = read_table(written(few, x, y, tmp_path / "a.csv"), sandbox=False)
    assert not read.datum.converted


def test_told_is_told(truth: pd.DataFrame, tmp_path: Path) -> None:
    few = truth.head(20)
    x, y = wgs84_to_gcj02(few["lon"], few["lat"])
    path = written(few, x, y, tmp_path / "a.csv")
    told = read_table(path, datum="GCJ-02", sandbox=False)
    assert told.datum.basis == "stated"
    assert told.frame.geometry.x.to_numpy() == pytest.approx(few["lon"].to_numpy(), abs=1e-8)
    plain = read_table(path, datum="wgs84", sandbox=False)
    assert plain.frame.geometry.x.to_numpy() == pytest.approx(np.asarray(x), abs=1e-12)
    with pytest.raises(BadInput):
        read_table(path, datum="mars")


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527", "EPSG:32650"])
@pytest.mark.parametrize("north_first", [False, True])
def test_metres_are_recognised_by_the_declared_units(
    crs: str, north_first: bool, truth: pd.DataFrame, tmp_path: Path
) -> None:
    east, north = transformer(STORE_CRS, crs).transform(truth["lon"], truth["lat"])
    x, y = (north, east) if north_first else (east, north)
    report = check_path(written(truth, x, y, tmp_path / "a.csv"), sandbox=False)
    assert report.reads[0].datum.datum == crs + (" north first" if north_first else "")
    assert report.exit_code == 0
    assert report.reads[0].frame.geometry.x.to_numpy() == pytest.approx(truth["lon"].to_numpy(), abs=1e-6)


def test_metres_without_declared_units_are_unclear(truth: pd.DataFrame, tmp_path: Path) -> None:
    east, north = transformer(STORE_CRS, "EPSG:4548").transform(truth["lon"], truth["lat"])
    nobody = truth.assign(unit="")
    report = check_path(written(nobody, east, north, tmp_path / "a.csv"), sandbox=False)
    assert "datum_unclear" in set(report.problems["code"])
    assert report.exit_code == 2
    assert (report.accepted, report.rejected) == (0, len(truth))


def test_swapped_axes_of_a_whole_layer_are_put_right(truth: pd.DataFrame, tmp_path: Path) -> None:
    read = read_table(written(truth, truth["lat"], truth["lon"], tmp_path / "a.csv"), sandbox=False)
    assert (read.datum.datum, read.datum.converted) == ("swapped", True)
    assert read.frame.geometry.y.to_numpy() == pytest.approx(truth["lat"].to_numpy(), abs=1e-12)


def test_a_stated_system_is_never_converted_against_its_word(truth: pd.DataFrame) -> None:
    x, y = wgs84_to_gcj02(truth["lon"], truth["lat"])
    verdict = diagnose(
        np.asarray(x),
        np.asarray(y),
        UNITS.positions(truth["unit"]),
        UNITS,
        stated=True,
    )
    assert (verdict.basis, verdict.proposed, verdict.converted) == ("suspected", "gcj02", False)


def test_no_points_no_verdict() -> None:
    nothing = np.full(3, np.nan)
    assert diagnose(nothing, nothing, None, UNITS).basis == "none"


def test_every_hypothesis_has_a_name_that_can_be_told() -> None:
    assert {normalised_datum(name) for name in CONVERSIONS} == set(CONVERSIONS)
    grids = hypotheses_of_metres(UNITS)
    assert {normalised_datum(name) for name in grids} == set(grids)


@pytest.mark.parametrize(
    ("gained", "lost", "told"),
    [
        (36, 0, ("gcj02", "detected", True)),  # six deviations and thirty-six points
        (35, 0, ("wgs84", "suspected", False)),
        (60, 14, ("wgs84", "suspected", False)),  # many points, and not six deviations
        (9, 0, ("wgs84", "suspected", False)),
        (8, 0, ("wgs84", "assumed", False)),
        (0, 0, ("wgs84", "assumed", False)),
    ],
)
def test_a_shift_is_undone_where_many_points_say_so_and_few_against_it(
    gained: int, lost: int, told: tuple[str, str, bool]
) -> None:
    plain, shifted = Evidence("wgs84", 1.0, 0.9), Evidence("gcj02", 1.0, 1.0, gained, lost)
    none = Evidence("bd09", 1.0, 0.5)
    assert of_degrees((plain, shifted, none, Evidence("swapped", 0.0, 0.0)), stated=False, share=0.9)[:3] == told
    if told[1] == "detected":  # what somebody states is not undone, and is doubted
        stated = of_degrees((plain, shifted, none, Evidence("swapped", 0.0, 0.0)), stated=True, share=0.9)
        assert stated[:3] == ("wgs84", "suspected", False)
