"""Bans on new applications (Art. 9(3)): who is barred, through which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipps_geo.compliance.calendar import add_years
from ipps_geo.identity import UsccCheck, normalise_name, normalise_uscc, uscc_check

if TYPE_CHECKING:
    from ipps_geo.compliance.subjects import Subject


@dataclass(frozen=True)
class Ban:
    """A ban by legal entity and by station; ``uscc`` and the two days are None where they are not known.

    ``certain``: the ground is known to bar; a revocation of unknown ground may be one that does.
    """

    institution_id: str
    uscc: str | None
    name: str | None
    decided_on: dt.date | None
    notified_on: dt.date | None
    certain: bool

    def period(self, start: str, years: int) -> tuple[dt.date, dt.date] | None:
        """Return (first, last) day of the ban, both barred; ``start`` is ``decision`` or ``notice``."""
        first = self.decided_on if start == "decision" else self.notified_on
        return None if first is None else (first, add_years(first, years))


def bans_of(institutions: Iterable[Subject], on: dt.date) -> tuple[Ban, ...]:
    """Return the bans that follow, or may follow, from revocations decided by ``on`` or on an unknown day.

    Art. 9(3) is about centres and workstations; the grounds of other institutions bar nobody (Art. 10).
    """
    return tuple(
        Ban(
            subject.subject_id,
            usable_code(subject.facts.get("undertaking_uscc")),
            subject.facts.get("undertaking_name"),
            subject.facts.get("revoked_on"),
            subject.facts.get("revocation_notified_on"),
            "conduct" in subject.grounds,
        )
        for subject in sorted(institutions, key=lambda subject: subject.subject_id)
        if subject.institution_kind in ("district_center", "workstation")
        and ("conduct" in subject.grounds or (not subject.grounds and _is_revoked(subject)))
        and (subject.facts.get("revoked_on") is None or subject.facts["revoked_on"] <= on)
    )


def _is_revoked(subject: Subject) -> bool:
    return subject.role == "revoked" or subject.perhaps_revoked


def usable_code(text: str | None) -> str | None:
    """Return a credit code normalised, or None where the text is not one."""
    if text is None:
        return None
    code = normalise_uscc(text)
    return None if uscc_check(code) is UsccCheck.MALFORMED else code


def same_name(first: str | None, second: str | None) -> bool:
    """Whether two names are one apart from width, blanks and brackets."""
    return first is not None and second is not None and normalise_name(first) == normalise_name(second)
