"""What a rule finds: three verdicts, four severities, and the figures behind them; no words for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Verdict(StrEnum):
    """PASS and FAIL need evidence; what is not known, or needs a person to judge, is UNDETERMINED."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    UNDETERMINED = "UNDETERMINED"


class Severity(StrEnum):
    """What a failure means: it blocks, an official judges it, it informs, or the data have to be corrected."""

    BLOCKING = "blocking"
    JUDGEMENT = "judgement"
    INFORMATION = "information"
    DATA_QUALITY = "data_quality"


NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule says of one subject on one day, before it becomes a finding.

    ``severity`` replaces the rule's own where the case asks for it.
    """

    verdict: Verdict
    code: str
    measured: Any = None
    required: Any = None
    margin: Any = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    severity: Severity | None = None


def met(code: str, **details: Any) -> Outcome:
    """Return an outcome that passes."""
    return Outcome(Verdict.PASS, code, **details)


def failed(code: str, **details: Any) -> Outcome:
    """Return an outcome that fails."""
    return Outcome(Verdict.FAIL, code, **details)


def unclear(code: str, **details: Any) -> Outcome:
    """Return an outcome that cannot be decided from what is known, or that a person has to judge."""
    return Outcome(Verdict.UNDETERMINED, code, **details)


def at_least(least: int, most: int, required: int) -> Verdict:
    """Return whether a count between ``least`` and ``most`` reaches ``required``: unknowns decide only if they can.

    >>> at_least(49, 51, 50)
    <Verdict.UNDETERMINED: 'UNDETERMINED'>
    """
    if least >= required:
        return Verdict.PASS
    return Verdict.FAIL if most < required else Verdict.UNDETERMINED


def span(least: Any, most: Any) -> Any:
    """Return one figure where both bounds agree, else the pair (least, most)."""
    return least if least == most else (least, most)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, one subject, one verdict.

    Attributes
    ----------
    rule, article
        ``R7-2a`` and ``7(2)``.
    subject, subject_kind, unit
        Id and kind (unit, institution, application, proposal, carrier, policy) of what is judged, and its service unit.
    verdict, severity
        See :class:`Verdict` and :class:`Severity`.
    measured, required, margin
        What was found, what the rule asks for, and how far apart: at least 0 when the condition holds. Where unknowns
        leave room, ``measured`` and ``margin`` are pairs (least, most). None where the rule is not about a number.
    evidence
        Rows that show it, as mappings of ids and values.
    missing
        Inputs that would decide: names of columns or tables.
    reading, other_readings
        Readings in use (``name:option``, several joined by ``;``), and the verdict under each other one.
    code, params
        Stable code of the message, and the values that its sentence names.
    """

    rule: str
    article: str
    subject: str
    subject_kind: str
    unit: str | None
    verdict: Verdict
    severity: Severity
    measured: Any
    required: Any
    margin: Any
    evidence: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]
    reading: str
    other_readings: Mapping[str, str]
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-safe builtins, keys in the order of the attributes."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and value != value:
        return None
    return value
