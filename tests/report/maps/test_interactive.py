from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
import shapely

from ipps_geo.media import html
from ipps_geo.report.maps import component
from ipps_geo.report.maps.interactive import write_interactive_map

LICENCE = html(component.web_file("maplibre-gl.LICENSE.txt"))
FLAGS = ["--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def data_of(page: str):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))


@pytest.fixture
def page(tmp_path, workspace, plan):
    return write_interactive_map(workspace, plan, tmp_path / "map.html").read_text(encoding="utf-8")


def layers_of(page):
    return {layer["name"]: layer for layer in data_of(page)["layers"]}


def test_the_page_forbids_every_request_and_names_no_address_of_its_own(page):
    assert "default-src 'none'" in page
    own = page
    for theirs in (*map(component.library_file, ("maplibre-gl.js", "maplibre-gl.css")), LICENCE):
        assert theirs in page
        own = own.replace(theirs, "")
    assert len(page) - len(own) > 900_000
    assert re.findall(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|sendBeacon", own) == []


def test_the_licence_of_the_drawing_library_goes_with_it_whole(page):
    for name in ("MapLibre contributors", "Mapbox", "Evan Wallace", "Mike Bostock"):
        assert name in LICENCE
    assert LICENCE in page


def test_every_proposal_is_on_the_map_and_in_the_table_in_both_languages(page):
    data = data_of(page)
    proposals = layers_of(page)["proposals"]["data"]
    assert [item["id"] for item in proposals] == [row["id"] for row in data["rows"]] == ["K2", "K3"]
    assert data["rows"][0]["cells"]["zh"] == ["1", "第2创新园", "乙区", "60", "40"]
    assert data["rows"][0]["cells"]["en"][1] == "Innovation Park 2"
    assert data["words"]["zh"].keys() == data["words"]["en"].keys()
    assert data["synthetic"] is True


def test_a_spot_of_the_map_lies_where_the_plan_has_it(page, plan):
    shape = plan.proposals.geometry.iloc[0]
    first = layers_of(page)["proposals"]["data"][0]
    assert (first["lon"], first["lat"]) == pytest.approx((shape.x, shape.y), abs=1e-5)


def test_what_is_drawn_has_a_sign_in_the_legend_and_nothing_else_has(page):
    for layer in layers_of(page).values():
        assert not layer.get("legend") or layer["data"], layer["name"]
        if layer["kind"] == "points":
            assert layer["legend"][0]["mark"]["shape"] == layer["mark"]["shape"]


def test_what_has_no_place_is_listed_beside_the_map(page, workspace):
    missing = workspace.institutions.loc[workspace.institutions.geometry.isna(), "name"].tolist()
    told = [name for entry in data_of(page)["map"]["unplaced"] for name in entry["names"]]
    assert told == missing


def test_a_name_cannot_end_the_script(tmp_path, workspace, plan):
    named = plan.proposals.assign(name_zh="</script><script>alert(1)</script>@LIBRARY@园")
    page = write_interactive_map(workspace, replace(plan, proposals=named), tmp_path / "map.html").read_text("utf-8")
    assert page.count("</script>") == 3
    assert page.count("@LIBRARY@") == data_of_count(page)
    assert data_of(page)["rows"][0]["cells"]["zh"][1].startswith("</script>")


def data_of_count(page):
    return re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1).count("@LIBRARY@")


def test_small_cells_are_kept_off_a_public_map(tmp_path, workspace, plan):
    def cells(suppress_below):
        path = write_interactive_map(workspace, plan, tmp_path / "map.html", suppress_below=suppress_below)
        return [count for count, *_ in layers_of(path.read_text(encoding="utf-8"))["density"]["data"]]

    assert min(cells(0)) < 5 <= min(cells(5))


def test_a_bureaus_own_lines_are_drawn_and_named(tmp_path, workspace, plan):
    base = {"subway": shapely.linestrings([[[500_000.0, 4_420_000.0], [510_000.0, 4_430_000.0]]])}
    page = write_interactive_map(workspace, plan, tmp_path / "map.html", base=base).read_text(encoding="utf-8")
    drawn = layers_of(page)["base_subway"]
    assert len(drawn["data"][0]) == 2
    assert drawn["legend"][0]["word"]["zh"] == "轨道交通（本单位提供）"


WHERE = """
at => { const map = document.querySelector(".map").map; const spot = map.project(at);
  return [spot.x, map.getCanvas().width / map.getContainer().clientWidth]; }
"""
"""Where a place is seen, and how many points are drawn for one of the screen."""


def follows_the_hand(page):
    """A map that the processor draws is drawn coarser while it is dragged, goes as far as the hand, and rests sharp."""
    before, sharp = page.evaluate(WHERE, [116.3, 39.9])
    page.mouse.move(300, 400)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(310 + 10 * step, 400)
        page.wait_for_timeout(20)
    moved, coarse = page.evaluate(WHERE, [116.3, 39.9])
    page.wait_for_timeout(200)  # a hand that rests before it lets go throws nothing
    page.mouse.up()
    assert moved - before == pytest.approx(200, abs=15)
    assert coarse < sharp
    while page.evaluate(WHERE, [116.3, 39.9])[1] != sharp:
        page.wait_for_timeout(50)


@pytest.mark.browser
def test_a_row_and_its_point_select_the_same_thing_and_nothing_is_requested(tmp_path, workspace, plan, browser_driver):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium here")
    path = write_interactive_map(workspace, plan, tmp_path / "map.html")
    browser = browser_driver.chromium.launch(executable_path=chromium, args=FLAGS)
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri())
    page.locator("tbody tr").nth(1).click()
    assert "第3创新园" in page.locator("#info").inner_text()
    page.locator(".legend li").first.wait_for()
    x, y = page.evaluate(
        "() => { const map = document.querySelector('.map').map; const spot = given_of('K2'); "
        "map.jumpTo({center: spot}); "
        "const at = map.project(spot); const box = map.getContainer().getBoundingClientRect(); "
        "return [at.x + box.left, at.y + box.top]; "
        "function given_of(id) { const row = JSON.parse(document.getElementById('data').textContent)"
        ".rows.find(each => each.id === id); return [row.lon, row.lat]; } }"
    )
    page.wait_for_timeout(500)
    page.mouse.click(x, y)
    page.locator("tbody tr[aria-selected=true][data-id=K2]").wait_for()
    page.locator(".list summary").click()
    page.locator(".list li", has_text="第2创新园").wait_for()
    follows_the_hand(page)
    page.locator("#lang").click()
    assert page.locator("#title").inner_text() == "Plan of new IP public service workstations"
    browser.close()
    assert [each for each in asked if not each.startswith("blob:")] == [path.as_uri()]
    assert faults == []
