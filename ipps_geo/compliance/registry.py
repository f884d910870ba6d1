"""The rules of the Measure: each a small function with its article, its inputs, and the subjects it may speak about.

The scope guard of Art. 10 holds by construction: a rule of Art. 4-9 can only be registered for district centres and
workstations, and a rule cannot be run on a subject that its registration does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipps_geo.compliance.findings import Outcome, Severity, Verdict
from ipps_geo.vocabulary import InstitutionKind

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case
    from ipps_geo.compliance.subjects import Role, Subject

RuleFunction = Callable[["Case"], "Outcome | None"]

ART_4_TO_9_KINDS = frozenset({InstitutionKind.DISTRICT_CENTER, InstitutionKind.WORKSTATION})
"""The only kinds that Art. 4-9 bind (Art. 10)."""


CENTER = (InstitutionKind.DISTRICT_CENTER,)
STATION = (InstitutionKind.WORKSTATION,)
BOTH = (*CENTER, *STATION)
EVERY = (Verdict.PASS, Verdict.FAIL, Verdict.UNDETERMINED)

NOT_INSTITUTIONS = frozenset({"unit", "policy"})
"""Roles without an institution kind."""


class ScopeError(TypeError):
    """A rule was pointed at something it must not judge: a mistake in the program, never in the data."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of the registry.

    Attributes
    ----------
    rule_id, article, severity
        ``R7-2a``, ``7(2)``, and the severity of a failure unless the case changes it.
    check
        The function: one case in, an outcome out, None where the rule does not apply to the case.
    roles, kinds
        Subjects it may judge; ``kinds`` empty for subjects that are not institutions (units, the policy itself).
    inputs
        Columns and tables that it reads.
    parameters, readings
        Names of the policy's values and readings that it uses.
    verdicts
        Every verdict it can give.
    fails_when
        The state of the data that makes it FAIL (or the reason why it never does), for the generated documents.
    open_when
        What is missing, contradictory or for a person to judge where it is UNDETERMINED: whose absence turns a PASS.
    per_day
        Judged on each of the subject's days; PASS needs all of them.
    condition
        A condition for applicants (Art. 6, 7): a question, not a breach, for a station that is established already.
    """

    rule_id: str
    article: str
    severity: Severity
    check: RuleFunction
    roles: frozenset[Role]
    kinds: frozenset[InstitutionKind]
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    readings: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    fails_when: str
    open_when: str
    per_day: bool
    condition: bool

    @property
    def meaning(self) -> str:
        """First line of the function's description."""
        return (self.check.__doc__ or "").strip().splitlines()[0]

    def applies_to(self, subject: Subject) -> bool:
        """Whether the rule may judge this subject."""
        if subject.role not in self.roles:
            return False
        return subject.role in NOT_INSTITUTIONS or not self.kinds or subject.institution_kind in self.kinds

    def __call__(self, case: Case) -> Outcome | None:
        """Judge one case.

        Raises
        ------
        ScopeError
            The rule does not name this subject.
        """
        if not self.applies_to(case.subject):
            raise ScopeError(f"{self.rule_id} does not apply to {case.subject.role} {case.subject.subject_id}")
        return self.check(case)


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    article: str,
    severity: Severity,
    roles: Iterable[Role],
    kinds: Iterable[InstitutionKind] = (),
    inputs: tuple[str, ...],
    verdicts: tuple[Verdict, ...],
    fails_when: str,
    open_when: str = "",
    parameters: tuple[str, ...] = (),
    readings: tuple[str, ...] = (),
    per_day: bool = False,
    condition: bool = False,
) -> Callable[[RuleFunction], RuleFunction]:
    """Register the decorated function as a rule; see :class:`Rule` for the arguments."""

    def register(check: RuleFunction) -> RuleFunction:
        entry = Rule(
            rule_id,
            article,
            severity,
            check,
            frozenset(roles),
            frozenset(kinds),
            inputs,
            parameters,
            readings,
            verdicts,
            fails_when,
            open_when,
            per_day,
            condition,
        )
        if rule_id in _RULES:
            raise ScopeError(f"{rule_id} is registered twice")
        _guard(entry)
        _RULES[rule_id] = entry
        return check

    return register


def _guard(entry: Rule) -> None:
    """Refuse a rule of Art. 4-9 that could reach an institution of another kind (Art. 10)."""
    number = entry.article.partition("(")[0]
    bound = number.isdigit() and 4 <= int(number) <= 9 and not entry.roles <= NOT_INSTITUTIONS
    if bound and not (entry.kinds and entry.kinds <= ART_4_TO_9_KINDS):
        raise ScopeError(f"{entry.rule_id}: rules of Art. 4-9 bind district centres and workstations only (Art. 10)")


def all_rules() -> tuple[Rule, ...]:
    """Return every rule in the order of the articles, whichever module was imported first."""
    from ipps_geo.compliance import articles

    articles.load()
    modules = {f"{__package__}.{name}": place for place, name in enumerate(articles.MODULES)}
    return tuple(
        sorted(
            _RULES.values(), key=lambda entry: (modules[entry.check.__module__], entry.check.__code__.co_firstlineno)
        )
    )
