"""Errors and problems of the data in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipps_geo import vocabulary
from ipps_geo.columns import DESCRIBED
from ipps_geo.errors import IppsGeoError, Message
from ipps_geo.intake.problems import MORE_ROWS, params_of
from ipps_geo.report.words.catalogue import Catalogue, catalogue, is_missing
from ipps_geo.report.words.datums import datum_label


def error_message(error: IppsGeoError, lang: str = "zh") -> str:
    """Return an error as two or three lines: what kind it is, where and what, and what to do.

    >>> from ipps_geo.errors import BadInput
    >>> print(error_message(BadInput("argument.not_a_day", where="--on", text="soon"), "en"))
    The input cannot be used
      --on: 'soon' is not a day
      What to do: write it as 2026-11-22
    """
    words = catalogue(lang)
    where, (message, advice) = place_word(words, error.where), error_sentences(error, lang)
    kind = next(name for name in (base.__name__ for base in type(error).__mro__) if words.has(f"Error.{name}"))
    lines = [words.text(f"Error.{kind}"), f"  {where}: {message}" if where else f"  {message}"]
    if advice:
        lines.append("  " + words.text("page.advice", advice=advice))
    return "\n".join(lines)


def place_word(words: Catalogue, where: str) -> str:
    """Return where an error is as a reader of Chinese names it: a column, a table, parameters, else as it is.

    >>> place_word(catalogue("zh"), "carriers.annual_cost"), place_word(catalogue("zh"), "reach_km")
    ('载体表“年成本（万元）”', '服务半径（千米）')
    >>> place_word(catalogue("zh"), "--on"), place_word(catalogue("zh"), "spacing_km, decay")
    ('--on', '站间最小距离（千米）、距离衰减')
    """
    if words.lang != "zh":
        return where
    several = [place_word(words, each) for each in where.split(", ")] if ", " in where else []
    if several and not set(several) & set(where.split(", ")):
        return words.text("page.list_joiner").join(several)
    table, _, column = where.partition(".")
    if column and words.has(f"Table.{table}") and words.has(f"column.{column}"):
        return f"{words.label('Table', table)}“{words.column(column)}”"
    known = (f"{kind}.{where}" for kind in ("parameter", "column", "Table"))
    return next((words.entries[key] for key in known if key in words.entries), where)


def error_sentences(error: IppsGeoError, lang: str = "zh") -> tuple[str, str]:
    """Return (what is wrong, what to do) of an error in ``lang``.

    >>> from ipps_geo.errors import BadInput
    >>> error_sentences(BadInput("argument.not_a_day", text="yesterday"))
    ('“yesterday”不是日期', '请写成 2026-11-22')
    """
    words = catalogue(lang)
    advice = f"fault.{error.code}.advice"
    return (
        words.text(f"fault.{error.code}.message", **error.values),
        words.text(advice, **error.values) if words.has(advice) else "",
    )


def problem_message(problem: Mapping[str, Any], lang: str = "zh") -> tuple[str, str]:
    """Return (what is wrong, what to do) for one row of a problem table.

    >>> problem_message({"code": "title_rows", "params": '{"found": 2}'})
    ('表头上方的 2 行已略过', '')
    """
    words, code = catalogue(lang), f"fault.problem.{problem['code']}"
    params = params_of(problem.get("params"))
    values = {name: _told(words, name, value, params) for name, value in params.items()}
    message = words.text(f"{code}.message", **values)
    advice = words.text(f"{code}.advice", **values) if words.has(f"{code}.advice") else ""
    if MORE_ROWS in values:
        message += words.text("fault.place.more_rows.message", n=values[MORE_ROWS])
    return message, advice


def _told(words: Catalogue, name: str, value: Any, params: Mapping[str, Any]) -> Any:
    """Return a parameter ready for its sentence: choices, tables, columns as a reader of this language names them."""
    joiner = words.text("page.list_joiner")
    if isinstance(value, Message):
        return Message(value.code, {key: _told(words, key, part, params) for key, part in value.values.items()})
    if name == "choices":
        kind = getattr(vocabulary, str(value))
        if words.lang == "en":
            return ", ".join(member.value for member in kind)
        return "、".join(vocabulary.CHINESE_TERMS[kind][member.value][0] for member in kind)
    if words.lang == "zh" and name in ("name", "found") and isinstance(value, str):
        return _by_template(value)
    if name == "nearest":
        return words.label("TableName", value)
    if name == "missing" and "nearest" in params:
        return joiner.join(column_word(words, params["nearest"], column) for column in value)
    return joiner.join(value) if name in ("headers", "others") and isinstance(value, tuple) else value


def _by_template(text: str) -> str:
    """Return the column or the choice that a code stands for as the templates name it, any other text as it is.

    >>> _by_template("uscc"), _by_template("explicit_need"), _by_template("company"), _by_template("I65")
    ('统一社会信用代码', '有明确需求', '公司', 'I65')
    """
    plain, at, system = text.partition("@")
    for table in DESCRIBED.values():
        if plain in table.columns:
            return table.columns[plain].zh + (f"（{datum_label(catalogue('zh'), system)}）" if at else "")
    for terms in vocabulary.CHINESE_TERMS.values():
        if text in terms:
            return terms[text][0]
    return catalogue("zh").text(f"app.{plain}") if plain in ("lon", "lat", "lonlat") else text


def column_word(words: Catalogue, table: str, name: str) -> str:
    """Return the column of a table as its templates name it, in Chinese, or by its name."""
    column = DESCRIBED[table].columns.get(name) if table in DESCRIBED else None
    if column is None:
        return words.text(f"app.{name}") if words.has(f"app.{name}") else name
    return column.zh if words.lang == "zh" else words.column(name) if words.has(f"column.{name}") else name


def problem_place(problem: Mapping[str, Any], lang: str = "zh") -> list[str]:
    """Return where a problem is: sheet, row, column, feature, or the part of a file that was refused whole.

    >>> problem_place({"sheet": "企业", "row": 5, "column": "所在区"}), problem_place({"feature": "byte 512"}, "en")
    (['工作表 企业', '行 5', '列 所在区'], ['byte 512'])
    """
    words, places = catalogue(lang), []
    for name in ("sheet", "row", "column", "feature"):
        value = problem.get(name)
        if is_missing(value) or value == "":
            continue
        part, _, rest = str(value).partition(" ")
        if name == "feature" and rest and words.has(f"problem_part.{part}"):
            places.append(words.text(f"problem_part.{part}", place=rest))
        else:
            places.append(f"{words.text(f'answer.where_{name}')} {value}")
    return places


def remark_sentences(remarks: Sequence[Mapping[str, Any]], lang: str = "zh") -> list[str]:
    """Return what a reader of a network noticed, as a result carries it: one sentence each.

    >>> remark_sentences([{"code": "streets.length_missing", "values": {"count": 2, "edge": 1}}], "en")
    ['2 lengths are missing and were measured, the first is edge 1']
    """
    words = catalogue(lang)
    return [words.value(_message(remark)) for remark in remarks]


def _message(content: Any) -> Any:
    """Return a message that a result keeps as plain values, with the messages inside it."""
    if isinstance(content, Mapping) and set(content) == {"code", "values"}:
        return Message(content["code"], {name: _message(value) for name, value in content["values"].items()})
    return tuple(_message(entry) for entry in content) if isinstance(content, list) else content
