"""What a load says of the files that it did not use: a note is no loss, a table that nobody read is one."""

import pandas as pd

from ipps_geo.workspace.loaded import LoadReport, Unread


def test_a_note_is_not_missing_and_whatever_may_be_a_table_is():
    unread = [
        Unread("花名册.xls", "", "old_excel", "error", "rosters"),
        Unread("统计.xlsx", "", "no_table", "warning"),
        Unread("说明.md", "", "no_table", "note"),
    ]
    told = LoadReport(unread=tuple(unread))
    assert [entry.file for entry in told.missing] == ["花名册.xls", "统计.xlsx"]
    assert LoadReport(unread=tuple(unread[2:])).missing == ()


def test_rows_left_out_are_those_of_every_table():
    told = LoadReport(rows={"rosters": pd.DataFrame({"row": [2, 9]}), "staff": pd.DataFrame({"row": [4]})})
    assert told.rows_left_out == 3
    assert LoadReport().rows_left_out == 0
