"""Who becomes free when a station closes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.errors import BadInput
from ipps_geo.workspace.activity import active_institutions
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import roster_holders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ipps_geo.workspace import Workspace


def without(workspace: Workspace, stations: Iterable[str]) -> Workspace:
    """Return the workspace without these institutions: what their rosters held is free."""
    gone = workspace.institutions["institution_id"].isin(list(stations))
    return workspace.replace(institutions=workspace.institutions.loc[~gone].reset_index(drop=True))


def owners(workspace: Workspace, entities: pd.DataFrame, closable: tuple[str, ...], on: dt.date) -> NDArray[np.int64]:
    """Return, per entity, which of the stations frees it by closing, -1 where none does alone.

    Whoever stands on two rosters is freed by neither: the other still holds it.
    """
    owner = np.full(len(entities), -1, dtype=np.int64)
    if not closable:
        return owner
    active = active_institutions(workspace.institutions, on, "workstation")
    unknown = sorted(set(closable) - set(active["institution_id"]))
    if unknown:
        raise BadInput("plan.no_station_to_close", where="closable", stations=", ".join(unknown))
    keys = identity.entity_keys(workspace.enterprises)
    claimed = entities["entity_key"].isin(left_out_claims(workspace, on, keys).keys).to_numpy()
    for place, station in enumerate(closable):
        holders = roster_holders(without(workspace, [station]), on, keys)
        freed = entities["holder_id"].notna() & entities["entity_key"].map(holders).isna()
        owner[freed.to_numpy() & ~claimed] = place
    return owner
