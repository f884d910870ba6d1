"""Enterprises that a roster row which a load left out may hold: no plan offers them as free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.columns import ROSTERS
from ipps_geo.workspace import namesakes
from ipps_geo.workspace.activity import accepted_applications, active_institutions, roster_keys
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.workspace import Workspace


@dataclass(frozen=True)
class Claims:
    """``keys`` of the entities that rows left out may hold; ``unreadable`` counts rows that may hold anybody.

    ``whole`` names files and sheets of rosters that were not read at all: what stands there nobody knows.
    """

    keys: frozenset[str]
    unreadable: int
    whole: tuple[str, ...]


def left_out_claims(workspace: Workspace, on: dt.date, enterprise_keys: pd.Series | None = None) -> Claims:
    """Return what the roster rows that a load left out may hold on day ``on``.

    A row claims the entities of its credit code, of the enterprise that it names by id, and of everybody who bears or
    bore its name. Rows of a holder that is known bind nobody where it is no active workstation or accepted application.
    """
    loaded = workspace.loaded
    whole = tuple(
        " · ".join(part for part in (entry.file, entry.sheet) if part)
        for entry in loaded.unread
        if entry.weight == "error" and (entry.table or "rosters") == "rosters"
    )
    left = loaded.left_out("rosters")
    if not len(left):
        return Claims(frozenset(), 0, whole)
    enterprises = workspace.enterprises
    keys = identity.entity_keys(enterprises) if enterprise_keys is None else enterprise_keys
    rows = conform("rosters", pd.DataFrame(left).reindex(columns=list(ROSTERS.columns)).reset_index(drop=True))
    known = {*workspace.institutions["institution_id"], *workspace.applications["application_id"]}
    active = {
        *active_institutions(workspace.institutions, on, "workstation")["institution_id"],
        *accepted_applications(workspace.applications, on)["application_id"],
    }
    holder = rows["holder_id"]
    rows = rows[(~holder.isin(list(known)) | holder.isin(list(active))).to_numpy()].reset_index(drop=True)
    named = rows["name"].notna().to_numpy()
    stated = roster_keys(rows.assign(name=rows["name"].fillna("")), enterprises, keys)
    coded = np.asarray(identity.has_code(stated), dtype=bool)
    own = identity.clean_uscc(rows["uscc"])
    by_id = pd.Series(keys.to_numpy(), index=enterprises["enterprise_id"].to_numpy(), dtype="str")
    names = namesakes.name_keys(rows["name"].fillna(""), np.zeros(len(rows), dtype=bool))
    pairs = namesakes.namesakes(np.where(named, names, ""), enterprises, keys)
    listed = rows["enterprise_id"].map(by_id)
    claimed = {*stated[coded], *own.dropna(), *listed.dropna(), *pairs["entity_key"]}
    unreadable = ~(coded | named | listed.notna().to_numpy())
    return Claims(frozenset(claimed), int(unreadable.sum()), whole)
