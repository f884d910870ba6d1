from __future__ import annotations

import json
import re
import shutil

import pytest

from ipps_geo.report.maps.interactive import write_interactive_map


def data_of(page: str):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))


def test_the_page_asks_nobody_for_anything(tmp_path, workspace, plan):
    page = write_interactive_map(workspace, plan, tmp_path / "map.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)", page) == []
    assert re.findall(r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|sendBeacon", page) == []
    assert re.findall(r"https?://", page) == []


def test_every_proposal_is_on_the_map_and_in_the_table_in_both_languages(tmp_path, workspace, plan):
    data = data_of(write_interactive_map(workspace, plan, tmp_path / "map.html").read_text(encoding="utf-8"))
    layer = next(layer for layer in data["layers"] if layer["id"] == "proposals")
    assert [item["id"] for item in layer["items"]] == [row["id"] for row in data["rows"]] == ["K2", "K3"]
    assert data["rows"][0]["cells"]["zh"] == ["1", "第2创新园", "乙区", "60", "40"]
    assert data["rows"][0]["cells"]["en"][1] == "Innovation Park 2"
    assert data["words"]["zh"].keys() == data["words"]["en"].keys()
    assert data["synthetic"] is True


def test_a_name_cannot_end_the_script(tmp_path, workspace, plan):
    plan.proposals["name_zh"] = "</script><script>alert(1)</script>园"
    page = write_interactive_map(workspace, plan, tmp_path / "map.html").read_text(encoding="utf-8")
    assert page.count("</script>") == 2
    assert data_of(page)["rows"][0]["cells"]["zh"][1].startswith("</script>")


def test_small_cells_are_kept_off_a_public_map(tmp_path, workspace, plan):
    def cells(suppress_below):
        path = write_interactive_map(workspace, plan, tmp_path / "map.html", suppress_below=suppress_below)
        layer = next(each for each in data_of(path.read_text(encoding="utf-8"))["layers"] if each["id"] == "density")
        return [int(item["tip"]) for item in layer["items"]]

    assert min(cells(0)) < 5 <= min(cells(5))


@pytest.mark.browser
def test_a_row_and_its_point_select_the_same_thing_and_nothing_is_requested(tmp_path, workspace, plan, browser_driver):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium here")
    path = write_interactive_map(workspace, plan, tmp_path / "map.html")
    browser = browser_driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri())
    page.locator("tbody tr").nth(1).click()
    assert "第3创新园" in page.locator("#info").inner_text()
    page.locator("g[data-layer=proposals] g.site").nth(0).click(force=True)
    assert page.locator("tbody tr[aria-selected=true]").get_attribute("data-id") in ("K2", "K3")
    page.locator("#lang").click()
    assert page.locator("#title").inner_text() == "Plan of new IP public service workstations"
    browser.close()
    assert asked == [path.as_uri()]
    assert faults == []
