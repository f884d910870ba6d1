"""What a repair of rosters returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipps_geo.results.showing import Shown

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results.provenance import Provenance


@dataclass(frozen=True, eq=False)
class RepairResult(Shown):
    """The fewest moves after which as many stations as possible pass.

    ``moves``: kind, entity_key, name, station_from, station_to, need, cost (metres to the new station); ``stations``:
    each before and after; ``unsaved``: stations that cannot be saved and what they lack; ``shared``: the overlap graph,
    one row per pair of stations that share enterprises (station_a, station_b, shared). ``bound``: no repair that saves
    as many stations needs fewer moves. What is undetermined is no breach: ``open_before`` and ``open_after`` mark such
    stations, and ``open`` lists the answers that would settle them (station_id, entity_key, name, question:
    ``explicit_need`` or ``key_industry``, needed: how many of these have to be yes).
    """

    kind = "repair"

    status: str
    n_moves: int
    bound: int
    moves: pd.DataFrame
    stations: pd.DataFrame
    unsaved: pd.DataFrame
    shared: pd.DataFrame
    open: pd.DataFrame
    provenance: Provenance
