"""Three people do their job in a real browser, offline."""

import io
import zipfile

import pytest

from ipps_geo.intake.check import write_table
from tests.browser.conftest import PICTURES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EVERY_PAGE = ("", "data", "compliance", "access", "site", "plan", "rosters", "scenarios", "export")
OTHERWISE = EVERY_PAGE if PICTURES else ("", "plan")
"""The other language and the phone: on every page, a minute more, where pictures are asked for."""


def save(reader, name):
    reader.page.get_by_label("方案名称").fill(name)
    reader.page.get_by_role("button", name="保存为方案").click()
    reader.page.get_by_text(f"已保存：{name}").wait_for()


def solve(reader, stations):
    field = reader.page.get_by_role("spinbutton", name="新设站数上限")
    if not field.is_visible():  # a form that has its answer is folded
        reader.page.get_by_text("方案的条件", exact=True).click()
    field.fill(str(stations))
    reader.page.keyboard.press("Tab")
    reader.settle()
    # Where existing stations stay as they are, the proof comes at once.
    if reader.page.get_by_role("checkbox", name="现有站先行扩充名册").is_checked():
        reader.page.get_by_text("现有站先行扩充名册", exact=True).click()
    reader.page.get_by_role("button", name="开始求解").click()
    reader.page.get_by_role("button", name="停止求解").wait_for()
    reader.page.get_by_role("button", name="停止求解").wait_for(state="detached")
    reader.page.get_by_role("heading", name="求解结果").wait_for()
    reader.settle()


def test_a_bureau_planner_plans_compares_and_exports(reader):
    reader.open("plan")
    solve(reader, 3)
    assert reader.page.get_by_text("已证明最优").count()
    reader.page.reload()  # what lies on the desk is still there
    reader.page.get_by_role("heading", name="求解结果").wait_for()
    reader.settle()
    reader.shot("journey_plan_result")
    save(reader, "三站")
    solve(reader, 5)
    save(reader, "五站")
    reader.go("方案库")
    box = reader.page.get_by_label("选两个或三个方案")
    for name in ("三站", "五站"):
        box.click()
        reader.page.get_by_role("option", name=name, exact=True).click()
    reader.page.keyboard.press("Escape")
    reader.page.get_by_text("不同的拟设点").wait_for()
    reader.settle()
    reader.shot("journey_compare")
    reader.go("导出")
    reader.page.get_by_role("button", name="生成文件").first.click()
    reader.settle()
    packed = zipfile.ZipFile(io.BytesIO(reader.download("全部打包 ZIP")))
    assert {"plan.xlsx", "plan.gpkg", "plan.geojson", "map.png", "map.html", "plan.json"} <= set(packed.namelist())
    assert packed.testzip() is None


def test_a_district_department_uploads_a_roster_tests_a_site_and_takes_the_dossier(reader, beijing, tmp_path):
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    roster = tmp_path / "名册.csv"
    write_table(beijing.rosters.loc[beijing.rosters["holder_id"] == station].drop(columns="holder_id"), roster)
    reader.open("site")
    reader.page.get_by_label("载体", exact=True).click()
    reader.page.get_by_role("option").first.click()
    reader.settle()
    reader.page.get_by_text("上传名册", exact=True).click()
    reader.page.locator("input[type=file][accept*=xlsm]").set_input_files(roster)
    reader.page.get_by_text("读到可用").wait_for()
    reader.settle()
    reader.page.get_by_role("button", name="开始试算").click()
    reader.page.get_by_role("heading", name="试算结果").wait_for()
    reader.settle()
    assert reader.page.get_by_text("✗ 不符合").count()
    reader.shot("journey_site")
    reader.page.get_by_role("button", name="生成申报材料").click()
    reader.page.get_by_role("button", name="下载申报材料").wait_for()
    assert reader.download("下载申报材料").startswith(b"%PDF")


def test_an_address_without_a_page_is_told_in_the_words_of_the_app(reader):
    reader.open("nowhere")
    reader.page.get_by_role("dialog").get_by_text("没有这样的页面，已显示首页。").wait_for()
    assert ["does not seem to exist" in fault for fault in reader.faults] == [True]  # the console keeps its English
    reader.faults.clear()


def test_a_bad_file_is_told_and_nothing_breaks(reader, tmp_path):
    bad = tmp_path / "坏文件.xlsx"
    bad.write_bytes(b"PK\x03\x04 this is no workbook")
    reader.open("data")
    reader.page.locator("input[type=file]").first.set_input_files(bad)
    reader.page.get_by_text("这个文件暂时不能使用").wait_for()
    reader.settle()
    reader.shot("journey_bad_file")
    reader.go("总览")
    assert reader.page.get_by_text("名册覆盖率").count()


def test_an_analyst_looks_at_coverage_and_map_and_exports(reader):
    reader.open()
    reader.page.get_by_role("checkbox", name="每格企业数").uncheck()
    reader.settle()
    before = reader.picture_of_map()
    reader.choose_row(1, table=1)
    reader.page.locator("[role=row][aria-selected=true]").filter(has_text="西城区").wait_for(state="attached")
    reader.settle()
    assert reader.picture_of_map() != before
    reader.click_map(115.75, 40.0)
    reader.page.locator("[role=row][aria-selected=true]").filter(has_text="门头沟区").wait_for(state="attached")
    reader.page.get_by_role("tab", name="均等指标").click()
    reader.settle()
    assert reader.page.locator("canvas").count() >= 2
    reader.go("导出")
    reader.page.get_by_role("button", name="生成文件").last.click()
    reader.page.get_by_role("button", name="Excel").wait_for()
    assert reader.download("Excel").startswith(b"PK")


@pytest.mark.parametrize(
    ("lang", "width", "pages"), [("zh", 1280, EVERY_PAGE), ("en", 1280, OTHERWISE), ("zh", 390, OTHERWISE)]
)
def test_pages_stand_in_both_languages_and_on_a_phone(reader, lang, width, pages):
    reader.page.set_viewport_size({"width": width, "height": 1000})
    for name in pages:
        reader.open(name, lang)
        wide = reader.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 1, f"{name or 'overview'} is {wide} px wider than the screen"
        assert reader.barriers() == [], name or "overview"
        reader.shot(f"{name or 'overview'}_{lang}_{width}", width)
