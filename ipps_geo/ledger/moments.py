"""A moment as the tables of the ledger hold it."""

from __future__ import annotations

import datetime as dt


def stamp(moment: dt.datetime) -> str:
    """Return a moment as the tables hold it: UTC, always the same width, so that text sorts as time does.

    >>> stamp(dt.datetime(2026, 7, 5, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    '2026-07-05T00:30:00.000000Z'
    """
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> dt.datetime:
    """Return the moment that :func:`stamp` wrote.

    >>> moment("2026-07-05T00:30:00.000000Z").isoformat()
    '2026-07-05T00:30:00+00:00'
    """
    return dt.datetime.fromisoformat(text)
