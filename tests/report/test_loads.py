"""What a load is told as: all rows only where all were used."""

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.loads import _rows, load_line


def test_totals_and_remarks_of_a_file_are_not_said_to_be_used():
    loaded = {"complete": True, "rows_read": 18, "not_read": [], "parts": [{"rows": 18, "used": 12, "left_out": 6}]}
    assert load_line(catalogue("zh"), loaded) == "读取 18 行，使用 12 行；其余 6 行是合计、说明、示例等，不是数据。"
    loaded["parts"] = [{"rows": 18, "used": 18, "left_out": 0}]
    assert load_line(catalogue("zh"), loaded) == "读取 18 行，全部使用。"


def test_rows_that_are_not_named_are_counted_in_a_line_of_their_own():
    words = catalogue("zh")
    row = {"table": "rosters", "file": "a.csv", "sheet": None, "reasons": "total", "row": 4, "feature": None}
    assert len(_rows(words, [row], {"rosters": 1})) == 1
    first, further = _rows(words, [row, row | {"row": 9}], {"rosters": 5, "carriers": 4})
    assert "4" in first
    assert "9" in first
    assert further == words.text("load.further", n=7)
