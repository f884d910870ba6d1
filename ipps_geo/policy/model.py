"""What a policy version says: dated values, readings, who counts as an enterprise, which industry lists count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from ipps_geo.errors import PolicyError

Scalar = int | bool | str | tuple[int, int] | tuple[str, ...]
"""A value in a policy file; a share is a pair of integers (numerator, denominator), never a float."""


@dataclass(frozen=True)
class DatedValue:
    """A value and the day from which it holds; ``value`` None means repealed from that day."""

    value: Scalar | None
    since: dt.date | None = None


@dataclass(frozen=True)
class Parameter:
    """One number or list that a rule needs, with where it comes from.

    ``verified`` is false where nobody could read the value in the text itself: the audit then says so.
    """

    name: str
    article: str
    rule: str
    unit: str
    operator: str
    text: str
    source: str
    verified: bool
    dated: tuple[DatedValue, ...]

    def on(self, day: dt.date) -> Scalar | None:
        """Return the value in force on ``day``: the last one that began by then, None once repealed.

        Before the first day the first value is returned: stations older than the text are judged by it too (as a
        question, not as a breach), and the rule on entry into force says so.
        """
        chosen = self.dated[0]
        for candidate in self.dated[1:]:
            if candidate.since is not None and candidate.since <= day:
                chosen = candidate
        return chosen.value


@dataclass(frozen=True)
class Reading:
    """A passage that can be read in several ways: the options that the rules know, and the one in use."""

    name: str
    rule: str
    article: str
    text: str
    options: tuple[str, ...]
    chosen: str


READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conditions_bind": ("applicants", "all"),
        "overlap_order": ("later", "both"),
        "overlap_scope": ("established_and_pending", "established"),
        "overlap_roster": ("as_filed", "residual"),
        "condition_days": ("both", "application", "decision"),
        "key_industry_scope": ("all", "dominant", "count_key"),
        "one_year": ("inclusive", "strict"),
        "need_evidence": ("answer", "with_evidence"),
        "contradictory_need": ("unknown", "any_yes", "any_no"),
        "center_gap": ("gap", "breach"),
        "functional_area_signature": ("judgement", "declared_unit_only", "either_authority"),
        "extra_signatory": ("judgement", "allowed", "refused"),
        "several": ("judgement", "at_least_one", "none_needed"),
        "double_full_time": ("judgement", "count_at_both", "count_at_neither"),
        "organization_change_route": ("direct_only", "either"),
        "evaluation_period": ("evaluation_year", "calendar_year"),
        "illegal_acts": ("judgement", "any_name", "institution_name_only"),
        "ban_start": ("decision", "notice"),
        "transition": ("judgement", "applies", "exempt"),
    }
)
"""Readings that the rules implement, default first; a policy file chooses among these options and no others."""


@dataclass(frozen=True)
class Policy:
    """One version of the policy, as its file states it.

    Attributes
    ----------
    version, title_zh, title_en, status, source
        Name of the version, its titles, ``draft`` or ``published``, and where the text was read.
    in_force_from
        First day; None when the version never took effect and no date stands in for it.
    repealed_on
        Day from which the version no longer holds.
    parameters, readings
        By name.
    enterprise_kinds
        yes, no or unknown by the first two characters of a credit code: who is an 企业.
    legal_persons, legal_persons_by_code
        yes, no or unknown by legal form, and by the first two characters of a credit code where the form is unknown.
    city_lists, unit_lists
        Ids of the key-industry lists that count for the whole city, and for the unit they name (empty: any).
    listed_kinds
        Institution kinds that Art. 2 names in this version.
    notes
        What a reader must know about the version.
    """

    version: str
    title_zh: str
    title_en: str
    status: str
    source: str
    in_force_from: dt.date | None
    in_force_verified: bool
    repealed_on: dt.date | None
    parameters: Mapping[str, Parameter]
    readings: Mapping[str, Reading]
    enterprise_kinds: Mapping[str, str]
    legal_persons: Mapping[str, str]
    legal_persons_by_code: Mapping[str, str]
    city_lists: tuple[str, ...]
    unit_lists: tuple[str, ...]
    listed_kinds: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process: views that nobody can write through cannot, what they show can."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return _arrived, ({name: dict(v) if isinstance(v, Mapping) else v for name, v in facts.items()},)

    def value(self, name: str, on: dt.date) -> Scalar | None:
        """Return the value of parameter ``name`` in force on ``on``; None when repealed or not in this version."""
        parameter = self.parameters.get(name)
        return None if parameter is None else parameter.on(on)

    def integer(self, name: str, on: dt.date) -> int:
        """Return an integer parameter.

        Raises
        ------
        PolicyError
            The parameter is repealed or holds another kind of value.
        """
        value = self.value(name, on)
        if not isinstance(value, int) or isinstance(value, bool):
            raise PolicyError("policy.integer_needed", where=self.version, name=name, found=repr(value), on=on)
        return value

    def share(self, name: str, on: dt.date) -> tuple[int, int]:
        """Return a share as (numerator, denominator).

        Raises
        ------
        PolicyError
            The parameter is repealed or holds another kind of value.
        """
        value = self.value(name, on)
        if not (isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) for part in value)):
            raise PolicyError("policy.share_needed", where=self.version, name=name, found=repr(value), on=on)
        return int(value[0]), int(value[1])

    def words(self, name: str, on: dt.date) -> tuple[str, ...]:
        """Return a parameter that is a list of codes; empty when repealed or absent."""
        value = self.value(name, on)
        return tuple(str(word) for word in value) if isinstance(value, tuple) else ()

    def reading(self, name: str) -> str:
        """Return the option of a reading that this policy uses; the default where the file is silent."""
        reading = self.readings.get(name)
        return READINGS[name][0] if reading is None else reading.chosen

    def with_readings(self, chosen: Mapping[str, str]) -> Policy:
        """Return this version with other readings; its name says which, so that no result passes for the usual one.

        Raises
        ------
        PolicyError
            A reading or an option that the rules do not know.
        """
        changed = {name: option for name, option in sorted(chosen.items()) if self.reading(name) != option}
        if not changed:
            return self
        readings = dict(self.readings)
        for name, option in changed.items():
            if option not in READINGS[name]:
                names = ", ".join(READINGS[name])
                raise PolicyError("policy.no_reading", where=f"readings.{name}", name=option, names=names)
            known = readings.get(name) or Reading(name, "", "", "", READINGS[name], option)
            readings[name] = replace(known, chosen=option)
        told = ",".join(f"{name}={option}" for name, option in changed.items())
        return replace(self, version=f"{self.version}+{told}", readings=MappingProxyType(readings))

    def holds_on(self, day: dt.date) -> bool | None:
        """Return whether the version is in force on ``day``; None when its first day is unknown."""
        if self.repealed_on is not None and day >= self.repealed_on:
            return False
        return None if self.in_force_from is None else day >= self.in_force_from

    @property
    def unverified(self) -> tuple[Parameter, ...]:
        """Parameters that nobody could read in the text of this version."""
        return tuple(parameter for parameter in self.parameters.values() if not parameter.verified)


def _arrived(facts: dict[str, Any]) -> Policy:
    shown: dict[str, Any] = {name: MappingProxyType(v) if isinstance(v, dict) else v for name, v in facts.items()}
    return Policy(**shown)
