"""Workbooks to fill in: one per table, with Chinese headers, drop-down lists, an explanation and one example.

>>> example_row("staff")["专职或兼职"]
'专职'
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ipps_geo.columns import DESCRIBED, TABLES, Column, Table
from ipps_geo.errors import BadInput
from ipps_geo.files import check_new, written_beside
from ipps_geo.intake.codes import UNIT_COLUMNS, USCC_COLUMNS
from ipps_geo.intake.units import units_of
from ipps_geo.regions import Region, load_region
from ipps_geo.vocabulary import CHINESE_TERMS

EXPLANATION_SHEET, EXAMPLE_SHEET = "填写说明", "示例"
_ROWS = 5_000
_LONGEST_LIST = 255
_KINDS = {
    "text": "文本",
    "code": "编号（按文本填写）",
    "integer": "整数",
    "number": "数字",
    "boolean": "是 / 否",
    "date": "日期，如 2024-03-01",
    "choice": "从下拉列表选择",
    "choices": "可多选，用分号隔开",
    "codes": "可多个，用分号隔开",
    "names": "可多个，用分号隔开",
    "geometry": "WKT 文本，CGCS2000 经纬度",
}
_EXAMPLES = {
    "industry_codes": "6510;6520",
    "scope": "city",
    "year": "2024",
    "round": "1",
    "precedence": "0",
}
_BY_KIND = {"text": "示例", "code": "A001", "integer": "2", "number": "1.5", "boolean": "是", "date": "2024-03-01"}
_OF_REGION = {
    "parent_uscc": "uscc",
    "undertaking_uscc": "uscc",
    "agreement_district": "unit",
    "name_zh": "unit",
}
"""Columns that show the same example of the region as another one."""


def write_templates(
    folder: str | Path, tables: Sequence[str] | None = None, *, force: bool = False, region: Region | None = None
) -> tuple[Path, ...]:
    """Write a workbook per table (those of a workspace by default) into ``folder``; return the paths.

    Units and examples are those of ``region``, by default the embedded one.

    Raises
    ------
    BadInput
        An unknown table, or a workbook of that name is there, filled in perhaps, and ``force`` does not ask to replace
        it.
    """
    names = tuple(TABLES) if tables is None else tuple(tables)
    unknown = [name for name in names if name not in DESCRIBED]
    if unknown:
        raise BadInput("intake.unknown_table", where="tables", table=unknown[0], known=", ".join(DESCRIBED))
    folder = Path(folder)
    for name in names:
        check_new(folder / f"{name}.xlsx", force=force)
    made = []
    for name in names:
        with written_beside(folder / f"{name}.xlsx") as draft:
            _write(DESCRIBED[name], draft, region or load_region())
        made.append(folder / f"{name}.xlsx")
    return tuple(made)


def template_columns(table: Table) -> dict[str, Column]:
    """Return the columns of a template by Chinese header; a place is given as longitude and latitude, or as WKT."""
    columns = {column.zh: column for column in table.columns.values() if column.kind != "geometry"}
    if table.geometry == "point":
        required = table.geometry_required
        columns["经度"] = Column("lon", "number", "经度", "longitude, CGCS2000 or WGS 84", required=required)
        columns["纬度"] = Column("lat", "number", "纬度", "latitude, CGCS2000 or WGS 84", required=required)
    elif table.geometry is not None:
        columns["几何"] = table.columns["geometry"]
    return columns


def example_row(table: str, region: Region | None = None) -> dict[str, str]:
    """Return one row of a table by Chinese header, every cell as a person would type it."""
    return {
        header: _example(column, region or load_region())
        for header, column in template_columns(DESCRIBED[table]).items()
    }


def _example(column: Column, region: Region) -> str:
    if column.choices is not None:
        return _terms(column, region)[0]
    own = dict(region.examples).get(
        "polygon" if column.kind == "geometry" else _OF_REGION.get(column.name, column.name)
    )
    if own is not None:
        return own
    if column.kind in ("codes", "names") and column.name not in _EXAMPLES:
        return ""
    return _EXAMPLES.get(column.name, _BY_KIND.get(column.kind, ""))


def _terms(column: Column, region: Region) -> tuple[str, ...]:
    """Return what the drop-down list of a column offers: the first Chinese term of each code."""
    if column.choices is not None:
        terms = CHINESE_TERMS[column.choices]
        return tuple(terms[member.value][0] for member in column.choices)
    if column.name in UNIT_COLUMNS:
        return tuple(units_of(region).frame["name_zh"])
    return ("是", "否") if column.kind == "boolean" else ()


def _write(table: Table, path: Path, region: Region) -> Path:
    import xlsxwriter

    columns = template_columns(table)
    with xlsxwriter.Workbook(str(path)) as book:
        styles = {
            "head": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True}),
            "required": book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "plain": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet(table.zh)
        _headers(sheet, columns, styles)
        for place, column in enumerate(columns.values()):
            _prepare(sheet, place, column, styles, region)
        _explain(book.add_worksheet(EXPLANATION_SHEET), columns, styles, region)
        example = book.add_worksheet(EXAMPLE_SHEET)
        _headers(example, columns, styles)
        for place, text in enumerate(example_row(table.name, region).values()):
            example.write_string(1, place, text, styles["text"])
            example.set_column(place, place, 18)
    return path


def _headers(sheet: Any, columns: dict[str, Column], styles: dict[str, Any]) -> None:
    for place, (header, column) in enumerate(columns.items()):
        sheet.write_string(
            0, place, f"{header}*" if column.required else header, styles["required" if column.required else "head"]
        )
    sheet.freeze_panes(1, 0)


def _prepare(sheet: Any, place: int, column: Column, styles: dict[str, Any], region: Region) -> None:
    texts = column.kind in ("text", "code", "codes", "names", "choices", "geometry")
    style = styles["text"] if texts else styles["date"] if column.kind == "date" else None
    sheet.set_column(place, place, 24 if column.name in USCC_COLUMNS or column.kind == "text" else 16, style)
    terms = _terms(column, region)
    if terms and column.kind != "choices" and len(",".join(terms)) <= _LONGEST_LIST:
        # A warning, no bar: codes and other writings are understood as well.
        sheet.data_validation(
            1, place, _ROWS, place, {"validate": "list", "source": list(terms), "error_type": "warning"}
        )


def _explain(sheet: Any, columns: dict[str, Column], styles: dict[str, Any], region: Region) -> None:
    for place, (title, width) in enumerate(
        (("列", 24), ("字段", 24), ("是否必填", 10), ("填写方式", 26), ("可选值", 60), ("Meaning", 50))
    ):
        sheet.write_string(0, place, title, styles["head"])
        sheet.set_column(place, place, width)
    for row, (header, column) in enumerate(columns.items(), start=1):
        answers = "、".join(_terms(column, region))
        cells = (
            header,
            column.name,
            "必填" if column.required else "选填",
            _KINDS[column.kind],
            answers,
            column.meaning,
        )
        for place, text in enumerate(cells):
            sheet.write_string(row, place, text, styles["plain"])
    sheet.freeze_panes(1, 0)
