"""Workbooks as offices send them: odd headers, words and rows, each with what is to be read from it.

Firms, codes and places are made up. Every workbook stands for a kind; the tests write and read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake_corpus.cases import uscc

Row = Sequence[Any]
HEADER = ("序号", "企业名称", "统一社会信用代码", "所属行业", "是否有知识产权服务需求", "备注")


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook: its rows from the first line on, and what a reader must find in it."""

    kind: str
    rows: Sequence[Row]
    needs: str = "ynynu"
    """Answers of the enterprises in their order: y, n, or u for unknown."""
    told: tuple[str, ...] = ()
    """Codes of problems that must be among those told."""
    columns: dict[str, list[Any]] = field(default_factory=dict)
    """Whole columns that must come out."""
    missing_code: frozenset[int] = frozenset()
    """Enterprises whose code cannot be read."""


def firm(number: int) -> str:
    """Return the name of an enterprise that nobody has."""
    return f"北京试例{number}号科技有限公司"


def firms(answers: Sequence[Any] = ("是", "否", "是", "否", ""), industry: Any = "C2761") -> list[list[Any]]:
    """Return rows below :data:`HEADER`, one per answer."""
    return [[n + 1, firm(n), uscc(500 + n), industry, answer, ""] for n, answer in enumerate(answers)]


def _headed(*changed: tuple[int, str]) -> tuple[str, ...]:
    texts = list(HEADER)
    for place, text in changed:
        texts[place] = text
    return tuple(texts)


def _coded(*codes: Any) -> list[list[Any]]:
    rows = firms()
    for row, code in zip(rows, codes, strict=False):
        row[2] = code
    return rows


def workbooks() -> list[Workbook]:
    """Return one workbook of every kind."""
    form = [
        ["海淀区知识产权公共服务工作站服务企业统计表（2026年第三季度）", "", "", "", "", ""],
        ["填报单位（盖章）：某区知识产权局", "", "", "", "填报日期：2026年9月15日", ""],
        ["", "", "", "", "", ""],
    ]
    tail = [
        ["合计", "5家", "", "", "", ""],
        ["其中：有需求", "2", "", "", "", ""],
        ["无需求", 2, "", "", "", ""],
        ["（以下空白）", "", "", "", "", ""],
        ["单位负责人：张三", "", "填表人：李四", "", "填表日期：2026年9月", ""],
    ]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in uscc(500))
    odd = [wide, f'="{uscc(501)}"', f"“{uscc(502)}”", uscc(503)[:9] + "\n" + uscc(503)[9:], " ".join(uscc(504))]
    look_alike = uscc(500).replace("0", "O")
    rows = firms()
    ticks = [*(("√", ""), ("", "√")) * 2]
    paths = (
        "I65 软件和信息技术服务业",
        "医药制造业",
        "C-制造业/27-医药制造业/2761",
        "6513应用软件开发",
        "新一代信息技术",
    )
    days = ("2021.3.5", "二〇二一年三月五日", "2021年3月5号", "2021年3月", 44260)
    own = _headed(
        (1, "服务企业全称（盖章）"),
        (2, "纳税人识别号"),
        (3, "国民经济行业（GB/T 4754）"),
        (4, "Q3.贵单位是否有知识产权服务需求？"),
    )
    return [
        Workbook(
            "a form with title, totals and signatures",
            [*form, HEADER, *rows, *tail],
            told=("totals_row", "footnote_row"),
        ),
        Workbook("ticks", [HEADER, *firms(("√", "×", "✓", "✗", "待定"))]),
        Workbook(
            "boxes and numbered options",
            [HEADER, *firms(("☑是 □否", "2.否", "A.是", "②否", "C.不清楚"))],
            told=("answer_writing",),
        ),
        Workbook(
            "answers with remarks",
            [HEADER, *firms(("有（商标）", "无，暂不需要", "是；专利导航", "没有", "已提供"))],
            told=("bad_choice",),
        ),
        Workbook("letters and digits", [HEADER, *firms(("Y", "N", 1, 0, "未填"))]),
        Workbook(
            "two columns to tick",
            [
                ["企业名称", "信用代码", "知识产权服务需求", ""],
                ["", "", "有", "无"],
                *[[row[1], row[2], tick, cross] for row, (tick, cross) in zip(rows, [*ticks, ("", "")], strict=True)],
            ],
        ),
        Workbook(
            "both columns ticked",
            [
                ["企业名称", "信用代码", "有需求", "无需求"],
                *[[row[1], row[2], tick, cross] for row, (tick, cross) in zip(rows, [*ticks, ("√", "√")], strict=True)],
            ],
            told=("ticked_twice",),
        ),
        Workbook(
            "a header of two lines",
            [
                ["企业基本信息", "", "", "母公司", "", "需求情况"],
                ["名称", "统一社会信用代码", "所属行业", "名称", "统一社会信用代码", ""],
                *[[row[1], row[2], row[3], "", "", row[4]] for row in rows],
            ],
            columns={"parent_uscc": [None] * 5},
        ),
        Workbook(
            "columns numbered below the header",
            [HEADER, ["甲", "乙", "丙", "丁", "戊", "己"], *rows],
            told=("header_row",),
        ),
        Workbook(
            "hints below the header",
            [HEADER, ["", "请填写全称", "18位", "下拉选择", "（有/无）", "选填"], *rows],
            told=("header_row",),
        ),
        Workbook(
            "an example below the header",
            [HEADER, ["示例", "北京某某科技有限公司", uscc(9), "I65", "是", ""], *rows],
            told=("example_row",),
        ),
        Workbook(
            "a header on every page",
            [HEADER, *rows[:2], ["本页小计", 2, "", "", "", ""], HEADER, *rows[2:]],
            told=("header_row", "totals_row"),
        ),
        Workbook(
            "headings of groups",
            [HEADER, ["一、东片", *[""] * 5], *rows[:2], ["二、西片", *[""] * 5], *rows[2:]],
            told=("footnote_row",),
        ),
        Workbook("lines numbered beforehand", [HEADER, *rows, *[[n, *[""] * 5] for n in range(6, 20)]]),
        Workbook(
            "a firm named like a total",
            [HEADER, *rows[:4], [5, "合计（北京）科技有限公司", uscc(504), "C2761", "", ""]],
        ),
        Workbook(
            "codes as systems and people write them", [HEADER, *_coded(*odd)], told=("code_writing", "half_width")
        ),
        Workbook(
            "a code that became a number",
            [HEADER, *_coded("9.11101E+17")],
            told=("digits_lost",),
            missing_code=frozenset({0}),
        ),
        Workbook(
            "letters for digits in a code",
            [HEADER, *_coded(look_alike)],
            told=("look_alike",),
            missing_code=frozenset({0}),
        ),
        Workbook(
            "an identity card for a code",
            [HEADER, *_coded("11010519491231002X")],
            told=("personal_id",),
            missing_code=frozenset({0}),
        ),
        Workbook("a code yet to come", [HEADER, *_coded("待补")], told=("no_code",), missing_code=frozenset({0})),
        Workbook(
            "industries by code and name",
            [
                HEADER,
                *[[*row[:3], text, *row[4:]] for row, text in zip(rows, paths, strict=True)],
            ],
            told=("unusual_industry",),
            columns={"industry_codes": ["I65", "C27", "C2761", "I6513", None]},
        ),
        Workbook(
            "days of every kind",
            [
                [*HEADER[:5], "需求提出时间"],
                *[[*row[:5], text] for row, text in zip(rows, days, strict=True)],
            ],
            told=("day_of_month",),
            columns={"need_date": ["2021-03-05", "2021-03-05", "2021-03-05", None, "2021-03-05"]},
        ),
        Workbook(
            "headers in words of their own",
            [
                own,
                *rows,
            ],
        ),
        Workbook(
            "line breaks in headers and names",
            [
                [header.replace("企业", "企业\n").replace("社会", "社会\n") for header in HEADER],
                *[[row[0], row[1][:4] + "\n" + row[1][4:], *row[2:]] for row in rows],
            ],
            told=("line_breaks",),
        ),
    ]


def write(book: Workbook, path: Path) -> Path:
    """Write a workbook as .xlsx."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as file:
        sheet = file.add_worksheet("企业名册")
        for number, row in enumerate(book.rows):
            sheet.write_row(number, 0, row)
    return path
