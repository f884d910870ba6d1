"""Delimited text: encodings, delimiters, forms, and one fault or odd writing a cell."""

from __future__ import annotations

from intake_corpus.cases import HEADERS, Corpus, good_rows, text_of, uscc, with_cell


def encodings(corpus: Corpus) -> None:
    """Good tables in every encoding and delimiter that people send, and some that no one can read."""
    text = text_of(good_rows())
    for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "utf-32"):
        corpus.add(f"good_{name}.csv", text.encode(name), "accept", rows=12)
    corpus.add("good_utf-16-be-bom.csv", b"\xfe\xff" + text.encode("utf-16-be"), "accept", rows=12)
    for name, delimiter in (("tab", "\t"), ("semicolon", ";"), ("pipe", "|"), ("wide_comma", "，")):
        for codec in ("utf-8", "gbk", "utf-16"):
            content = text_of(good_rows(), delimiter=delimiter).encode(codec)
            corpus.add(f"good_{name}_{codec}.csv", content, "accept", rows=12)
    for name, end in (("lf", "\n"), ("cr", "\r")):
        corpus.add(f"good_{name}.csv", text_of(good_rows(), end=end).encode(), "accept", rows=12)
    rare = with_cell("企业名称", "北京𠮷野㐂科技有限公司")
    corpus.add("good_rare_gb18030.csv", text_of(rare).encode("gb18030"), "accept", rows=12)
    corpus.add("good_rare_utf-16.csv", text_of(rare).encode("utf-16"), "accept", rows=12)
    quoted = with_cell("企业名称", '北京"引号",逗号\n换行公司')
    corpus.add("good_quoted.csv", text_of(quoted).encode(), "accept", rows=12)
    corpus.add("good_blank_end.csv", (text + "\r\n\r\n,,,,,,,\r\n").encode(), "accept", rows=12)
    corpus.add(
        "good_blank_rows.csv",
        text_of([*good_rows()[:4], [""] * 8, *good_rows()[4:]]).encode(),
        "accept",
        "blank_rows",
        rows=12,
    )
    corpus.add(
        "good_titles.csv",
        ("海淀区企业名单\r\n填报单位：示例\r\n" + text).encode("gbk"),
        "accept",
        "title_rows",
        rows=12,
    )
    utf8 = text.encode()
    corpus.add("bad_broken_utf8.csv", utf8[:200] + b"\xe5\x8c" + utf8[200:], "reject", "encoding_unknown")
    corpus.add(
        "bad_latin1.csv",
        text_of([["E1", "", "Caf\xe9,", "", "", "", "", ""]], list("abcdefgh")).encode("latin-1"),
        "reject",
        located=False,
    )
    corpus.add("bad_nul.csv", utf8.replace("示例3".encode(), b"\x00", 1), "reject", "nul_bytes")
    corpus.add(
        "bad_lost.csv",
        text_of(with_cell("企业名称", "北京\ufffd\ufffd公司")).encode(),
        "partial",
        "lost_character",
        rejected=1,
    )
    corpus.add(
        "bad_kun.csv", text_of(with_cell("企业名称", "锟斤拷锟斤拷")).encode(), "partial", "lost_character", rejected=1
    )
    corpus.add(
        "bad_control.csv",
        text_of(with_cell("企业名称", "北京\x07公司")).encode(),
        "partial",
        "control_character",
        rejected=1,
    )


def shapes_of_text(corpus: Corpus) -> None:
    """Text tables whose form is wrong."""
    text = text_of(good_rows())
    corpus.add("bad_empty.csv", b"", "reject", "empty_file", located=False)
    corpus.add("bad_blank.csv", b"\r\n\r\n  \r\n", "reject", "empty_file", located=False)
    corpus.add("bad_header_only.csv", text_of([]).encode(), "reject", "no_rows", located=False)
    corpus.add("bad_no_header.csv", text.split("\r\n", 1)[1].encode(), "reject", located=False)
    corpus.add("bad_short_row.csv", (text + "E999,缺列\r\n").encode(), "partial", "ragged_row", rejected=1)
    corpus.add("bad_long_row.csv", text.replace(",是,", ",是,多,", 1).encode(), "partial", "ragged_row", rejected=1)
    corpus.add("bad_open_quote.csv", text.replace("北京示例5", '"北京示例5', 1).encode(), "reject", "csv_quotes")
    corpus.add("bad_quote_inside.csv", text.replace("北京示例5", '"北京"示例5', 1).encode(), "reject", "csv_quotes")
    twice = list(HEADERS)
    twice[4] = "企业名称"
    corpus.add("bad_header_twice.csv", text_of(good_rows(), twice).encode(), "reject", "duplicate_header")
    for column in ("企业编号", "企业名称"):
        kept = [place for place, header in enumerate(HEADERS) if header != column]
        rows = [[row[place] for place in kept] for row in good_rows()]
        content = text_of(rows, [HEADERS[place] for place in kept]).encode()
        if column == "企业编号":
            corpus.add("good_without_ids.csv", content, "accept", "id_from_code", rows=12)
        else:
            corpus.add(f"bad_without_{column}.csv", content, "reject", "missing_column")
    totals = [*good_rows(), ["合计", "", "12", "", "", "", "", ""]]
    corpus.add("good_totals.csv", text_of(totals).encode(), "accept", "totals_row", rows=13, rejected=1)
    remark = [*good_rows(), ["注：数据截至三月", "", "", "", "", "", "", ""]]
    corpus.add("good_remark.csv", text_of(remark).encode(), "accept", "footnote_row", rows=13, rejected=1)
    huge = with_cell("企业名称", "长" * 200_000)
    corpus.add("bad_huge_cell.csv", text_of(huge).encode(), "partial", "cell_too_long", rejected=1)
    wide = [[*row, *["x"] * 2_000] for row in good_rows(2)]
    corpus.add(
        "bad_wide.csv",
        text_of(wide, [*HEADERS, *(f"c{n}" for n in range(2_000))]).encode(),
        "reject",
        "too_many_columns",
        located=False,
    )
    aliases = ("id", "USCC", "公司名称", "所在区", "是否有明确需求", "need_date", "lng", "latitude")
    corpus.add("good_synonyms.csv", text_of(good_rows(), aliases).encode(), "accept", rows=12)
    decorated = (
        "企业编号*",
        "统一社会信用代码（18位）",
        "企业名称(必填)",
        "所 在 区",
        "明确需求",
        "需求日期",
        "经度(°)",
        "纬度(°)",
    )
    corpus.add("good_decorated.csv", text_of(good_rows(), decorated).encode(), "accept", rows=12)
    for column, other in (("企业编号", "enterprise_id"), ("企业名称", "name")):
        named = [other if header == column else header for header in HEADERS]
        corpus.add(f"good_mixed_{other}.csv", text_of(good_rows(), named).encode(), "accept", rows=12)


CELL_FAULTS: tuple[tuple[str, str, str], ...] = (
    ("企业编号", "", "missing_value"),
    ("企业编号", "E001", "duplicate_id"),
    ("企业编号", "１E+05", "digits_lost"),
    ("企业名称", "", "missing_value"),
    ("企业名称", "无", "missing_value"),
    ("企业名称", "#REF!", "cell_error"),
    ("企业名称", "#N/A", "cell_error"),
    ("统一社会信用代码", "9.11101E+17", "digits_lost"),
    ("统一社会信用代码", "911101080000000000", "digits_lost"),
    ("统一社会信用代码", "9111010855138508", "uscc_malformed"),
    ("统一社会信用代码", "91110108551385082QQ", "uscc_malformed"),
    ("统一社会信用代码", "91110108S51385082Q", "look_alike"),
    ("统一社会信用代码", "000000000000000000", "uscc_malformed"),
    ("统一社会信用代码", "110108012345678", "uscc_malformed"),
    ("统一社会信用代码", "小米科技", "no_code"),
    ("统一社会信用代码", "9111O1O8551385O82Q", "look_alike"),
    ("所在区", "火星区", "unknown_unit"),
    ("所在区", "310101", "unknown_unit"),
    ("所在区", "浦东新区", "unknown_unit"),
    ("所在区", "11010", "unknown_unit"),
    ("明确需求", "也许", "bad_choice"),
    ("明确需求", "2", "bad_choice"),
    ("明确需求", "是/否", "bad_choice"),
    ("需求日期", "2024-13-01", "bad_date"),
    ("需求日期", "2023-02-29", "bad_date"),
    ("需求日期", "03/04/2024", "bad_date"),
    ("需求日期", "2024年3月", "day_of_month"),
    ("需求日期", "去年", "bad_date"),
    ("需求日期", "0024-03-01", "bad_date"),
    ("需求日期", "24.3.1", "bad_date"),
    ("需求日期", "20241301", "bad_date"),
    ("需求日期", "9999999", "bad_date"),
    ("需求日期", "2024-03-01T25:61:00", "bad_date"),
    ("经度", "", "half_coordinate"),
    ("纬度", "", "half_coordinate"),
    ("经度", "东经约116", "bad_coordinate"),
    ("经度", "nan", "bad_coordinate"),
    ("经度", "inf", "bad_coordinate"),
    ("经度", "121.47", "outside_region"),
    ("纬度", "31.23", "outside_region"),
    ("经度", "0", "outside_region"),
    ("纬度", "-39.9", "outside_region"),
    ("经度", "116°75′", "bad_coordinate"),
)
CELL_WRITINGS: tuple[tuple[str, str, str], ...] = (
    ("统一社会信用代码", "９１１１０１０８５５１３８５０８２Ｑ", "half_width"),
    ("统一社会信用代码", "91110108551385082q", "code_writing"),
    ("统一社会信用代码", " 9111 0108 5513 8508 2Q ", "code_writing"),
    ("统一社会信用代码", "'91110108551385082Q", "apostrophe"),
    ("统一社会信用代码", "91110108551385082X", "wrong_check_digit"),
    ("统一社会信用代码", "无", "placeholder"),
    ("统一社会信用代码", "", ""),
    ("企业名称", "  北京空格公司　", "blanks_trimmed"),
    ("企业名称", "=SUM(A1:A9)", ""),
    ("所在区", "海淀", "code_writing"),
    ("所在区", "110108", ""),
    ("所在区", "110108000000", "code_writing"),
    ("所在区", "北京市海淀区", "code_writing"),
    ("所在区", "密云县", "old_unit"),
    ("所在区", "亦庄", "code_writing"),
    ("所在区", "", ""),
    ("明确需求", "√", ""),
    ("明确需求", "Yes", ""),
    ("明确需求", "未知", ""),
    ("明确需求", "", ""),
    ("需求日期", "2024/3/1", "date_writing"),
    ("需求日期", "2024.03.01", "date_writing"),
    ("需求日期", "2024年3月1日", "date_writing"),
    ("需求日期", "20240301", "date_writing"),
    ("需求日期", "45352", "date_serial"),
    ("需求日期", "2024-03-01 00:00:00", ""),
    ("需求日期", "2024-03-01 10:30:00", "time_dropped"),
    ("需求日期", "-", "placeholder"),
    ("经度", "116.30", ""),
    ("经度", "116.3°", "coordinate_writing"),
    ("经度", "东经116°18′", "coordinate_writing"),
)


def cells(corpus: Corpus) -> None:
    """One fault, or one odd writing, per file."""
    for number, (column, value, code) in enumerate(CELL_FAULTS):
        content = text_of(with_cell(column, value)).encode()
        # What only fills a cell is unknown and the row stays; a lost code is to be mended, and the row stays too.
        spoils = column in ("企业编号", "企业名称")
        expect = "partial" if spoils or (column == "统一社会信用代码" and code != "no_code") else "accept"
        codes = (code,) if code else ()
        corpus.add(
            f"bad_cell_{number:02d}.csv",
            content,
            expect,
            *codes,
            rows=12,
            rejected=int(spoils),
            why=f"{column}={value}",
        )
    for number, (column, value, code) in enumerate(CELL_WRITINGS):
        content = text_of(with_cell(column, value)).encode()
        corpus.add(
            f"good_cell_{number:02d}.csv",
            content,
            "accept",
            *((code,) if code else ()),
            rows=12,
            rejected=0,
            why=f"{column}={value}",
        )
    rows = good_rows()
    rows[5][1] = rows[4][1]
    corpus.add("good_uscc_twice.csv", text_of(rows).encode(), "accept", "duplicate_uscc", rows=12)
    rows = good_rows()
    rows[3][6], rows[3][7] = rows[3][7], rows[3][6]
    corpus.add("bad_one_swapped.csv", text_of(rows).encode(), "accept", "axes_swapped", rejected=0)
    rows = [[*row[:6], row[7], row[6]] for row in good_rows()]
    corpus.add("good_all_swapped.csv", text_of(rows).encode(), "accept", "datum_converted", rows=12)
    numbers = [
        ["S1", "2024", "3", "合格"],
        ["S2", "2024", "1", "优秀"],
        ["S3", "二〇二四", "1", "合格"],
        ["S4", "2024", "-1", "合格"],
        ["S5", "2024", "1.5", "合格"],
    ]
    content = text_of(numbers, ("机构编号", "评价年度", "轮次", "评价结果")).encode()
    corpus.add("bad_numbers.csv", content, "partial", "out_of_range", "bad_integer", rejected=4, table="evaluations")
    twice = [["S1", "2024", "1", "合格"], ["S1", "2024", "1", "优秀"]]
    corpus.add(
        "bad_key_twice.csv",
        text_of(twice, ("机构编号", "评价年度", "轮次", "评价结果")).encode(),
        "partial",
        "duplicate_row",
        rejected=1,
        table="evaluations",
    )
    staff = [["P1", "S1", "专职", "是"], ["P2", "S1", "全职的", "是"]]
    corpus.add(
        "bad_choice_staff.csv",
        text_of(staff, ("人员编号", "机构编号", "专职或兼职", "具有相关专业知识及经验")).encode(),
        "partial",
        "bad_choice",
        rejected=1,
        table="staff",
    )
    carriers = [
        ["C1", "甲园", "海淀区", "-3", "116.3", "40.0"],
        ["C2", "乙园", "海淀区", "1,200", "116.31", "40.0"],
        ["C3", "丙园", "海淀区", "约10", "", ""],
    ]
    content = text_of(carriers, ("载体编号", "载体名称", "所在区", "可服务企业数上限", "经度", "纬度")).encode()
    corpus.add(
        "bad_carriers.csv",
        content,
        "partial",
        "out_of_range",
        "thousands",
        "bad_integer",
        "missing_geometry",
        rejected=1,
        table="carriers",
    )
    roster = [["W1", uscc(1), "甲公司"], ["W1", uscc(1), "甲公司"], ["W2", uscc(1), "甲公司"]]
    corpus.add(
        "good_roster.csv",
        text_of(roster, ("工作站编号", "信用代码", "企业名称")).encode(),
        "accept",
        "duplicate_uscc",
        rows=3,
        table="rosters",
    )
