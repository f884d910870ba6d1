"""One rule's view of one subject on one day: its facts, its roster, the values and readings of the policy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipps_geo.compliance.context import Context
    from ipps_geo.compliance.rosters import RosterFacts
    from ipps_geo.compliance.subjects import Subject


@dataclass(eq=False)
class Case:
    """What a rule is given; ``consulted`` collects the readings it asks for, ``overrides`` replaces some of them."""

    subject: Subject
    context: Context
    day: dt.date
    consulted: set[str]
    overrides: dict[str, str] | None = None

    @property
    def brief(self) -> bool:
        """Whether only the verdict is wanted: evidence may be left out."""
        return self.overrides is not None

    @property
    def on(self) -> dt.date:
        """Day of the audit."""
        return self.context.on

    def fact(self, name: str) -> Any:
        """Return a fact of the subject; None where it is unknown."""
        return self.subject.facts.get(name)

    def reading(self, name: str) -> str:
        """Return the option of a reading: the one under test, else that of the policy."""
        self.consulted.add(name)
        if self.overrides is not None and name in self.overrides:
            return self.overrides[name]
        return self.context.policy.reading(name)

    def integer(self, name: str) -> int:
        """Return a whole number of the policy, as it holds on the day of the case."""
        return self.context.policy.integer(name, self.day)

    def share(self, name: str) -> tuple[int, int]:
        """Return a share of the policy as (numerator, denominator), as it holds on the day of the case."""
        return self.context.policy.share(name, self.day)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of codes of the policy, as it holds on the day of the case."""
        return self.context.policy.words(name, self.day)

    @property
    def year_due(self) -> int | None:
        """The last complete year, or None for an institution that was not there for all of it."""
        year = self.on.year - 1
        established = self.subject.established_on
        return None if established is not None and established > dt.date(year, 1, 1) else year

    @cached_property
    def roster(self) -> RosterFacts:
        """The subject's roster on the day of the case."""
        return self.context.rosters.of(self.subject, self.day)
