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
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.entities import INSIDE, OPEN, UNKNOWN, Entities, Views, entities_of, views_on
from ipps_geo.compliance.left_out import ANYBODY
from ipps_geo.compliance.overlap import Overlaps, find_overlaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.compliance.entries import Entries
    from ipps_geo.compliance.subjects import Subject
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

FREE, SHARED = 0, 1
POSSIBLE, CERTAIN = 0, 1
CENSUS_SHAPE = (2, 2, 5, 3)


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
    no enterprises; ``uncoded``: those whose credit code is not known. ``left_out``: rows that a load left out and that
    may stand here; ``strangers``: how many such rows, here or elsewhere, may be anybody, so that nobody can say whether
    the roster shares one. ``all`` tallies the roster as filed, ``residual`` what is left without the entities of
    stations that were there before.
    """

    filed: bool
    raw: int
    deduplicated: int
    excluded: int
    uncoded: int
    left_out: int
    strangers: int
    all: Tally
    residual: Tally
    book: RosterBook
    view: int

    def rows(self, wanted: Wanted | None = None) -> list[dict[str, Any]]:
        """Return one mapping per entity that counts or may count, sorted by key; ``wanted`` picks some of them."""
        return self.book.describe(self.view, wanted)

    @property
    def unfiled(self) -> tuple[str, ...]:
        """Stations that were there before, or may have been, and of which no roster is known."""
        return self.book.overlaps.unfiled.get(self.view, ())

    def overlaps(self) -> list[dict[str, Any]]:
        """Return one mapping per shared entity and other roster, sorted."""
        return self.book.overlaps.describe(self.view)


class RosterBook:
    """Every roster that the rules look at, counted in one pass over all rows."""

    def __init__(
        self, workspace: Workspace, policy: Policy, on: dt.date, subjects: Sequence[Subject], entries: Entries
    ) -> None:
        self.entries = entries
        self.views = views_on(entries, on, subjects)
        self._position = {
            (subject.role, subject.subject_id, day): number
            for number, (subject, day) in enumerate(
                zip(self.views.subjects, self.views.days.astype("datetime64[D]").tolist(), strict=True)
            )
        }
        entities = entities_of(entries, self.views, workspace, policy)
        kept = entities.kind != 0
        self.entities = Entities(*(getattr(entities, name)[kept] for name in Entities.__dataclass_fields__))
        self.overlaps: Overlaps = find_overlaps(workspace, on, self.views, self.entities, entries)
        count = len(self.views.subjects)
        read = entries.left_out[self.views.row] == 0
        self._raw = np.bincount(self.views.row_view[read], minlength=count)
        anybody = entries.possible_by_holder.get(ANYBODY, self.views.row[:0])
        anybody = anybody[entries.kind[anybody] != 0]
        self._left_out = np.bincount(self.views.row_view[~read], minlength=count) + len(anybody)
        self._dedup = np.bincount(entities.view[~entities.left_out], minlength=count)
        self._excluded = np.bincount(entities.view[~kept & ~entities.left_out], minlength=count)
        self._uncoded = np.bincount(self.entities.view[~self.entities.coded], minlength=count)
        self._strangers = _strangers(self.views, entries, anybody)
        shared = self.overlaps.shared.astype(np.int64)
        cell = np.ravel_multi_index(
            (shared, self.entities.certain.astype(np.int64), self.entities.need, self.entities.key), CENSUS_SHAPE
        )
        cells = int(np.prod(CENSUS_SHAPE))
        self._census = np.bincount(self.entities.view * cells + cell, minlength=count * cells).reshape(
            count, *CENSUS_SHAPE
        )
        self._census[:, FREE, POSSIBLE, UNKNOWN, OPEN] += len(anybody)
        self._rows = self.views.row[read][np.argsort(self.views.row_view[read], kind="stable")]
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
                int(self._left_out[view]),
                int(self._strangers[view]),
                self._all[view],
                self._residual[view],
                self,
                view,
            )
        return self._facts[view]

    def left_out_of(self, subject: Subject) -> int:
        """Return how many rows that a load left out may stand on the roster of ``subject`` on one of its days."""
        views = self._views_of.get((subject.role, subject.subject_id), ())
        return max((int(self._left_out[view]) for view in views), default=0)

    @cached_property
    def _views_of(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for (role, name, _), view in self._position.items():
            found.setdefault((role, name), []).append(view)
        return found

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


def _strangers(views: Views, entries: Entries, anybody: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, per view, how many rows that were left out may be anybody, or may make any roster share an enterprise.

    A row without code and name may be an enterprise of every other roster. One whose holder nobody knows may stand on
    any: it matters as soon as another row is, or may be, the same enterprise.
    """
    names, holders = entries.name_keys, entries.frame["holder_id"].to_numpy(dtype=object)
    blank = np.flatnonzero((entries.left_out > 0) & ~entries.coded & (names == ""))
    blank = blank[holders[blank] != ANYBODY]
    result = np.array(
        [
            sum(
                holder not in (*subject.holders, subject.subject_id, subject.institution_id)
                for holder in holders[blank]
            )
            for subject in views.subjects
        ],
        dtype=np.int64,
    )
    coded, loose = anybody[entries.coded[anybody]], anybody[~entries.coded[anybody]]
    times = np.bincount(entries.entity)
    elsewhere = np.ones(len(names), dtype=bool)
    elsewhere[loose] = False
    met = np.isin(names[loose], names[elsewhere]) | (names[loose] == "")
    met |= np.isin(loose, entries.namesake_row[entries.namesake >= 0])
    meets = (times[entries.entity[coded]] > 1) | np.isin(names[coded], names[~entries.coded & (names != "")])
    return result + int(met.sum()) + int(meets.sum())


def _tallies(census: NDArray[np.int64]) -> list[Tally]:
    """Return the tally of every view from a census of shape (views, certainty, need, key)."""
    columns = (census.sum(axis=3).tolist(), census.sum(axis=2).tolist(), census[..., INSIDE].tolist())
    return [Tally(need, key, inside) for need, key, inside in zip(*columns, strict=True)]
