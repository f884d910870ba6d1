"""Which institutions and which roster rows count on a given day, and whom a row names.

Periods are half-open: an institution counts from the day of its establishment up to, and without, the day of its
revocation, on which its roster is released. A blank day is open on that side: an institution without a known
establishment counts as already established, because leaving it out would hide an overlap.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo import identity
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
        raise BadInput("workspace.no_day", where=workspace.name)
    return day


def covers_day(first: pd.Series, end: pd.Series, on: dt.date) -> pd.Series:
    """Return, per row, whether ``on`` lies in the half-open period [first, end); a missing side is open.

    >>> days = pd.Series(pd.to_datetime(["2026-01-01", None]))
    >>> covers_day(days, pd.Series(pd.to_datetime([None, "2026-01-01"])), dt.date(2026, 1, 1)).tolist()
    [True, False]
    """
    day = pd.Timestamp(on)
    return (first.isna() | (first <= day)) & (end.isna() | (end > day))


def perhaps_revoked(institutions: pd.DataFrame) -> pd.Series:
    """Return, per row, whether something says that it was revoked, and nothing on which day."""
    told = (
        (institutions["is_revoked"] == "yes")
        | institutions["revocation_ground"].notna()
        | institutions["revocation_notified_on"].notna()
    )
    return told & institutions["revoked_on"].isna()


def accepted_applications(applications: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """Return the applications for a workstation that were accepted by ``on``, or on a day that nobody recorded."""
    day = pd.Timestamp(on)
    chosen = (
        (applications["kind"] == "establishment")
        & (applications["institution_kind"] == "workstation")
        & (applications["decision"] == "accepted")
        & ~(applications["decided_on"] > day)
        & ~(applications["applied_on"] > day)
    )
    return applications.loc[chosen]


def active_institutions(institutions: pd.DataFrame, on: dt.date, kind: str | None = None) -> pd.DataFrame:
    """Return the rows of ``institutions`` that count on day ``on``, of one kind if asked for."""
    chosen = covers_day(institutions["established_on"], institutions["revoked_on"], on)
    # Known to be revoked, on a day that nobody recorded: it is gone on the day of the data.
    chosen &= institutions["revoked_on"].notna() | (institutions["is_revoked"] != "yes")
    if kind is not None:
        chosen &= institutions["kind"] == kind
    return institutions.loc[chosen]


def binding_rosters(workspace: Workspace, on: dt.date) -> pd.DataFrame:
    """Return the roster rows that bind others on day ``on``: :func:`active_rosters`, and accepted applications'.

    The roster of an accepted application binds like that of the station it became, whether or not the station has a row
    yet; its rows carry the station's id where one is known. Those of a station that was revoked since are released.
    """
    active = active_rosters(workspace.rosters, workspace.institutions, on)
    accepted = accepted_applications(workspace.applications, on)
    if not len(accepted):
        return active
    stations = workspace.institutions.set_index("institution_id")
    known = accepted["institution_id"].isin(stations.index)
    counting = set(active_institutions(workspace.institutions, on)["institution_id"])
    begun = ~known | accepted["institution_id"].isin(counting)
    names = accepted["institution_id"].where(known, accepted["application_id"])[begun]
    holder = dict(zip(accepted.loc[begun, "application_id"], names, strict=True))
    rosters = workspace.rosters
    served = covers_day(rosters["listed_on"], rosters["delisted_on"], on)
    more = rosters.loc[rosters["holder_id"].isin(holder) & served]
    return pd.concat([active, more.assign(holder_id=more["holder_id"].map(holder))])


def active_rosters(rosters: pd.DataFrame, institutions: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """Return the roster rows in force on day ``on``: rows of active workstations, listed and not delisted.

    Rosters of revoked stations are released (Art. 9), and rosters of pending applications bind nobody, so neither is
    returned.
    """
    holders: set[Hashable] = set(active_institutions(institutions, on, "workstation")["institution_id"])
    served = covers_day(rosters["listed_on"], rosters["delisted_on"], on)
    return rosters.loc[rosters["holder_id"].isin(holders) & served]


def roster_keys(
    rosters: pd.DataFrame, enterprises: pd.DataFrame, enterprise_keys: pd.Series | None = None
) -> pd.Series:
    """Return the entity key of each roster row; a row without a code takes that of the enterprise it names by id.

    ``enterprise_keys``: the keys of ``enterprises``, where they are known already.
    """
    keys = identity.entity_keys(enterprises) if enterprise_keys is None else enterprise_keys
    known = pd.Series(keys.to_numpy(), index=enterprises["enterprise_id"].to_numpy(), dtype="str")
    own = identity.entity_keys(rosters, enterprises)
    by_id = rosters["enterprise_id"].map(known)
    return own.where(identity.has_code(own) | by_id.isna(), by_id)
