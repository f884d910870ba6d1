"""Data and Test a site ask the same questions of a file, and the answer counts for the next one."""

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue
from tests.app.test_data_page import keyed, send, workbook

ZH = catalogue("zh")


def roster(workspace, holder, header="第五栏"):
    """Return the roster of a station as its office keeps it; nobody has ever headed the need like this."""
    rows = workspace.rosters[workspace.rosters["holder_id"] == holder].head(60)
    answers = rows["explicit_need"].map({"yes": "是", "no": "否", "unknown": ""})
    return pd.DataFrame({"企业名称": rows["name"], "统一社会信用代码": rows["uscc"], header: answers})


def test_an_unknown_need_is_asked_for_inside_test_a_site(open_page, beijing):
    holder = beijing.rosters["holder_id"].iloc[0]
    page = open_page("site", site_roster="upload")
    content = workbook(名册=roster(beijing, holder))
    page.file_uploader(key="site_file").set_value(("名册.xlsx", content, "application/octet-stream")).run()
    assert not page.exception
    assert any("哪一列是“有明确需求”" in line.value for line in page.markdown)
    keyed(page.selectbox, "site_answer_").set_value("第五栏")
    keyed(page.button, "site_submit_column").click().run()
    assert not page.exception
    assert page.session_state["workspace"].mappings["rosters"]["第五栏"] == "explicit_need"
    assert not any("哪一列是“有明确需求”" in line.value for line in page.markdown)


def test_a_roster_without_a_station_is_asked_for_and_changes_that_station_alone(open_page, beijing):
    holder = beijing.rosters["holder_id"].iloc[0]
    page = send(open_page("data"), workbook(Sheet1=roster(beijing, holder, "有明确需求")), "名册.xlsx")
    assert not page.exception
    assert any("这是哪个工作站的名册" in line.value for line in page.markdown)
    assert page.button(key="data_use").disabled
    keyed(page.selectbox, "data_answer_").set_value(holder)
    keyed(page.button, "data_submit_station").click().run()
    assert not page.exception
    page.button(key="data_use").click().run()
    after = page.session_state["workspace"].rosters
    others = beijing.rosters["holder_id"] != holder
    assert (after["holder_id"] == holder).sum() == min(60, (~others).sum())
    assert (after["holder_id"] != holder).sum() == others.sum()
