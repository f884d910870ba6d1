"""The questions of a file in words, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.datums import datum_label
from ipps_geo.report.words.messages import column_word

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.request import Question


def question_text(question: Question, read: TableRead, lang: str) -> str:
    """Return a question as one sentence.

    >>> from ipps_geo.intake.request import Question
    >>> question_text(Question("column", ("情况",), "explicit_need", table="rosters"), None, "zh")
    '哪一列是“有明确需求”？（按“服务企业名册”读取）'
    """
    words = catalogue(lang)
    table = question.table or (read.table if read is not None else None) or ""
    column = column_word(words, table, question.column) if question.column else ""
    return words.text(f"question.{question.kind}", column=column, table=words.label("TableName", table))


def choice_words(question: Question, lang: str, stations: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the word of each choice, in their order; ``stations`` are names by id, for whose roster it is."""
    words = catalogue(lang)
    if question.kind == "station" and stations:
        return {own: f"{name}（{own}）" if lang == "zh" else f"{name} ({own})" for own, name in stations.items()}
    if question.kind == "datum":
        return {choice: datum_label(words, choice) for choice in question.choices}
    table = question.kind == "table"
    return {choice: words.label("TableName", choice) if table else choice for choice in question.choices}
