"""Rosters on a day: entities after removing duplicates, counted once by need, key industry, certainty and overlap.

Every figure of Art. 7(2) comes from one small table per roster, the *census*: how many legal entities are

* free or shared with a station that was there before (axis 0),
* certain, or only possible, as enterprises of their own (axis 1; not an enterprise at all: left out),
* in need with dated evidence, in need, not in need, unknown, contradictory (axis 2),
* outside the key industries, unknown, inside (axis 3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance.overlap import Overlaps, find_overlaps
from ipps_geo.policy import key_industry_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.compliance.entries import Entries
    from ipps_geo.compliance.subjects import Subject
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

FREE, SHARED = 0, 1
POSSIBLE, CERTAIN = 0, 1
EVIDENCED, YES, NO, UNKNOWN, CONTRADICTORY = range(5)
OUTSIDE, OPEN, INSIDE = range(3)
CENSUS_SHAPE = (2, 2, 5, 3)


@dataclass(frozen=True, eq=False)
class Views:
    """Rosters to count: one per subject and day, in order."""

    subjects: tuple[Subject, ...]
    days: NDArray[np.datetime64]
    pending: NDArray[np.bool_]
    filed: NDArray[np.bool_]
    row_view: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Entities:
    """Legal entities per view, sorted by view: one line for all rows of one entity on one roster."""

    view: NDArray[np.int64]
    entity: NDArray[np.int64]
    row: NDArray[np.int64]
    coded: NDArray[np.bool_]
    kind: NDArray[np.int8]
    certain: NDArray[np.bool_]
    need: NDArray[np.int64]
    key: NDArray[np.int64]


Wanted = Callable[[Entities, "NDArray[np.int64]"], "NDArray[np.bool_]"]
"""Says which of the entities at some positions are wanted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A census folded to what the rules compare, as plain numbers: [certainty][answer].

    ``need`` by the five answers, ``key`` by the three of the key industries, ``inside`` by need among those inside.
    """

    need: list[list[int]]
    key: list[list[int]]
    inside: list[list[int]]

    @property
    def count(self) -> tuple[int, int]:
        """Least and most enterprises."""
        certain = sum(self.key[CERTAIN])
        return certain, certain + sum(self.key[POSSIBLE])

    @property
    def in_key_industries(self) -> tuple[int, int]:
        """Least and most enterprises in key industries."""
        possible, certain = self.key
        return certain[INSIDE], certain[INSIDE] + certain[OPEN] + possible[INSIDE] + possible[OPEN]


@dataclass(frozen=True, eq=False)
class RosterFacts:
    """One roster on one day.

    ``filed``: any row was ever filed. ``raw``: rows in force; ``deduplicated``: entities; ``excluded``: those that are
    no enterprises; ``uncoded``: those whose credit code is not known. ``all`` tallies the roster as filed,
    ``residual`` what is left without the entities of stations that were there before.
    """

    filed: bool
    raw: int
    deduplicated: int
    excluded: int
    uncoded: int
    all: Tally
    residual: Tally
    book: RosterBook
    view: int

    def rows(self, wanted: Wanted | None = None) -> list[dict[str, Any]]:
        """Return one mapping per entity that counts or may count, sorted by key; ``wanted`` picks some of them."""
        return self.book.describe(self.view, wanted)

    def overlaps(self) -> list[dict[str, Any]]:
        """Return one mapping per shared entity and other roster, sorted."""
        return self.book.overlaps.describe(self.view)


class RosterBook:
    """Every roster that the rules look at, counted in one pass over all rows."""

    def __init__(
        self, workspace: Workspace, policy: Policy, on: dt.date, subjects: Sequence[Subject], entries: Entries
    ) -> None:
        self.entries = entries
        self.views = _views(entries, on, subjects)
        self._position = {
            (subject.role, subject.subject_id, day): number
            for number, (subject, day) in enumerate(
                zip(self.views.subjects, self.views.days.astype("datetime64[D]").tolist(), strict=True)
            )
        }
        entities = _entities(entries, self.views, workspace, policy)
        kept = entities.kind != 0
        self.entities = Entities(*(getattr(entities, name)[kept] for name in Entities.__dataclass_fields__))
        self.overlaps: Overlaps = find_overlaps(workspace, on, self.views, self.entities, entries)
        count = len(self.views.subjects)
        self._raw = np.bincount(self.views.row_view, minlength=count)
        self._dedup = np.bincount(entities.view, minlength=count)
        self._excluded = np.bincount(entities.view[~kept], minlength=count)
        self._uncoded = np.bincount(self.entities.view[~self.entities.coded], minlength=count)
        shared = self.overlaps.shared.astype(np.int64)
        cell = np.ravel_multi_index(
            (shared, self.entities.certain.astype(np.int64), self.entities.need, self.entities.key), CENSUS_SHAPE
        )
        cells = int(np.prod(CENSUS_SHAPE))
        self._census = np.bincount(self.entities.view * cells + cell, minlength=count * cells).reshape(
            count, *CENSUS_SHAPE
        )
        self._rows = self.views.row[np.argsort(self.views.row_view, kind="stable")]
        self._row_starts = np.concatenate([[0], np.cumsum(self._raw)])
        self._all = _tallies(self._census.sum(axis=1))
        self._residual = _tallies(self._census[:, FREE])
        self._facts: dict[int, RosterFacts] = {}
        self._starts = np.searchsorted(self.entities.view, np.arange(count + 1))

    def of(self, subject: Subject, day: dt.date) -> RosterFacts:
        """Return the roster of ``subject`` on ``day``, one of the days on which it is judged."""
        view = self._position[subject.role, subject.subject_id, day]
        if view not in self._facts:
            self._facts[view] = RosterFacts(
                bool(self.views.filed[view]),
                int(self._raw[view]),
                int(self._dedup[view]),
                int(self._excluded[view]),
                int(self._uncoded[view]),
                self._all[view],
                self._residual[view],
                self,
                view,
            )
        return self._facts[view]

    def rows_of(self, subject: Subject, day: dt.date) -> NDArray[np.int64]:
        """Return the positions of the rows in force on ``day``; none where the subject has no roster on that day."""
        view = self._position.get((subject.role, subject.subject_id, day))
        return self.views.row[:0] if view is None else self._rows[self._row_starts[view] : self._row_starts[view + 1]]

    def describe(self, view: int, wanted: Wanted | None = None) -> list[dict[str, Any]]:
        """Return the entities of one view as mappings: key, name, certain, need, key_industry, shared, coded."""
        entities, texts = self.entities, self.entries.texts
        chosen = np.arange(self._starts[view], self._starts[view + 1])
        if wanted is not None:
            chosen = chosen[wanted(entities, chosen)]
        rows = entities.row[chosen]
        lines = zip(
            texts["key"][rows].tolist(),
            texts["name"][rows].tolist(),
            texts["industry_codes"][rows].tolist(),
            entities.coded[chosen].tolist(),
            entities.certain[chosen].tolist(),
            entities.need[chosen].tolist(),
            entities.key[chosen].tolist(),
            self.overlaps.shared[chosen].tolist(),
            rows.tolist(),
            strict=True,
        )
        return [
            {
                "entity": key,
                "name": name,
                "industry_codes": codes,
                "coded": coded,
                "certain": certain,
                "need": need,
                "key": key_industry,
                "shared": shared,
                "row": row,
            }
            for key, name, codes, coded, certain, need, key_industry, shared, row in sorted(
                lines, key=lambda line: (str(line[0]), str(line[1]), line[8])
            )
        ]


def _tallies(census: NDArray[np.int64]) -> list[Tally]:
    """Return the tally of every view from a census of shape (views, certainty, need, key)."""
    columns = (census.sum(axis=3).tolist(), census.sum(axis=2).tolist(), census[..., INSIDE].tolist())
    return [Tally(need, key, inside) for need, key, inside in zip(*columns, strict=True)]


def _views(entries: Entries, on: dt.date, subjects: Sequence[Subject]) -> Views:
    """Return the rosters to count, with the rows in force on each one's day."""
    chosen: list[tuple[Subject, dt.date]] = []
    for subject in subjects:
        if subject.institution_kind != "workstation" or subject.role not in (
            "established",
            "establishment",
            "proposal",
        ):
            continue
        days = {day for day in subject.days(on, "both") if day is not None} | {
            on if not subject.decided_on else subject.decided_on
        }
        if subject.role == "established":
            days = {on}
        chosen.extend((subject, day) for day in sorted(days))
    by_holder = entries.rows_by_holder
    nothing = np.zeros(0, dtype=np.int64)
    rows = []
    filed = np.zeros(len(chosen), dtype=bool)
    for number, (subject, _) in enumerate(chosen):
        held = next((by_holder[holder] for holder in subject.holders if holder in by_holder), nothing)
        rows.append(held)
        filed[number] = len(held) > 0
    days_array = np.array([day for _, day in chosen], dtype="datetime64[s]")
    view = np.repeat(np.arange(len(chosen)), [len(held) for held in rows])
    row = np.concatenate([nothing, *rows])
    in_force = _covers(entries.listed[row], entries.delisted[row], days_array[view])
    return Views(
        tuple(subject for subject, _ in chosen),
        days_array,
        np.array([subject.is_applicant and subject.decided_on is None for subject, _ in chosen], dtype=bool),
        filed,
        view[in_force],
        row[in_force],
    )


def _covers(
    first: NDArray[np.datetime64], end: NDArray[np.datetime64], day: NDArray[np.datetime64]
) -> NDArray[np.bool_]:
    """Return whether each day lies in its half-open period (as ``activity.covers_day``, with a day per row)."""
    result: NDArray[np.bool_] = (np.isnat(first) | (first <= day)) & (np.isnat(end) | (end > day))
    return result


def _entities(entries: Entries, views: Views, workspace: Workspace, policy: Policy) -> Entities:
    """Bring the rows of one entity on one roster together."""
    entity = entries.entity[views.row]
    order = np.lexsort((views.row, entity, views.row_view))
    view, row, entity = views.row_view[order], views.row[order], entity[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (view[1:] != view[:-1]) | (entity[1:] != entity[:-1])
    starts = np.flatnonzero(first)
    line = np.cumsum(first) - 1

    def any_of(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.bincount(line[flags], minlength=len(starts)) > 0

    known = np.isnat(entries.need_date[row]) | (entries.need_date[row] <= views.days[view])
    yes = any_of((entries.need[row] == 1) & known)
    evidenced = any_of((entries.need[row] == 1) & known & entries.has_evidence[row])
    no = any_of((entries.need[row] == 0) & known)
    number = entity[starts]
    silent = ~(yes | no)
    day = views.days[view[starts]]  # a missing first day is no answer: nothing is later than it
    yes |= silent & (entries.register_yes[number] <= day)
    no |= silent & (entries.register_no[number] <= day)
    evidenced |= silent & (entries.register_evidence[number] <= day)
    need = np.select([yes & no, evidenced, yes, no], [CONTRADICTORY, EVIDENCED, YES, NO], default=UNKNOWN)
    kind = np.maximum.reduceat(entries.kind[row], starts) if len(starts) else np.zeros(0, dtype=np.int8)
    coded = ~any_of(~entries.coded[row])  # a row that calls a code a branch's casts doubt on the others
    key = _key_industries(entries, views, workspace, policy, view, row, line, number, view[starts])
    # Without a code, or as a branch of an unknown parent, it may be another enterprise of the roster.
    return Entities(view[starts], number, row[starts], coded, kind, (kind == 1) & coded, need, key)


def _key_industries(
    entries: Entries,
    views: Views,
    workspace: Workspace,
    policy: Policy,
    view: NDArray[np.int64],
    row: NDArray[np.int64],
    line: NDArray[np.int64],
    number: NDArray[np.int64],
    line_view: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return OUTSIDE, OPEN or INSIDE per entity, under the lists of its roster's unit on its roster's day."""
    count = len(number)
    filed = entries.frame["industry_codes"].iloc[row]
    has_codes = filed.notna().to_numpy()
    silent = np.bincount(line[has_codes], minlength=count) == 0
    from_register = pd.Series(entries.register_codes[number[silent]], dtype="str")
    texts = pd.concat([filed[has_codes], from_register], ignore_index=True)
    owner = np.concatenate([line[has_codes], np.flatnonzero(silent)])
    text_view = np.concatenate([view[has_codes], line_view[silent]])
    units = pd.Series([subject.unit for subject in views.subjects], dtype="str")
    answers = np.zeros(len(texts), dtype=np.int64)
    # Lists change on few days: rosters between two changes are judged together.
    changes = pd.concat([workspace.key_industries["valid_from"], workspace.key_industries["valid_to"]]).dropna()
    period = np.searchsorted(np.unique(changes.to_numpy(dtype="datetime64[s]")), views.days, side="right")
    for chosen in np.unique(period):
        members = period[text_view] == chosen
        day = views.days[period == chosen][0].astype("datetime64[D]").item()
        unit = units.iloc[text_view[members]].reset_index(drop=True)
        found = key_industry_answers(texts[members].reset_index(drop=True), workspace.key_industries, unit, day, policy)
        answers[members] = found.map({"no": OUTSIDE, "unknown": OPEN, "yes": INSIDE}).to_numpy()
    result = np.zeros(count, dtype=np.int64)
    np.maximum.at(result, owner, answers)
    return result


def similar_name(name: str, others: Sequence[str], cutoff: int) -> str | None:
    """Return the one of ``others`` (normalised names) that is most like ``name``, at least ``cutoff`` percent."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(name, others, scorer=fuzz.ratio, score_cutoff=cutoff)
    return None if best is None else str(best[0])
