"""Days as the law counts them: natural days, the first day left out, the corresponding day, the end of the month.

The Civil Code (Art. 201, 202) is followed by analogy: a year from 29 February ends on 28 February.
"""

from __future__ import annotations

import calendar
import datetime as dt


def add_years(day: dt.date, years: int) -> dt.date:
    """Return the corresponding day ``years`` later, or the last day of that month where there is none.

    >>> add_years(dt.date(2024, 2, 29), 1)
    datetime.date(2025, 2, 28)
    """
    year = day.year + years
    return dt.date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def add_days(day: dt.date, days: int) -> dt.date:
    """Return the day ``days`` natural days later; the first day is not counted."""
    return day + dt.timedelta(days=days)
