"""Pages of the atlas one by one, without its pictures."""

import pytest

from ipps_geo.policy import load_policy
from ipps_geo.report.pages.atlas_access import a11_page
from ipps_geo.report.pages.atlas_pages import _a15
from ipps_geo.report.pages.edition import Edition


@pytest.fixture(scope="module")
def edition(sample):
    policy = load_policy("beijing-draft")
    return Edition(sample.workspace(), policy, "zh", sample.audit(), sample.coverage(), plan=sample.plan())


def tables_of(blocks):
    return [(block["header"], block["rows"]) for block in blocks if block["kind"] == "table"]


def test_institutions_are_counted_where_they_are_and_those_of_no_unit_in_a_row_of_their_own(edition):
    ((header, rows),) = tables_of(_a15(edition).blocks)
    assert header[1:3] == ["区中心", "工作站"]
    assert [row[0] for row in rows] == ["甲区", "乙区", "示范开发区", "不属于任何单元", "全市"]
    assert [row[1:] for row in rows] == [
        ["1", "1", "0", "0 / 2"],
        ["1", "1", "1", "0 / 2"],
        ["1", "0", "0", "0 / 1"],
        ["0", "1", "0", "0 / 1"],
        ["3", "3", "1", "0 / 6"],
    ]


def test_the_page_of_candidates_lists_the_closed_ones_and_counts_those_kept_out(edition):
    (_, closed), (_, kept_out) = tables_of(a11_page(edition).side)
    assert [row[:2] for row in closed] == [["第1创新园", "甲区"], ["第4创新园", "乙区"]]
    assert "尚缺 7 家" in closed[0][2]
    assert [row[1] for row in kept_out] == ["1"]
