"""Qualified staff by institution, from the staff table where it has rows, else from the numbers stated.

A person who is full-time at two institutions on one day is counted at neither until somebody resolves it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.compliance.subjects import records
from ipps_geo.workspace.activity import covers_day

if TYPE_CHECKING:
    from ipps_geo.compliance.subjects import Subject


@dataclass(frozen=True)
class Headcount:
    """Persons in one mode: known to be qualified, perhaps qualified, and full-time at another institution as well."""

    qualified: int = 0
    unclear: int = 0
    double: int = 0

    def bounds(self, double: str) -> tuple[int, int]:
        """Return (least, most) under a reading of ``double_full_time``."""
        if double == "count_at_both":
            return self.qualified + self.double, self.qualified + self.unclear + self.double
        if double == "count_at_neither":
            return self.qualified, self.qualified + self.unclear
        return self.qualified, self.qualified + self.unclear + self.double


@dataclass(frozen=True)
class Staffing:
    """Headcounts by institution and mode, and the persons who are full-time at several institutions."""

    counts: Mapping[tuple[str, str], Headcount]
    listed: frozenset[str]
    double_full_time: Mapping[str, tuple[str, ...]]

    def of(self, subject: Subject, mode: str) -> Headcount | None:
        """Return the headcount of a subject in one mode; None where nothing is known."""
        holder = next((name for name in (*subject.holders, subject.subject_id) if name in self.listed), None)
        if holder is not None:
            return self.counts.get((holder, mode), Headcount())
        stated = subject.facts.get(f"{mode}_staff")
        return None if stated is None else Headcount(qualified=int(stated))

    def shared_persons(self, subject: Subject) -> list[dict[str, Any]]:
        """Return the persons who are full-time here and elsewhere, with the other institutions."""
        return [
            {"person_id": person, "institutions": list(places)}
            for person, places in sorted(self.double_full_time.items())
            if subject.subject_id in places
        ]


def staffing_of(staff: pd.DataFrame, on: dt.date) -> Staffing:
    """Return the staff in post on day ``on``."""
    rows = records(staff[covers_day(staff["from_date"], staff["to_date"], on)])
    places: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["mode"] == "full_time":
            places[row["person_id"]].add(row["institution_id"])
    double = {person: tuple(sorted(where)) for person, where in places.items() if len(where) > 1}
    persons: dict[tuple[str, str, str], str] = {}
    for row in rows:
        # Two rows of one person in one post: yes beats unknown beats no.
        post = (row["institution_id"], row["mode"], row["person_id"])
        rank = {"no": 0, "unknown": 1, "yes": 2}
        if post not in persons or rank[row["qualified"]] > rank[persons[post]]:
            persons[post] = row["qualified"]
    tallies: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (institution, mode, person), qualified in persons.items():
        tally = tallies[institution, mode]
        if qualified == "no":
            continue
        if mode == "full_time" and person in double:
            tally[2] += 1
        else:
            tally[0 if qualified == "yes" else 1] += 1
    counts = {post: Headcount(*tally) for post, tally in tallies.items()}
    return Staffing(counts, frozenset(row["institution_id"] for row in rows), double)
