"""Who stands on a roster on a day: the rows in force, and the legal entities behind them after removing duplicates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.policy import key_industry_answers
from ipps_geo.policy.key_industries import lists_in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.compliance.entries import Entries
    from ipps_geo.compliance.subjects import Subject
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

EVIDENCED, YES, NO, UNKNOWN, CONTRADICTORY = range(5)
"""What an entity says of its need (:attr:`Entities.need`)."""

OUTSIDE, OPEN, INSIDE = range(3)
"""Whether an entity is of a key industry (:attr:`Entities.key`)."""


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
    """Legal entities per view, sorted by view: one line for all rows of one entity on one roster.

    ``left_out``: every row of it was left out by a load, so that it only may stand there.
    """

    view: NDArray[np.int64]
    entity: NDArray[np.int64]
    row: NDArray[np.int64]
    coded: NDArray[np.bool_]
    kind: NDArray[np.int8]
    certain: NDArray[np.bool_]
    need: NDArray[np.int64]
    key: NDArray[np.int64]
    left_out: NDArray[np.bool_]


def views_on(entries: Entries, on: dt.date, subjects: Sequence[Subject]) -> Views:
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
    by_holder = entries.possible_by_holder
    nothing = np.zeros(0, dtype=np.int64)
    rows = []
    filed = np.zeros(len(chosen), dtype=bool)
    for number, (subject, _) in enumerate(chosen):
        held = next((by_holder[holder] for holder in subject.holders if holder in by_holder), nothing)
        rows.append(held)
        # A roster known to have been filed is an empty one where it has no row.
        filed[number] = len(held) > 0 or chosen[number][0].facts.get("roster_filed") == "yes"
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


def entities_of(entries: Entries, views: Views, workspace: Workspace, policy: Policy) -> Entities:
    """Return the entities of every view: the rows of one entity on one roster brought together."""
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
    only_left_out = ~any_of(entries.left_out[row] == 0)
    need = np.where(any_of(entries.left_out[row] == 2) & (need != NO), UNKNOWN, need)
    # Without a code, or as a branch of an unknown parent, it may be another enterprise of the roster.
    certain = (kind == 1) & coded & ~only_left_out
    return Entities(view[starts], number, row[starts], coded, kind, certain, need, key, only_left_out)


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
    homeless = np.array([s.unit is None and not s.is_organization for s in views.subjects], dtype=bool)
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
        if (lists_in_force(workspace.key_industries, day, policy)["scope"] != "city").any():
            # Of which unit a carrier's station is, decides whose lists count.
            lost = members & homeless[text_view] & (answers == OUTSIDE)
            answers[lost] = OPEN
    result = np.zeros(count, dtype=np.int64)
    np.maximum.at(result, owner, answers)
    return result
