"""The data page asks what a file leaves open: its sheet, its columns, its coordinates, its day."""

import datetime as dt
import io

import numpy as np
import pandas as pd
import shapely

from ipps_geo.intake.shifts import wgs84_to_gcj02
from ipps_geo.planning.workspace_files import opened_workspace, workspace_zip
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.workspace.model import Source
from tests.planning.test_networks import grid_files

ZH = catalogue("zh")
ROSTER = pd.DataFrame({"机构编号": ["S-X"], "某某主体": ["甲公司"], "企业名称": ["乙公司"]})


def workbook(**sheets):
    """Return a workbook with these sheets as a browser would send it."""
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)
    return buffer.getvalue()


def send(page, content, name):
    """Put a file into the page's first uploader."""
    return page.file_uploader(key="data_file").set_value((name, content, "application/octet-stream")).run()


def change(page, **words):
    """Choose other meanings for headers in the mapping table, as a hand in its cells would."""
    rows = page.data_editor[0].value
    edits = {row: {"识别为": words[header]} for row, header in enumerate(rows["文件中的列名"]) if header in words}
    page.session_state[page.data_editor[0].key] = {"edited_rows": edits, "added_rows": [], "deleted_rows": []}
    return page.run()


def keyed(elements, start):
    return next(element for element in elements if str(element.key).startswith(start))


def test_a_column_is_given_another_meaning_and_the_next_file_is_read_alike(open_page):
    page = send(open_page("data"), workbook(名册=ROSTER), "名册.xlsx")
    assert page.button(key="data_mapping_apply").disabled
    change(page, 某某主体="企业名称（必填）", 企业名称=ZH.text("app.not_read"))
    page.button(key="data_mapping_apply").click().run()
    assert not page.exception
    assert not page.error
    saved = page.session_state["workspace"].mappings
    assert saved["rosters"] == {"机构编号": "holder_id", "某某主体": "name", "企业名称": ""}
    send(page, workbook(别的=ROSTER), "下一份.xlsx")
    assert page.data_editor[0].value["识别为"].tolist() == ["机构编号（必填）", "企业名称（必填）", "（不读取）"]
    assert set(page.data_editor[0].value["把握"]) == {ZH.text("app.certainty_saved")}


def test_two_columns_for_one_thing_and_a_missing_one_are_told_in_a_sentence(open_page):
    page = send(open_page("data"), workbook(名册=ROSTER), "名册.xlsx")
    change(page, 某某主体="企业名称（必填）", 机构编号=ZH.text("app.not_read"))
    assert [error.value for error in page.error] == [
        "“企业名称”、“某某主体”都指到企业名称：每个数据项只能来自一列，请把其余列改为不读取。"
    ]
    assert "还缺必填列：“机构编号”。" in [warning.value for warning in page.warning]
    assert page.button(key="data_mapping_apply").disabled


def test_another_sheet_is_chosen(open_page):
    page = send(open_page("data"), workbook(甲=ROSTER, 乙=pd.concat([ROSTER, ROSTER])), "两张.xlsx")
    assert keyed(page.selectbox, "data_sheet_").value == ""
    assert page.metric[1].value == "3"
    keyed(page.selectbox, "data_sheet_").set_value("乙").run()
    assert keyed(page.selectbox, "data_sheet_").value == "乙"
    assert list(page.session_state["data_sheets"].values()) == ["乙"]
    assert page.metric[1].value == "2"


def test_doubtful_coordinates_are_converted_only_when_told(open_page, beijing):
    """Few points of GCJ-02: suspected, not certain. Each lies out of its unit as it stands, in it once converted."""
    rows = points_that_leave_their_unit(beijing, 14)
    content = rows.drop(columns=["x", "y"]).to_csv(index=False).encode()
    page = open_page("data", data_partial=True, data_table="carriers", workspace=bare(beijing))
    send(page, content, "点.csv")
    radio = keyed(page.radio, "data_datum_")
    assert radio.value is None
    assert page.button(key="data_use").disabled
    assert radio.options[0] == ZH.label("Datum", "gcj02")
    assert page.metric[3].value == "0"
    radio.set_value("gcj02").run()
    assert not page.button(key="data_use").disabled
    page.radio(key="data_scope").set_value("table").run()
    page.button(key="data_use").click().run()
    assert page.session_state["workspace"].sources[-1].crs == "gcj02"
    placed = page.session_state["workspace"].carriers.geometry
    assert np.hypot(placed.x - rows["x"].to_numpy(), placed.y - rows["y"].to_numpy()).max() < 1e-6


def bare(beijing):
    """Return a workspace in which nothing refers to a carrier."""
    names = ("institutions", "rosters", "applications", "evaluations", "staff", "conduct")
    return beijing.replace(**{name: beijing.tables[name].head(0) for name in names})


def points_that_leave_their_unit(beijing, count):
    """Return points inside a district that GCJ-02 moves out of it, one row each, and where it moves them."""
    units = beijing.service_units.loc[beijing.service_units["kind"] == "district"]
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.arange(116.2, 116.6, 0.002), np.arange(39.8, 40.0, 0.002)))
    moved = wgs84_to_gcj02(lon, lat)
    rows = []
    for code, shape in zip(units["code"], units.geometry, strict=True):
        leaves = shapely.contains_xy(shape, lon, lat) & ~shapely.contains_xy(shape, *moved)
        rows += [(code, *row) for row in zip(lon[leaves], lat[leaves], moved[0][leaves], moved[1][leaves], strict=True)]
    frame = pd.DataFrame(rows[:count], columns=["unit", "x", "y", "lon", "lat"])
    frame["carrier_id"] = [f"T{number:03d}" for number in range(count)]
    frame["name_zh"] = [f"点{number}" for number in range(count)]
    return frame


def test_data_without_a_day_get_one_and_the_pages_go_on(open_page, beijing):
    dateless = beijing.replace(data_date=None)
    page = open_page("compliance", workspace=dateless)
    assert "数据日期" in page.error[0].value
    page = open_page("data", workspace=dateless)
    assert ZH.text("app.data_date_missing") in [warning.value for warning in page.warning]
    page.text_input(key="data_date_").set_value("2026-07-01")
    page.button(key="data_date_set").click().run()
    assert page.session_state["workspace"].data_date == dt.date(2026, 7, 1)
    assert not open_page("compliance", workspace=page.session_state["workspace"]).error


def test_streets_that_are_sent_in_are_a_way_of_travelling(open_page):
    page = open_page("data")
    files = [(name, content, "text/csv") for name, content in grid_files((500_000.0, 4_420_000.0), 400).items()]
    page.file_uploader(key="data_network_streets").set_value(files).run()
    page.button(key="data_network_read").click().run()
    assert not page.error
    assert "道路网络：nodes.csv" in " ".join(each.value for each in page.markdown)
    assert "81" in page.dataframe[1].value.iloc[:, 1].tolist()
    plan = open_page("plan", networks=page.session_state["networks"])
    assert plan.selectbox(key="plan_travel").options == ["直线距离", "道路网络"]


def test_tables_that_are_no_lines_are_told_where_they_were_sent_and_the_page_goes_on(open_page):
    page = open_page("data")
    page.selectbox(key="data_network_kind").set_value("lines").run()
    page.file_uploader(key="data_network_lines").set_value(
        [("车站.csv", "站名,经度,纬度\n甲,116.3,39.9".encode(), "text/csv")]
    )
    page.run()
    page.button(key="data_network_read").click().run()
    assert "没有认出区间表" in page.error[0].value
    assert ZH.text("app.sources") in [each.value for each in page.subheader]


def test_data_taken_home_are_the_same_when_they_are_opened_again(beijing):
    sent = Source("点.csv", how="点.csv, sent in by the user; coordinates stated as gcj02, converted", table="carriers")
    own = beijing.replace(
        enterprises=beijing.enterprises.head(40), rosters=beijing.rosters.head(30), data_date=dt.date(2026, 7, 1),
        mappings={"rosters": {"某某主体": "name"}}, sources=(*beijing.sources, sent),
    )  # fmt: skip
    again = opened_workspace(workspace_zip(own))
    assert again.content_hash == own.content_hash
    assert (again.data_date, again.mappings) == (own.data_date, own.mappings)
    assert [source.how for source in again.sources if source.table == "carriers"] == [sent.how]
