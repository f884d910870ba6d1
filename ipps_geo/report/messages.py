"""Errors and problems of the data in the reader's language."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ipps_geo.errors import IppsGeoError
from ipps_geo.intake.problems import PROBLEM_KINDS
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
    where, (message, advice) = error.where, error_sentences(error, lang)
    kind = next(name for name in (base.__name__ for base in type(error).__mro__) if words.has(f"Error.{name}"))
    lines = [words.text(f"Error.{kind}"), f"  {where}: {message}" if where else f"  {message}"]
    if advice:
        lines.append("  " + words.text("page.advice", advice=advice))
    return "\n".join(lines)


def error_sentences(error: IppsGeoError, lang: str = "zh") -> tuple[str, str]:
    """Return (what is wrong, what to do) of an error in ``lang``.

    >>> from ipps_geo.errors import BadInput
    >>> error_sentences(BadInput("argument.not_a_day", text="yesterday"))
    ('“yesterday”不是日期', '请写成 2026-11-22')
    """
    if not error.code:
        return sentence(error.message, lang), sentence(error.advice, lang)
    words = catalogue(lang)
    advice = f"fault.{error.code}.advice"
    return (
        words.text(f"fault.{error.code}.message", **error.values),
        words.text(advice, **error.values) if words.has(advice) else "",
    )


def sentence(text: str, lang: str = "zh") -> str:
    """Return a sentence of an error in ``lang``; one that the catalogue does not hold is returned as it was raised.

    >>> sentence("'yesterday' is not a day")
    "'yesterday' 不是日期"
    """
    if lang == "en":
        return text
    for pattern, told in chinese_sentences():
        found = pattern.fullmatch(text)
        if found is not None:
            values = found.groupdict()
            if "rest" in values:
                values["rest"] = "；".join(_listed(part) for part in values["rest"].split("; "))
            return told.format(**values)
    return text


def _listed(part: str) -> str:
    """Return one item of a list inside a sentence in Chinese: a place and a problem there, or a sentence itself."""
    place, _, said = part.partition(": ")
    problem = _problem(said)
    if problem is None:
        return sentence(part)
    words = catalogue("zh")
    place = re.sub(r", (sheet|row|feature|column) ", lambda name: f"，{words.text(f'answer.where_{name[1]}')} ", place)
    return f"{place}：{problem}"


def _problem(message: str) -> str | None:
    """Return the Chinese of a problem whose code was left behind, by the most specific template that fits."""
    for code in sorted(PROBLEM_KINDS, key=lambda code: -len(re.sub(r"{.*?}", "", PROBLEM_KINDS[code].message))):
        values = _parameters(PROBLEM_KINDS[code].message, message)
        if values is not None:
            return chinese_problems()[code]["message"].format(
                **{name: sentence(value) for name, value in values.items()}
            )
    return None


@lru_cache(maxsize=1)
def chinese_sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return (pattern of the sentence as raised, Chinese sentence), the most specific first.

    A template that begins with a parameter fits the end of many sentences: it comes after those that begin with words.
    """
    source = files("ipps_geo.report").joinpath("locales", "sentences.zh.toml").read_text(encoding="utf-8")
    told = tomllib.loads(source)
    fixed = {template: len(re.sub(r"{.*?}", "", template)) for template in told}
    return tuple(
        (re.compile(_pattern(template), re.DOTALL), told[template])
        for template in sorted(told, key=lambda template: (template.startswith("{"), -fixed[template], template))
    )


def problem_message(problem: Mapping[str, Any], lang: str = "zh") -> tuple[str, str]:
    """Return (what is wrong, what to do) for one row of a problem table.

    The row carries intake's English sentence. For Chinese its parameters are read back from that sentence, by the
    template of its code; a sentence that does not fit its template stays as it is.

    >>> row = {"code": "title_rows", "message": "2 rows above the header were passed over", "advice": ""}
    >>> problem_message(row)
    ('表头上方的 2 行已略过', '')
    """
    message, advice = ("" if is_missing(problem.get(name)) else str(problem[name]) for name in ("message", "advice"))
    code = str(problem["code"])
    if lang == "en" or code not in PROBLEM_KINDS or code not in chinese_problems():
        return message, advice
    kind, told = PROBLEM_KINDS[code], chinese_problems()[code]
    values = _parameters(kind.message, message)
    if values is None:
        return message, advice
    values |= _parameters(kind.advice, advice) or {}
    if "hint" in values:  # itself one or two clauses, each a sentence of the catalogue
        values["hint"] = "".join(sentence(clause, lang) for clause in re.split(r"(?=; )", values["hint"]))
    values = {name: sentence(value, lang) for name, value in values.items()}
    needed = {name for text in told.values() for _, name, _, _ in string.Formatter().parse(text) if name}
    if not needed <= set(values):
        return message, advice
    more = re.search(r" \(and in (\d+) more rows\)$", message)
    rest = f"（另有 {more[1]} 行同样）" if more else ""
    return told["message"].format(**values) + rest, told["advice"].format(**values)


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


@lru_cache(maxsize=1)
def chinese_problems() -> Mapping[str, Mapping[str, str]]:
    """Return the Chinese sentences of every problem code: message and advice."""
    source = files("ipps_geo.report").joinpath("locales", "problems.zh.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def _parameters(template: str, sentence: str) -> dict[str, str] | None:
    """Return the values that ``template`` was filled with to give ``sentence``; None when it does not fit."""
    pattern = "".join(
        re.escape(text) + (f"(?P<{name}>.*?)" if name else "")
        for text, name, _, _ in string.Formatter().parse(template)
    )
    found = re.fullmatch(pattern + r"(?: \(and in \d+ more rows\))?", sentence, re.DOTALL)
    return None if found is None else found.groupdict()


def _pattern(template: str) -> str:
    return "".join(
        re.escape(text) + (f"(?P<{name}>.*?)" if name else "")
        for text, name, _, _ in string.Formatter().parse(template)
    )
