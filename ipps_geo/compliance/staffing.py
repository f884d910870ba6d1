"""Qualified staff by institution, from the staff table where it has rows, else from the numbers stated.

A person who is full-time at two institutions on one day is counted at neither until somebody resolves it. Where the
number stated and the table contradict each other, both are bounds: neither is settled in silence.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.compliance.subjects import records
from ipps_geo.workspace.activity import covers_day

if TYPE_CHECKING:
    from ipps_geo.compliance.subjects import Subject


@dataclass(frozen=True)
class Headcount:
    """Persons in one mode: known to be qualified, perhaps qualified, and full-time at another institution as well.

    ``either``: qualified persons who are listed in both modes here, so that one of the two is wrong. ``stated``: the
    number that the institution's own row gives, where there is a table of persons beside it.
    """

    qualified: int = 0
    unclear: int = 0
    double: int = 0
    either: int = 0
    stated: int | None = None

    @property
    def contradicted(self) -> bool:
        """Whether the number stated cannot be the number of persons in the table."""
        most = self.qualified + self.unclear + self.double
        return self.stated is not None and not self.qualified <= self.stated <= most

    def bounds(self, double: str) -> tuple[int, int]:
        """Return (least, most) under a reading of ``double_full_time``."""
        least, most = self.qualified, self.qualified + self.unclear
        if double == "count_at_both":
            least, most = least + self.double, most + self.double
        elif double != "count_at_neither":
            most += self.double
        if self.stated is not None and self.contradicted:
            return min(least, self.stated), max(most, self.stated)
        return least, most


@dataclass(frozen=True)
class Staffing:
    """Headcounts by institution and mode, and the persons who are full-time at several institutions.

    ``listed``: institutions with somebody in post; ``left``: those of whose persons everybody has left.
    """

    counts: Mapping[tuple[str, str], Headcount]
    listed: frozenset[str]
    left: frozenset[str]
    double_full_time: Mapping[str, tuple[str, ...]]
    stations: Mapping[str, str]

    def of(self, subject: Subject, mode: str) -> Headcount | None:
        """Return the headcount of a subject in one mode; None where nothing is known."""
        holder = next((name for name in (*subject.holders, subject.subject_id) if name in self.listed), None)
        stated = subject.facts.get(f"{mode}_staff")
        if holder is not None or (stated is not None and subject.subject_id in self.left):
            counted = self.counts.get((holder or "", mode), Headcount())
            return counted if stated is None else replace(counted, stated=int(stated))
        return None if stated is None else Headcount(qualified=int(stated))

    def shared_persons(self, subject: Subject) -> list[dict[str, Any]]:
        """Return the persons who are full-time here and elsewhere, with the other institutions."""
        return [
            {"person_id": person, "institutions": list(places)}
            for person, places in sorted(self.double_full_time.items())
            if self.stations.get(subject.subject_id, subject.subject_id) in places
        ]


def staffing_of(staff: pd.DataFrame, on: dt.date, stations: Mapping[str, str] | None = None) -> Staffing:
    """Return the staff in post on day ``on``; ``stations`` gives the institution that an application became."""
    stations = stations or {}
    rows = records(staff[covers_day(staff["from_date"], staff["to_date"], on)])
    places: dict[str, set[str]] = defaultdict(set)
    modes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        modes[row["institution_id"], row["person_id"]].add(row["mode"])
        if row["mode"] == "full_time":
            places[row["person_id"]].add(stations.get(row["institution_id"], row["institution_id"]))
    double = {person: tuple(sorted(where)) for person, where in places.items() if len(where) > 1}
    answers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        answers[row["person_id"]].add(row["qualified"])
    persons: dict[tuple[str, str, str], str] = {}
    for row in rows:
        # Rows of one person together: yes and no are unknown, yes and unknown are yes.
        said = answers[row["person_id"]]
        told = "no" if said == {"no"} else "yes" if "yes" in said and "no" not in said else "unknown"
        persons[row["institution_id"], row["mode"], row["person_id"]] = told
    tallies: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (institution, mode, person), qualified in persons.items():
        tally = tallies[institution, mode]
        if qualified == "no":
            continue
        if mode == "full_time" and person in double:
            tally[2] += 1
        else:
            both = len(modes[institution, person]) > 1
            tally[0 if qualified == "yes" and not both else 1] += 1
            tally[3] += qualified == "yes" and both
    counts = {post: Headcount(*tally) for post, tally in tallies.items()}
    listed = frozenset(row["institution_id"] for row in rows)
    ended = staff.loc[staff["to_date"] <= pd.Timestamp(on), "institution_id"]
    return Staffing(counts, listed, frozenset(ended) - listed, double, stations)
