"""Repair: the fewest moves after which every station that can be saved passes Art. 7(2).

Rosters that share enterprises, fall short of the minimum or of the need share, or list enterprises outside the key
industries are put right by three kinds of move: *release* (a station lets an enterprise go), *transfer* (an enterprise
changes its station) and *add* (an unserved enterprise within reach joins). The program stands in
:mod:`ipps_geo.siting.rosters.repair_program`, its proof in :mod:`ipps_geo.siting.rosters.repair_search`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.rosters.repair_case import RepairCase, passing
from ipps_geo.siting.rosters.repair_search import solve_repair
from ipps_geo.siting.workstations.eligibility import largest_roster

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

MOVE_KINDS = ("release", "transfer", "add")
UNSAVED_REASONS = ("cannot_reach_minimum", "cannot_reach_need_share", "competes", "time_limit")
"""Why a station cannot be saved: too few within reach; enough, but too few with need; another station needs them
too (not all can pass together); or the time was up."""


@dataclass(frozen=True, eq=False)
class RepairPlan:
    """Moves and their proof.

    Attributes
    ----------
    status
        ``optimal``: no smaller number of moves saves as many stations; ``feasible``: the bound is lower.
    n_moves, bound
        Number of moves, and a number that no repair can go below.
    moves
        One row per move, sorted: ``kind`` (:data:`MOVE_KINDS`), ``entity_key``, ``station_from``, ``station_to``
        (missing where there is none), ``need`` (1, 0, -1), ``cost`` of reach to the new station.
    stations
        One row per station in the given order: ``station_id``, ``members_before``, ``with_need_before``,
        ``shared_before``, ``not_eligible_before``, ``passed_before`` (alone, and without a shared enterprise),
        ``members_after``, ``with_need_after``, ``passes_after``.
    unsaved
        One row per station that does not pass afterwards: ``station_id``, ``reason`` (:data:`UNSAVED_REASONS`),
        ``largest_roster`` that it could have if all within reach were its own, ``shortfall`` to the minimum,
        ``need_shortfall`` to the number with need that the minimum roster asks for.
    rosters
        The rosters afterwards: ``station_id``, ``entity_key``.
    """

    status: Literal["optimal", "feasible"]
    n_moves: int
    bound: int
    moves: pd.DataFrame
    stations: pd.DataFrame
    unsaved: pd.DataFrame
    rosters: pd.DataFrame


def repair_rosters(
    rosters: pd.DataFrame,
    entities: pd.DataFrame,
    stations: pd.DataFrame,
    reach: Reach,
    *,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    time_limit_s: float = 30.0,
    refine_until_s: float = 8.0,
) -> RepairPlan:
    """Find the fewest moves after which as many stations as possible pass.

    A station passes with at least ``min_roster`` enterprises, ``den * k >= num * n`` of them with a known need, all in
    a key industry, none on another roster. First the number of passing stations is made as large as can be, then the
    number of moves as small as can be. Among equals, a shared enterprise stays with the station established first.

    Parameters
    ----------
    rosters
        ``station_id``, ``entity_key``, and ``eligible`` (bool: in a key industry; all are when there is no such
        column). A row listed twice counts once.
    entities
        ``entity_key`` (unique), ``need`` (1, 0, -1; unknown counts as none): everybody on a roster, and the unserved.
    stations
        ``station_id`` (unique) and ``established`` (a date or any number; missing last): the order of establishment.
    reach
        Rows as in ``entities``, sites as in ``stations``: who may join which station, eligibility included. Members
        need not be within reach of the station that they are with.
    time_limit_s
        Wall time for a plan within a few moves in a thousand of the bound; about a tenth more may pass.
    refine_until_s
        A plan found before this time is refined, up to the proof, until this time.

    Raises
    ------
    BadInput
        Columns or rows are missing, or the tables do not fit together.

    Examples
    --------
    >>> rosters = pd.DataFrame({"station_id": ["A", "A", "B", "B"], "entity_key": ["w", "x", "x", "y"]})
    >>> entities = pd.DataFrame({"entity_key": ["w", "x", "y", "z"], "need": 1})
    >>> stations = pd.DataFrame({"station_id": ["A", "B"], "established": [2024, 2025]})
    >>> reach = Reach.from_points([[0, 0], [5, 0], [9, 0], [9, 1]], [[0, 0], [9, 0]], 5)
    >>> plan = repair_rosters(rosters, entities, stations, reach, min_roster=2)
    >>> plan.moves[["kind", "entity_key", "station_from", "station_to"]].fillna("-").values.tolist()
    [['release', 'x', 'B', '-'], ['add', 'z', '-', 'B']]
    """
    tables = _Tables(rosters, entities, stations, reach)
    case = tables.case(min_roster, need_share)
    solution = solve_repair(case, time_limit_s, refine_until_s)
    moves = tables.moves(solution.ends)
    return RepairPlan(
        "optimal" if solution.proven else "feasible",
        len(moves),
        min(solution.bound, len(moves)),
        moves,
        tables.stations_table(case, solution.ends, solution.passes),
        tables.unsaved(case, solution.passes, solution.certain),
        tables.rosters_after(solution.ends),
    )


class _Tables:
    """The three tables by position: entities sorted by key, stations as given."""

    def __init__(self, rosters: pd.DataFrame, entities: pd.DataFrame, stations: pd.DataFrame, reach: Reach) -> None:
        for frame, columns, where in (
            (rosters, ("station_id", "entity_key"), "rosters"),
            (entities, ("entity_key", "need"), "entities"),
            (stations, ("station_id", "established"), "stations"),
        ):
            missing = [column for column in columns if column not in frame.columns]
            if missing:
                raise BadInput("siting.column_missing", where=where, column=missing[0])
            if where != "rosters" and frame[columns[0]].duplicated().any():
                raise BadInput("siting.key_repeated", where=where, key=columns[0])
        if (reach.n_demand, reach.n_sites) != (len(entities), len(stations)):
            raise BadInput(
                "siting.reach_other_size",
                where="reach",
                n_demand=reach.n_demand,
                n_sites=reach.n_sites,
                n_entities=len(entities),
                n_stations=len(stations),
            )
        if not entities["need"].isin([1, 0, -1]).all():
            raise BadInput("siting.needs_wrong", where="entities.need")
        order = np.argsort(entities["entity_key"].to_numpy(dtype=str), kind="stable")
        self.keys = entities["entity_key"].to_numpy(dtype=object)[order]
        self.needs = entities["need"].to_numpy(np.int64)[order]
        self.ids = stations["station_id"].to_numpy(dtype=object)
        self.pairs = reach.pairs[order]
        self.rank = stations["established"].rank(method="first", na_option="bottom").to_numpy(np.int64)
        self.entity, self.station, self.eligible = self._entries(rosters)

    def _entries(self, rosters: pd.DataFrame) -> tuple[Longs, Longs, NDArray[np.bool_]]:
        """Roster entries by position, once each, ordered by entity and then by establishment of the station."""
        entity = pd.Index(self.keys).get_indexer(rosters["entity_key"])
        station = pd.Index(self.ids).get_indexer(rosters["station_id"])
        for found, column, table in ((entity, "entity_key", "entities"), (station, "station_id", "stations")):
            if (found < 0).any():
                stranger = rosters[column].iloc[int(np.flatnonzero(found < 0)[0])]
                raise BadInput("siting.unknown_key", where=f"rosters.{column}", key=stranger, table=table)
        eligible = rosters["eligible"].to_numpy(bool) if "eligible" in rosters else np.ones(len(rosters), dtype=bool)
        # An entry listed twice is eligible only when both rows say so.
        order = np.lexsort((eligible, self.rank[station], entity))
        entity, station, eligible = entity[order], station[order], eligible[order]
        first = np.ones(len(entity), dtype=bool)
        first[1:] = (np.diff(entity) != 0) | (np.diff(station) != 0)
        return entity[first].astype(np.int64), station[first].astype(np.int64), eligible[first]

    def case(self, min_roster: int, need_share: tuple[int, int]) -> RepairCase:
        holders: list[list[tuple[int, bool]]] = [[] for _ in self.keys]
        for e, j, keeps in zip(self.entity.tolist(), self.station.tolist(), self.eligible.tolist(), strict=True):
            holders[e].append((j, keeps))
        most = largest_roster(*self._within(), need_share)
        return RepairCase(
            self.needs == 1,
            tuple(tuple(held) for held in holders),
            self.pairs.indptr.astype(np.int64),
            self.pairs.indices.astype(np.int32),
            self.pairs.data,
            len(self.ids),
            most < min_roster,
            min_roster,
            need_share,
        )

    def _within(self) -> tuple[Longs, Longs]:
        """Per station, entities with and without need that it keeps or may take in."""
        rows = np.repeat(np.arange(len(self.keys)), np.diff(self.pairs.indptr))
        kept = self.eligible
        entity = np.concatenate([rows, self.entity[kept]])
        station = np.concatenate([self.pairs.indices, self.station[kept]])
        pair = np.unique(entity * max(len(self.ids), 1) + station)
        entity, station = pair // max(len(self.ids), 1), pair % max(len(self.ids), 1)
        with_need = self.needs[entity] == 1
        t = np.bincount(station[with_need], minlength=len(self.ids))
        return t.astype(np.int64), (np.bincount(station, minlength=len(self.ids)) - t).astype(np.int64)

    def moves(self, ends: Ints) -> pd.DataFrame:
        """One row per move."""
        start = np.searchsorted(self.entity, np.arange(len(self.keys) + 1))
        rows: list[tuple[str, str, object, object, int, float]] = []
        holder = np.full(len(self.keys), -1)
        holder[self.entity] = self.station
        for e in np.flatnonzero((holder != ends) | (np.diff(start) > 1)):
            holders, end = self.station[start[e] : start[e + 1]].tolist(), int(ends[e])
            key, need = self.keys[e], int(self.needs[e])
            leaving = [j for j in holders if j != end]
            cost = self._cost(int(e), end)
            if end >= 0 and end not in holders:
                # The one established last hands it over; those before it, if any, release it.
                source = self.ids[leaving.pop()] if leaving else None
                rows.append(("add" if source is None else "transfer", key, source, self.ids[end], need, cost))
            rows += [("release", key, self.ids[j], None, need, np.nan) for j in leaving]
        columns = ["kind", "entity_key", "station_from", "station_to", "need", "cost"]
        table = pd.DataFrame(rows, columns=columns)
        for column in columns[:4]:
            table[column] = table[column].astype("str")
        table["need"] = table["need"].astype("int64")
        table["cost"] = table["cost"].astype("float64")
        table["_kind"] = table["kind"].map({kind: place for place, kind in enumerate(MOVE_KINDS)})
        table = table.sort_values(["_kind", "station_from", "station_to", "entity_key"], kind="stable")
        return table.drop(columns="_kind").reset_index(drop=True)

    def _cost(self, entity: int, station: int) -> float:
        here = slice(self.pairs.indptr[entity], self.pairs.indptr[entity + 1])
        found = np.flatnonzero(self.pairs.indices[here] == station)
        return float(self.pairs.data[here][found[0]]) if len(found) else np.nan

    def stations_table(self, case: RepairCase, ends: Ints, passes: NDArray[np.bool_]) -> pd.DataFrame:
        m = len(self.ids)
        need = self.needs == 1
        n = np.bincount(self.station, minlength=m)
        k = np.bincount(self.station[need[self.entity]], minlength=m)
        times = np.bincount(self.entity, minlength=len(self.keys))
        shared = np.bincount(self.station[times[self.entity] > 1], minlength=m)
        barred = np.bincount(self.station[~self.eligible], minlength=m)
        num, den = case.need_share
        held = ends >= 0
        return pd.DataFrame(
            {
                "station_id": self.ids,
                "members_before": n,
                "with_need_before": k,
                "shared_before": shared,
                "not_eligible_before": barred,
                "passed_before": (n >= case.min_roster) & (den * k >= num * n) & (shared == 0) & (barred == 0),
                "members_after": np.bincount(ends[held], minlength=m),
                "with_need_after": np.bincount(ends[held & need], minlength=m),
                "passes_after": passes,
            }
        )

    def unsaved(self, case: RepairCase, passes: NDArray[np.bool_], certain: bool) -> pd.DataFrame:
        t, b = self._within()
        most = largest_roster(t, b, case.need_share)
        num, den = case.need_share
        reason = np.select(
            [t + b < case.min_roster, most < case.min_roster],
            ["cannot_reach_minimum", "cannot_reach_need_share"],
            default="competes" if certain else "time_limit",
        )
        table = pd.DataFrame(
            {
                "station_id": self.ids,
                "reason": pd.array(reason, dtype="str"),
                "largest_roster": most,
                "shortfall": np.maximum(case.min_roster - most, 0),
                "need_shortfall": np.maximum(-(-num * case.min_roster // den) - t, 0),
            }
        )
        return table.loc[~passes].reset_index(drop=True)

    def rosters_after(self, ends: Ints) -> pd.DataFrame:
        held = np.flatnonzero(ends >= 0)
        table = pd.DataFrame({"station_id": self.ids[ends[held]], "entity_key": self.keys[held]})
        return table.sort_values(["station_id", "entity_key"], kind="stable").reset_index(drop=True)


def reach_of_known_places(demand_xy: ArrayLike, site_xy: ArrayLike, max_distance_m: float) -> Reach:
    """Return the straight-line reach of points of which some are unknown (NaN): those reach nothing and nobody.

    >>> reach_of_known_places([[0, 0], [np.nan, np.nan]], [[0, 3]], 5).pairs.toarray().tolist()
    [[3.0], [0.0]]
    """
    demand, sites = np.asarray(demand_xy, np.float64).reshape(-1, 2), np.asarray(site_xy, np.float64).reshape(-1, 2)
    rows, columns = (np.flatnonzero(np.isfinite(points).all(axis=1)) for points in (demand, sites))
    known = Reach.from_points(demand[rows], sites[columns], max_distance_m).pairs.tocoo()
    shape = (len(demand), len(sites))
    placed = sparse.coo_array((known.data, (rows[known.row], columns[known.col])), shape=shape)
    return Reach.from_costs(placed, max_distance_m, unit="m", method="straight_line")


__all__ = ["MOVE_KINDS", "UNSAVED_REASONS", "RepairPlan", "passing", "reach_of_known_places", "repair_rosters"]
