"""Passages of the text that can be read in several ways, as choices for a planner: the default first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ipps_geo.compliance import all_rules
from ipps_geo.policy import READINGS
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.wording import cite

if TYPE_CHECKING:
    from ipps_geo.policy import Policy

Judged = Literal["carrier", "proposal"]
"""What the readings decide on: candidates of a plan, or one proposed workstation."""


@dataclass(frozen=True)
class ReadingChoice:
    """One passage: its name, the rules that it belongs to in words, and its options with their words, default first."""

    name: str
    label: str
    options: dict[str, str]


def reading_choices(policy: Policy, judged: Judged, lang: str) -> tuple[ReadingChoice, ...]:
    """Return the readings that rules on ``judged`` ask for, in the order of the articles."""
    words = catalogue(lang)
    rules: dict[str, list[tuple[str, str]]] = {}
    for rule in all_rules():
        for name in rule.readings if judged in rule.roles else ():
            rules.setdefault(name, []).append((rule.rule_id, rule.article))
    choices = []
    for name, used in rules.items():
        known = policy.readings.get(name)
        default = policy.reading(name)
        options = (default, *(option for option in _options(policy, name) if option != default))
        label = words.text(
            "app.reading_of",
            rules=words.text("page.list_joiner").join(words.label("Rule", rule) for rule, _ in used),
            article=cite(words, known.article if known is not None and known.article else used[0][1]),
        )
        choices.append(
            ReadingChoice(name, label, {option: words.label("Reading", f"{name}.{option}") for option in options})
        )
    return tuple(choices)


def _options(policy: Policy, name: str) -> tuple[str, ...]:
    known = policy.readings.get(name)
    return READINGS[name] if known is None else known.options
