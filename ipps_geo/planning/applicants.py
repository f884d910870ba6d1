"""Facts of an applicant as people state them: ``名称=值`` pairs, by the column's name or Chinese header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ipps_geo.columns import CARRIERS, Column
from ipps_geo.compliance.assess import APPLICANT_FACTS
from ipps_geo.errors import BadInput
from ipps_geo.identity import normalise_uscc
from ipps_geo.intake import writings


def read_applicant(stated: Sequence[str]) -> dict[str, Any]:
    """Return the facts of an applicant from pairs such as ``host_type=incubator`` or ``载体类型=孵化器``.

    Raises
    ------
    BadInput
        A pair without ``=``, a fact that nobody asks for, one given twice, a value that cannot be read.

    >>> read_applicant(["载体类型=孵化器", "成立日期=2020年3月1日", "full_time_staff=2"])
    {'host_type': 'incubator', 'undertaking_founded_on': datetime.date(2020, 3, 1), 'full_time_staff': 2}
    """
    facts: dict[str, Any] = {}
    for pair in stated:
        name, equals, text = pair.partition("=")
        column = _column(name.strip())
        if not equals or column is None:
            raise BadInput("site.no_fact", where="--fact", names=(name.strip(),), facts=tuple(APPLICANT_FACTS))
        value = _value(column, text.strip())
        if value is None or column.name in facts:
            raise BadInput("site.fact_not_read", where="--fact", name=name.strip(), text=text.strip())
        facts[column.name] = value
    return facts


def _column(name: str) -> Column | None:
    for fact in APPLICANT_FACTS:
        column = CARRIERS.columns[fact]
        if name in (column.name, column.zh, *column.synonyms):
            return column
    return None


def _value(column: Column, text: str) -> Any:
    """Return the value that a text states for a column, None where it states none."""
    if column.kind == "date":
        return writings.day(text)[0]
    if column.kind == "integer":
        number = writings.integer(text)[0]
        return number if isinstance(number, int) and number >= (column.minimum or 0) else None
    if column.kind == "choice" and column.choices is not None:
        return writings.choice(column.choices)(text)[0]
    return (normalise_uscc(text) if column.name.endswith("_uscc") else text) or None
