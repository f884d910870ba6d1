"""Which institutions and which roster rows count on a given day.

Periods are half-open: an institution counts from the day of its establishment up to, and without, the day of its
revocation, on which its roster is released. A blank day is open on that side: an institution without a known
establishment counts as already established, because leaving it out would hide an overlap.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ipps_geo.workspace.model import Workspace


def day_of(workspace: Workspace, on: dt.date | None) -> dt.date:
    """Return the day to look at: ``on``, else the workspace's data date, so that no result depends on the clock.

    Raises
    ------
    BadInput
        Neither is known.
    """
    day = on or workspace.data_date
    if day is None:
        raise BadInput(
            "the day to look at is unknown",
            where=workspace.name,
            advice="state the day, or the data date: on the page Data, or as data_date in workspace.toml",
        )
    return day


def covers_day(first: pd.Series, end: pd.Series, on: dt.date) -> pd.Series:
    """Return, per row, whether ``on`` lies in the half-open period [first, end); a missing side is open.

    >>> days = pd.Series(pd.to_datetime(["2026-01-01", None]))
    >>> covers_day(days, pd.Series(pd.to_datetime([None, "2026-01-01"])), dt.date(2026, 1, 1)).tolist()
    [True, False]
    """
    day = pd.Timestamp(on)
    return (first.isna() | (first <= day)) & (end.isna() | (end > day))


def active_institutions(institutions: pd.DataFrame, on: dt.date, kind: str | None = None) -> pd.DataFrame:
    """Return the rows of ``institutions`` that count on day ``on``, of one kind if asked for."""
    chosen = covers_day(institutions["established_on"], institutions["revoked_on"], on)
    if kind is not None:
        chosen &= institutions["kind"] == kind
    return institutions.loc[chosen]


def active_rosters(rosters: pd.DataFrame, institutions: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """Return the roster rows in force on day ``on``: rows of active workstations, listed and not delisted.

    Rosters of revoked stations are released (Art. 9), and rosters of pending applications bind nobody, so neither is
    returned.
    """
    holders: set[Hashable] = set(active_institutions(institutions, on, "workstation")["institution_id"])
    served = covers_day(rosters["listed_on"], rosters["delisted_on"], on)
    return rosters.loc[rosters["holder_id"].isin(holders) & served]
