"""Errors and problems of the data in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipps_geo.errors import IppsGeoError
from ipps_geo.report.catalogue import catalogue, is_missing


def error_message(error: IppsGeoError, lang: str = "zh") -> str:
    """Return an error as two or three lines: what kind it is, where and what, and what to do.

    >>> from ipps_geo.errors import BadInput
    >>> print(error_message(BadInput("no such folder", where="abc", advice="give a folder"), "en"))
    The input cannot be used
      abc: no such folder
      What to do: give a folder
    """
    words = catalogue(lang)
    kind = next(name for name in (base.__name__ for base in type(error).__mro__) if words.has(f"Error.{name}"))
    lines = [words.text(f"Error.{kind}"), f"  {error.where}: {error.message}" if error.where else f"  {error.message}"]
    if error.advice:
        lines.append("  " + words.text("page.advice", advice=error.advice))
    return "\n".join(lines)


def problem_message(problem: Mapping[str, Any], lang: str = "zh") -> tuple[str, str]:
    """Return (what is wrong, what to do) for one row of a problem table, by its code.

    Codes without a sentence of their own fall back to the English message that the row carries.
    """
    words, code = catalogue(lang), str(problem["code"])
    values = {name: "" if is_missing(value) else value for name, value in problem.items()}
    told = []
    for part in ("message", "advice"):
        key = f"problem.{code}.{part}"
        told.append(words.text(key, **values) if words.has(key) else str(values.get(part, "")))
    return told[0], told[1]
