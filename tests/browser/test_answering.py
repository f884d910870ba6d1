"""A roster with a need that nobody has ever headed like this is understood inside Test a site."""

import io

import pandas as pd
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_need_of_a_roster_is_asked_for_where_the_site_is_tested(reader, beijing):
    rows = beijing.rosters[beijing.rosters["holder_id"] == beijing.rosters["holder_id"].iloc[0]]
    answers = rows["explicit_need"].map({"yes": "是", "no": "否", "unknown": ""})
    told = {"企业名称": rows["name"], "统一社会信用代码": rows["uscc"], "第五栏": answers}
    buffer = io.BytesIO()
    pd.DataFrame(told).to_excel(buffer, index=False, sheet_name="名册")
    reader.open("site")
    reader.page.get_by_text("上传名册", exact=False).first.click()
    reader.settle()
    reader.page.locator("input[type=file][accept*=xlsm]").set_input_files(
        {"name": "花名册.xlsx", "mimeType": "application/octet-stream", "buffer": buffer.getvalue()}
    )
    question = reader.page.get_by_text("哪一列是“有明确需求”？")
    question.wait_for()
    reader.settle()
    question.scroll_into_view_if_needed()
    reader.shot("site_need_is_asked")
    box = reader.page.get_by_label("回答")
    box.scroll_into_view_if_needed()
    box.click()
    box.fill("第五栏")
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("button", name="确定").click()
    question.wait_for(state="detached")
    reader.settle()
    reader.shot("site_need_is_understood")
    assert reader.page.get_by_text(f"{len(rows)} 行").count()
