"""Findings in sentences: what was measured, against which article, with the evidence as it stands in the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import DASH, Catalogue, is_missing

if TYPE_CHECKING:
    from ipps_geo.report.words.naming import Names

_CHINESE_DIGITS = "〇一二三四五六七八九"
_ITEM_ARTICLES = {2, 6, 7, 12, 13}
"""Articles whose numbered parts are items （一）（二）; those of the others are unnumbered paragraphs, counted."""
_ARTICLE = re.compile(r"(\d+)\s*(?:[(（.]\s*(\d+)\s*[)）]?)?")


def cite(words: Catalogue, article: object) -> str:
    """Return the citation of an article such as ``7(2)``, ``Art. 4(4)`` or ``9``.

    >>> from ipps_geo.report.words.catalogue import catalogue
    >>> [cite(catalogue("zh"), article) for article in ("7(2)", "4(4)", "9")]
    ['第七条第（二）项', '第四条第四款', '第九条']
    >>> cite(catalogue("en"), "Art. 7(2)")
    'Art. 7(2)'
    """
    if is_missing(article) or article == "":
        return DASH

    def one(match: re.Match[str]) -> str:
        number, part = match.groups()
        text = words.text("cite.article", number=_numeral(words, number))
        if part:
            key = "cite.item" if int(number) in _ITEM_ARTICLES else "cite.paragraph"
            text += words.text(key, number=_numeral(words, part))
        return text

    return _ARTICLE.sub(one, re.sub(r"\b[Aa]rt(?:icles?|s)?\.?\s*", "", str(article)))


def _numeral(words: Catalogue, digits: str) -> str:
    number = int(digits)
    if words.lang != "zh" or number > 99:
        return digits
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE_DIGITS[ones]
    return f"{'' if tens == 1 else _CHINESE_DIGITS[tens]}十{_CHINESE_DIGITS[ones] if ones else ''}"


def finding_sentence(words: Catalogue, finding: Any, names: Names) -> str:
    """Return one sentence for ``finding`` by its message code, else from its rule, figures and gaps."""
    key = f"finding.{finding.code}"
    if words.has(key):
        params = {
            name: _param(words, names, name, value) for name, value in dict(finding.params).items() if name != "unit"
        }
        stated = {
            "measured": figure_words(words, finding.measured, finding.rule, names),
            "required": figure_words(words, finding.required, finding.rule, names),
            "margin": figure_words(words, finding.margin),
            "subject": names.subject(finding.subject),
            "unit": names.unit(finding.unit),
            "missing": missing_words(words, finding.missing),
            "rule": rule_title(words, finding.rule),
        }
        told = {**stated, **params}
        parts = [words.text(key, **told), *(words.text(f"finding_also.{name}", **told) for name in _also(finding))]
        possible = dict(finding.params).get("left_out")
        if possible:
            parts.append(words.text("page.rows_possible", n=possible).strip())
        return ("" if words.lang == "zh" else " ").join(parts)
    return words.text(
        f"finding_generic.{finding.verdict}",
        rule=rule_title(words, finding.rule),
        measured=figure_words(words, finding.measured, finding.rule, names),
        required=figure_words(words, finding.required, finding.rule, names),
        margin=figure_words(words, finding.margin),
        missing=missing_words(words, finding.missing),
    )


_ALSO = {
    "overlap": ("possible", "pending", "shared_later"),
    "overlap_open": ("unfiled", "pending", "shared_later"),
    "other_roster_missing": ("pending", "shared_later"),
    "overlap_with_pending": ("shared_later",),
    "overlap_of_others": (),
    "need_share_met": ("residual", "key_industry"),
    "need_share_too_low": ("residual", "key_industry"),
    "need_share_open": ("residual", "key_industry"),
}
"""What the sentence of a code goes on to say, where the figure is another than nothing, or than that of the whole."""


def _also(finding: Any) -> list[str]:
    whole = (0, None, finding.params.get("enterprises"))
    return [name for name in _ALSO.get(finding.code, ()) if finding.params.get(name) not in whole]


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
    # The finding may hold fewer pieces than there are.
    rest = max(len(finding.evidence), int(finding.params.get("evidence_total", 0))) - limit
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


# Which words a named value takes: an enumeration of the vocabulary, a verdict, an answer.
_KINDS = {
    "host_type": "HostType", "org_level": "OrgLevel", "legal_form": "LegalForm", "explicit_need": "Answer",
    "answer": "Answer", "verdict": "Verdict", "route": "Route", "decision": "Decision", "ground": "RevocationGround",
    "fees": "Fees", "application_form": "ApplicationForm",
    "suspended": "Answer",
    "revocation_ground": "RevocationGround", "result": "EvaluationResult", "mode": "StaffMode", "kind": "ConductKind",
    "data_class": "DataClass", "all": "Verdict", "dominant": "Verdict", "count_key": "Verdict",
    "residual_verdict": "Verdict", "by_form": "Answer", "by_code": "Answer", "order": "Order", "found_by": "FoundBy",
    "need": "NeedState", "key_industry": "Answer", "in_institution_name": "Answer", "qualified": "Answer",
    "parties": "Party", "agreement_parties": "Party", "check": "UsccCheck",
    "tables": "TableName", "as_read": "Verdict",
    "values": "PolicyValue", "repealed": "PolicyValue", "value": "PolicyValue", "in_use": "HostType",
}  # fmt: skip
_SUBJECTS = {
    "other", "holder_id", "institution_id", "carrier_id", "application_id", "stations", "institutions",
    "possible_stations", "pending_stations", "later_stations", "unfiled_stations",
}  # fmt: skip
_UNITS = {"unit", "agreement_district", "declared", "located", "signed_for"}
_INPUTS = {"items", "earlier", "later", "reopens"}
_YEARS = {"year"}
_PLAIN = {"days", "uscc", "entity", "name"}

# Rules whose figures are codes or years rather than counts.
_FIGURES = {
    "R2-1": "InstitutionKind", "R2-2": "LegalForm", "R4-2": "Party", "R4-3": "Party", "R4-4": "Party", "R5-1": "Route",
    "R5-2": "OrgLevel", "R7-1a": "HostType", "R7-1b": "LegalForm", "R8-1": "Route", "R8-2": "Route",
    "R9-5": "RevocationGround", "R20-1": "Fees",
}  # fmt: skip
_YEAR_RULES = {"R9-2", "R19-1"}


def figure_words(words: Catalogue, value: object, rule: str = "", names: Names | None = None) -> str:
    """Return a figure of a finding; a pair (least, most) is a range, a code of ``rule`` is told in words.

    >>> from ipps_geo.report.words.catalogue import catalogue
    >>> figure_words(catalogue("zh"), (49, 51))
    '49–51'
    >>> figure_words(catalogue("zh"), "company", "R7-1b"), figure_words(catalogue("zh"), 2025, "R9-2")
    ('公司', '2025')
    """
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(entry, int) for entry in value):
        return f"{words.value(value[0])}–{words.value(value[1])}"
    if rule in _YEAR_RULES and isinstance(value, int):
        return str(value)
    if rule == "R4-6" and isinstance(value, str):
        return value if names is None else names.unit(value)
    if rule in _FIGURES and isinstance(value, (str, tuple)):
        listed = value.split(":") if isinstance(value, str) else [str(entry) for entry in value]
        return words.text("page.list_joiner").join(_code_word(words, _FIGURES[rule], code) for code in listed) or DASH
    return words.value(value)


def _code_word(words: Catalogue, kind: str, code: str) -> str:
    for family in (kind, "OrgLevel", "Route"):
        if words.has(f"{family}.{code}"):
            return words.label(family, code)
    return code


def _param(words: Catalogue, names: Names, name: str, value: Any) -> str:
    """Return a named value of a finding in words."""
    if is_missing(value):
        return DASH
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(entry, int) for entry in value):
        return figure_words(words, value)
    if isinstance(value, (list, tuple)):
        return words.text("page.list_joiner").join(_param(words, names, name, entry) for entry in value) or DASH
    if isinstance(value, int) and not isinstance(value, bool) and name in _YEARS:
        return str(value)
    if isinstance(value, float) and name.endswith("_m"):
        return words.number(value, 0)
    if not isinstance(value, str) or name in _PLAIN:
        return words.value(value)
    if name in _UNITS:
        return names.unit(value)
    if name in _SUBJECTS:
        found = names.subject(value)
        return found if found == value else f"{found}（{value}）" if words.lang == "zh" else f"{found} ({value})"
    if name in _INPUTS:
        told = input_word(words, value)
        # 有固定电话 and 已论证 are headers of answers; in a list of what is missing the thing itself is named.
        return told[1:] if words.lang == "zh" and name == "items" and told[:1] in ("有", "已") else told
    if name == "share" and value.count("/") == 1:
        part, whole = value.split("/")
        return f"{100 * int(part) / int(whole):g}%"
    if name.startswith(("has_", "was_")):
        return words.label("Answer", value)
    if name == "in_use":
        return _code_word(words, _KINDS[name], value)
    return words.labels(_KINDS[name], value) if name in _KINDS else value
