"""What a load left out, as the rules need it: possible rows of rosters, entities in doubt, gaps by table."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.columns import ROSTERS, TABLES
from ipps_geo.compliance.subjects import PROPOSAL_HOLDER
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace

ANYBODY = "\0anybody"
"""Holder of a roster row whose own could not be read, or names nobody: it may stand on any roster."""


def possible_rows(workspace: Workspace) -> pd.DataFrame:
    """Return the roster rows that a load left out, as rows of the roster table.

    A holder that could not be read, or that no institution or application is called, is :data:`ANYBODY`. The column
    ``need_hidden`` says that the answer of the row could not be read.
    """
    left = workspace.loaded.left_out("rosters")
    if left.empty:
        return _no_rows().copy()
    given = pd.DataFrame(left).reindex(columns=list(ROSTERS.columns)).reset_index(drop=True)
    hidden = given["explicit_need"].isna().to_numpy()
    rows = conform("rosters", given)
    known = {*workspace.institutions["institution_id"], *workspace.applications["application_id"], PROPOSAL_HOLDER}
    rows["holder_id"] = rows["holder_id"].where(rows["holder_id"].isin(list(known)), ANYBODY)
    rows["name"] = rows["name"].fillna("")
    return rows.assign(need_hidden=hidden)


@functools.cache
def _no_rows() -> pd.DataFrame:
    return conform("rosters", pd.DataFrame(columns=list(ROSTERS.columns))).assign(need_hidden=np.zeros(0, dtype=bool))


def doubted_entities(workspace: Workspace) -> tuple[frozenset[str], frozenset[str]]:
    """Return (entity keys, ids of enterprises) that the register no longer settles: their rows were left out."""
    left = workspace.loaded.left_out("enterprises")
    if not len(left):
        return frozenset(), frozenset()
    columns = [name for name in TABLES["enterprises"].columns if name != "geometry"]
    rows = conform("enterprises", pd.DataFrame(left).reindex(columns=columns).reset_index(drop=True))
    keys = identity.entity_keys(rows.assign(name=rows["name"].fillna("")))
    named = keys[rows["name"].notna() | identity.has_code(keys)]
    own = identity.clean_uscc(rows["uscc"])
    return frozenset(named.dropna()) | frozenset(own.dropna()), frozenset(rows["enterprise_id"].dropna())


@dataclass(frozen=True)
class Gap:
    """Rows of one table that a load left out, as far as they were read; ``count`` is None where nobody knows it."""

    table: str
    count: int | None
    rows: pd.DataFrame


def gaps_of(workspace: Workspace) -> tuple[Gap, ...]:
    """Return what a load left out, by table; a table of which a whole part was not read has no number."""
    loaded = workspace.loaded
    return tuple(
        Gap(name, None if name in loaded.open_tables else len(loaded.left_out(name)), loaded.left_out(name))
        for name in TABLES
        if name in loaded.open_tables or len(loaded.rows.get(name, ()))
    )
