"""When the services of a feed run: the week's pattern, its exceptions, and the busiest of its days."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.reach.gtfs_files import NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ipps_geo.reach.gtfs_rows import LeftOut

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, eq=False)
class Calendar:
    """Patterns and exceptions of services; days as proleptic ordinals (``datetime.date.toordinal``).

    ``service``, ``start``, ``end``, ``week`` (k, 7) describe patterns; ``special``, ``day``, ``added`` exceptions.
    """

    services: pd.Index
    service: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    week: NDArray[np.bool_]
    special: NDArray[np.int64]
    day: NDArray[np.int64]
    added: NDArray[np.bool_]

    def runs(self, day: dt.date) -> NDArray[np.bool_]:
        """Return which services run on ``day``, shape (services,): the pattern, then the exceptions."""
        ordinal = day.toordinal()
        running = np.zeros(len(self.services), dtype=bool)
        running[self.service[(self.start <= ordinal) & (ordinal <= self.end) & self.week[:, day.weekday()]]] = True
        today = self.day == ordinal
        running[self.special[today & self.added]] = True
        running[self.special[today & ~self.added]] = False
        return running


def read_calendar(tables: Mapping[str, pd.DataFrame], feed: str, left_out: LeftOut) -> Calendar:
    """Return the calendar of a feed; rows with a day that is none or a kind that is unknown are left out."""
    week, special = tables["calendar.txt"], tables["calendar_dates.txt"]
    where = f"{feed}/calendar.txt"
    start, end = (_ordinals(week, column, where, left_out) for column in ("start_date", "end_date"))
    good = (start > 0) & (end >= start)
    turned = week.loc[(start > 0) & (end > 0) & (end < start)]
    left_out.add(where, turned[NUMBER].to_numpy(), "end_date", "ends_first", turned["end_date"])
    week, start, end = week.loc[good], start[good], end[good]
    left_out.refuse_many(where, len(tables["calendar.txt"]))
    where = f"{feed}/calendar_dates.txt"
    day = _ordinals(special, "date", where, left_out)
    known = special["exception_type"].isin(["1", "2"]).to_numpy()
    odd = special.loc[~known]
    left_out.add(where, odd[NUMBER].to_numpy(), "exception_type", "not_a_kind", odd["exception_type"])
    left_out.refuse_many(where, len(special))
    special, day = special.loc[known & (day > 0)], day[known & (day > 0)]
    services = pd.Index(sorted(set(week["service_id"]) | set(special["service_id"])), dtype="str")
    return Calendar(
        services,
        services.get_indexer(week["service_id"]),
        start,
        end,
        np.column_stack([(week[name] == "1").to_numpy() for name in WEEKDAYS]).reshape(-1, 7),
        services.get_indexer(special["service_id"]),
        day,
        (special["exception_type"] == "1").to_numpy(),
    )


def busiest_day(calendars: Sequence[Calendar], weights: Sequence[NDArray[np.int64]]) -> dt.date | None:
    """Return the first of the days on which most runs, over every day of the feeds; None when nothing ever runs.

    ``weights`` holds, per feed and service, what counts of it in the window; a calendar of a year long past whose
    trips are few, or none, hides no other.
    """
    days = [calendar.day for calendar in calendars] + [calendar.start for calendar in calendars]
    first = int(np.concatenate(days).min(initial=dt.date.max.toordinal()))
    ends = [calendar.day for calendar in calendars] + [calendar.end for calendar in calendars]
    last = int(np.concatenate(ends).max(initial=0))
    if last < first:
        return None
    count = np.zeros(last - first + 1, dtype=np.int64)
    # The ordinal 1 is a Monday.
    weekday = (np.arange(first, last + 1) - 1) % 7
    for calendar, weight in zip(calendars, weights, strict=True):
        for turn in range(7):
            chosen = calendar.week[:, turn]
            change = np.zeros(len(count) + 1, dtype=np.int64)
            np.add.at(change, calendar.start[chosen] - first, weight[calendar.service[chosen]])
            np.add.at(change, calendar.end[chosen] + 1 - first, -weight[calendar.service[chosen]])
            count += np.where(weekday == turn, np.cumsum(change)[:-1], 0)
        for service, day, added in zip(calendar.special, calendar.day, calendar.added, strict=True):
            pattern = (calendar.service == service) & (calendar.start <= day) & (day <= calendar.end)
            usual = bool((pattern & calendar.week[:, (day - 1) % 7]).any())
            if usual != added:
                count[day - first] += weight[service] if added else -weight[service]
    best = int(np.argmax(count))
    return dt.date.fromordinal(first + best) if count[best] > 0 else None


def _ordinals(table: pd.DataFrame, column: str, where: str, left_out: LeftOut) -> NDArray[np.int64]:
    """Return the ordinal of each day written as YYYYMMDD (or with dashes or strokes), 0 for what is none."""
    parsed: dict[str, int] = {}
    for text in table[column].unique():
        try:
            parsed[text] = dt.datetime.strptime(re.sub(r"[-/.]", "", text), "%Y%m%d").replace(tzinfo=dt.UTC).toordinal()
        except ValueError:
            parsed[text] = 0
    ordinals = table[column].map(parsed).to_numpy(np.int64) if len(table) else np.zeros(0, dtype=np.int64)
    bad = table.loc[ordinals == 0]
    left_out.add(where, bad[NUMBER].to_numpy(), column, "not_a_day", bad[column])
    return ordinals
