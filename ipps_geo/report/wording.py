"""Findings in sentences: what was measured, against which article, with the evidence as it stands in the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipps_geo.report.catalogue import DASH, Catalogue, is_missing

if TYPE_CHECKING:
    from ipps_geo.report.naming import Names

_CHINESE_DIGITS = "〇一二三四五六七八九十"
_ARTICLE = re.compile(r"(\d+)\s*(?:¶\s*(\d+)|\[(\d+)\])?\s*(?:[(（.]\s*(\d+)\s*[)）]?)?")


def cite(words: Catalogue, article: object) -> str:
    """Return the citation of an article such as ``7(2)``, ``Art. 7(2)`` or ``9``.

    >>> from ipps_geo.report.catalogue import catalogue
    >>> cite(catalogue("zh"), "7(2)"), cite(catalogue("en"), "Art. 9")
    ('第7条第（二）项', 'Art. 9')
    """
    if is_missing(article) or article == "":
        return DASH

    def one(match: re.Match[str]) -> str:
        number, first, second, item = match.groups()
        text = words.text("cite.article", number=number)
        if first or second:
            text += words.text("cite.paragraph", number=_numeral(words, first or second))
        if item:
            text += words.text("cite.item", number=_numeral(words, item))
        return text

    plain = re.sub(r"\b[Aa]rt(?:icles?|s)?\.?\s*", "", str(article))
    return _ARTICLE.sub(one, plain)


def _numeral(words: Catalogue, digits: str) -> str:
    number = int(digits)
    return _CHINESE_DIGITS[number] if words.lang == "zh" and number <= 10 else digits


def finding_sentence(words: Catalogue, finding: Any, names: Names) -> str:
    """Return one sentence for ``finding`` by its message code, else from its rule, figures and gaps."""
    key = f"finding.{finding.code}"
    if words.has(key):
        params = {name: _param(words, names, name, value) for name, value in dict(finding.params).items()}
        stated = {
            "measured": figure_words(words, finding.measured),
            "required": figure_words(words, finding.required),
            "margin": figure_words(words, finding.margin),
            "subject": names.subject(finding.subject),
            "unit": names.unit(finding.unit),
            "missing": missing_words(words, finding.missing),
        }
        return words.text(key, **{**stated, **params})
    return words.text(
        f"finding_generic.{finding.verdict}",
        rule=rule_title(words, finding.rule),
        measured=figure_words(words, finding.measured),
        required=figure_words(words, finding.required),
        margin=figure_words(words, finding.margin),
        missing=missing_words(words, finding.missing),
    )


def figure_words(words: Catalogue, value: object) -> str:
    """Return a figure of a finding; a pair (least, most) is a range.

    >>> from ipps_geo.report.catalogue import catalogue
    >>> figure_words(catalogue("zh"), (49, 51))
    '49–51'
    """
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(entry, int) for entry in value):
        return f"{words.value(value[0])}–{words.value(value[1])}"
    return words.value(value)


def rule_title(words: Catalogue, rule: str) -> str:
    """Return the number of a rule with its short title."""
    title = words.entries.get(f"Rule.{rule}")
    return f"{rule} {title}" if title else rule


def missing_words(words: Catalogue, missing: object) -> str:
    """Return the inputs that a finding lacks, by their column headers."""
    entries = [missing] if isinstance(missing, str) else list(missing or ())  # type: ignore[call-overload]
    if not entries:
        return DASH
    return words.text("page.list_joiner").join(input_word(words, str(entry)) for entry in entries)


def input_word(words: Catalogue, name: str) -> str:
    """Return the word for an input: a table, a column, or ``table.column``."""
    table, _, column = name.rpartition(".")
    header = words.column(column) if words.has(f"column.{column}") else words.label("Table", column)
    return header if not table else f"{words.label('Table', table)}·{header}"


def evidence_lines(words: Catalogue, finding: Any, names: Names, limit: int = 20) -> list[str]:
    """Return one line per piece of evidence, ``header: value`` pairs in the order given; what is cut off is counted."""
    lines = [evidence_line(words, piece, names) for piece in list(finding.evidence)[:limit]]
    rest = len(finding.evidence) - limit
    if rest > 0:
        lines.append(words.text("page.further", n=rest))
    return lines


def evidence_line(words: Catalogue, piece: Mapping[str, Any], names: Names) -> str:
    """Return one piece of evidence as text."""
    colon, joiner = words.text("page.colon"), words.text("page.clause_joiner")
    parts = []
    for name, value in piece.items():
        header = words.column(name) if words.has(f"column.{name}") else name
        parts.append(f"{header}{colon}{_param(words, names, name, value)}")
    return joiner.join(parts)


def other_readings(words: Catalogue, finding: Any) -> str:
    """Return the verdicts under the readings that were not chosen."""
    joiner, colon = words.text("page.clause_joiner"), words.text("page.colon")
    return joiner.join(
        f"{reading_words(words, reading)}{colon}{words.label('Verdict', verdict)}"
        for reading, verdict in dict(finding.other_readings or {}).items()
    )


def reading_words(words: Catalogue, reading: object) -> str:
    """Return a reading ``name:option``, or several joined by ``;``, in words."""
    if is_missing(reading) or reading == "":
        return DASH
    return words.text("page.clause_joiner").join(
        words.label("Reading", part.replace(":", ".")) for part in str(reading).split(";") if part
    )


# Which words a named value takes: an enumeration of the vocabulary, a unit, an institution.
_KINDS = {
    "host_type": "HostType",
    "org_level": "OrgLevel",
    "legal_form": "LegalForm",
    "explicit_need": "Answer",
    "answer": "Answer",
    "verdict": "Verdict",
    "route": "Route",
    "decision": "Decision",
    "ground": "RevocationGround",
    "revocation_ground": "RevocationGround",
    "result": "EvaluationResult",
    "mode": "StaffMode",
    "data_class": "DataClass",
    "reading": "Reading",
}
_SUBJECTS = {
    "other",
    "holder_id",
    "institution_id",
    "carrier_id",
    "application_id",
    "subject",
    "station",
    "first",
    "second",
}
_UNITS = {"unit", "agreement_district", "declared_unit", "located_unit", "district"}


def _param(words: Catalogue, names: Names, name: str, value: Any) -> str:
    if is_missing(value):
        return DASH
    if isinstance(value, str):
        if name in _UNITS:
            return names.unit(value)
        if name in _SUBJECTS:
            found = names.subject(value)
            return found if found == value else f"{found}（{value}）" if words.lang == "zh" else f"{found} ({value})"
        if name in _KINDS:
            return words.labels(_KINDS[name], value)
        if name in ("agreement_parties", "parties", "extra", "lacking"):
            return words.labels("Party", value)
        return value
    if isinstance(value, (list, tuple)):
        return words.text("page.list_joiner").join(_param(words, names, name, entry) for entry in value) or DASH
    return words.value(value)
