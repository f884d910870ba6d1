"""Whose rosters bind others (Art. 7(2)): established stations, and accepted applications that became one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.workspace.activity import accepted_applications, perhaps_revoked

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace


def binding_holders(workspace: Workspace, holders: Collection[str], on: dt.date) -> pd.DataFrame:
    """Return one row per holder whose roster binds others: stations, and accepted applications.

    ``holders``: ids that have roster rows. Columns: holder (of the roster rows), station (shown), institution, since,
    until, doubtful (whether it still counts is not known), empty (a roster without rows was filed), filed.
    """
    stations = workspace.institutions[workspace.institutions["kind"] == "workstation"]
    if workspace.data_date is None or on >= workspace.data_date:  # known to be revoked, whatever the day
        gone = (stations["is_revoked"] == "yes") & stations["revoked_on"].isna()
        stations = stations[~gone]
    own = pd.DataFrame(
        {
            "holder": stations["institution_id"],
            "since": stations["established_on"],
            "until": stations["revoked_on"],
            "doubtful": perhaps_revoked(stations),
            "empty": stations["roster_filed"] == "yes",
        }
    ).reset_index(drop=True)
    own["station"] = own["institution"] = own["holder"]
    own["filed"] = own["holder"].isin(holders) | own["empty"]
    accepted = accepted_applications(workspace.applications, on)
    row = pd.Index(own["holder"]).get_indexer(accepted["institution_id"])
    linked = accepted.assign(row=row)[row >= 0]
    # The station's own roster takes the place of the one it applied with.
    still = linked[~own["filed"].to_numpy()[linked["row"].to_numpy()]]
    still = still[still["application_id"].isin(holders) | (still["roster_filed"] == "yes")]
    moved = own.iloc[still["row"].to_numpy()].assign(holder=still["application_id"].to_numpy(), filed=True)
    own.loc[own["holder"].isin(moved["station"]), "filed"] = True
    bare = accepted[row < 0]
    alone = pd.DataFrame(
        {
            "holder": bare["application_id"],
            "since": bare["decided_on"],
            "until": pd.Series(pd.NaT, index=bare.index, dtype="datetime64[s]"),
            "doubtful": False,
            "empty": bare["roster_filed"] == "yes",
            "station": bare["application_id"],
            "institution": bare["institution_id"].where(bare["institution_id"].notna(), bare["application_id"]),
            "filed": bare["application_id"].isin(holders) | (bare["roster_filed"] == "yes"),
        }
    )
    parts = [part for part in (own, moved, alone) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else own
