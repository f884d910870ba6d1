"""Which district centres count for a unit on a day: those that do for certain, and those that may."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ipps_geo.compliance.context import Context
    from ipps_geo.compliance.subjects import Subject


@dataclass(frozen=True)
class Centers:
    """District centres of one unit: ``certain``, and ``possible`` ones whose day or unit is not known."""

    certain: tuple[Subject, ...]
    possible: tuple[Subject, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Inputs of the possible ones that would decide."""
        lacks = {
            "institutions.unit": any(center.unit is None for center in self.possible),
            "institutions.established_on": any(center.established_on is None for center in self.possible),
            "institutions.revoked_on": any(center.perhaps_revoked for center in self.possible),
        }
        return tuple(name for name, lacking in lacks.items() if lacking) or ("service_units.part_of",)


def centers_of(context: Context, unit: str, day: dt.date, without: str | None = None) -> Centers:
    """Return the district centres of ``unit`` on ``day``, without the institution ``without``.

    A centre of a sub-unit counts for the unit that it is part of. One that says no unit may stand in any, or in those
    that hold its place; so may one of an area that needs no centre and says not of which unit it is part.
    """
    certain, possible = [], []
    for center in context.institutions.values():
        if center.institution_kind != "district_center" or center.subject_id == without:
            continue
        answers = {center.counts_on(day), _stands_in(context, center, unit)}
        if answers == {"yes"}:
            certain.append(center)
        elif "no" not in answers:
            possible.append(center)
    return Centers(tuple(certain), tuple(possible))


def _stands_in(context: Context, center: Subject, unit: str) -> Literal["yes", "no", "unknown"]:
    """Return whether a centre is one of ``unit``: by its unit, by what that is part of, else by its place."""
    own = center.unit
    if own is None:
        place = context.places.get((center.kind, center.subject_id))
        return "unknown" if place is None or not place.near or unit in place.near else "no"
    if unit in context.units_around(own):
        return "yes"
    facts = context.unit_facts.get(own)
    if facts is None:
        return "unknown"  # a unit that nobody lists may be this one under another code
    if facts["requires_center"] or facts["part_of"] is not None:
        return "no"
    over = {other for pair in context.overlapping_units if own in pair for other in pair if other != own}
    return "unknown" if not over or unit in over else "no"
