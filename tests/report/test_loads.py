"""What a load is told as: all rows only where all were used."""

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.loads import load_line


def test_totals_and_remarks_of_a_file_are_not_said_to_be_used():
    loaded = {"complete": True, "rows_read": 18, "not_read": [], "parts": [{"rows": 18, "used": 12, "left_out": 6}]}
    assert load_line(catalogue("zh"), loaded) == "读取 18 行，使用 12 行；其余 6 行是合计、说明、示例等，不是数据。"
    loaded["parts"] = [{"rows": 18, "used": 18, "left_out": 0}]
    assert load_line(catalogue("zh"), loaded) == "读取 18 行，全部使用。"
