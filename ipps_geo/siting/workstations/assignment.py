"""Exact rosters for a fixed set of sites: whole enterprises, roster minimum, need share, capacity.

Any site of the set that is not required may stay closed (its roster is empty): the exact value of a set is that of its
best subset, so integer programs, one for each part of the set, settle a whole leaf of a search over openings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Outcome, Solved, maximise
from ipps_geo.siting.workstations.open_groups import OpenGroups, see
from ipps_geo.siting.workstations.parts import Part, Settled, alone, parts_of, seen_by
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound
from ipps_geo.siting.workstations.weight_tiers import ranks, weight_tiers

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


#: Sums of whole weights up to which the solver's tolerances hide no unit, and what they may hide, relative, beyond.
_TOLD_APART, _UNSURE = 1e9, 2e-9


@dataclass(frozen=True, eq=False)
class Rosters:
    """Whole numbers of each sub-group's members at each site of a set; ``open`` tells which sites have a roster.

    ``objective`` is their weight, ``bound`` what no rosters of this set (or of a subset) can exceed.
    """

    outcome: Outcome
    objective: float
    bound: float
    open: Bools
    seen: OpenGroups
    members: Longs


@dataclass(frozen=True, eq=False)
class RosterModel:
    """The program of a set of sites as arrays: columns x (one per pair of sub-group and site), t, q, y.

    ``pair_sub`` is the sub-group of each x; ``t``, ``q``, ``y`` are the columns of the sites of the set. ``pair_worth``
    is the weight of one member of each x where that hangs on the site, else None.
    """

    seen: OpenGroups
    matrix: Any
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    pair_sub: Longs
    t: Longs
    q: Longs
    y: Longs
    pair_worth: Floats | None = None

    @property
    def worth(self) -> Floats:
        """Weight of one member of each x."""
        return self.seen.value[self.pair_sub] if self.pair_worth is None else self.pair_worth

    @property
    def integer(self) -> Bools:
        """t, q and y are whole."""
        return np.arange(len(self.lower)) >= len(self.pair_sub)


def roster_model(program: StationProgram, sites: Ints, seen: OpenGroups) -> RosterModel:
    """Rows: members of each sub-group; t and q of each site; need share; smallest and largest roster; units."""
    p, n_pairs, n_sub = len(sites), len(seen.sites), len(seen.members)
    num, den = program.share
    pair_sub = np.repeat(np.arange(n_sub), np.diff(seen.start))
    pair, place = np.arange(n_pairs), np.arange(p)
    t, q, y = n_pairs + place, n_pairs + p + place, n_pairs + 2 * p + place
    rows: list[Longs] = []
    columns: list[Longs] = []
    entries: list[Floats] = []
    lower: list[Floats] = []
    upper: list[Floats] = []

    def put(row: Any, column: Any, value: Floats | float) -> None:
        rows.append(row)
        columns.append(column)
        entries.append(np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape))

    def bounded(low: Floats | float, high: Floats | float, n: int) -> None:
        lower.append(np.broadcast_to(np.asarray(low, dtype=np.float64), (n,)))
        upper.append(np.broadcast_to(np.asarray(high, dtype=np.float64), (n,)))

    put(pair_sub, pair, 1.0)
    bounded(-np.inf, seen.members.astype(float), n_sub)
    base = n_sub
    put(base + seen.sites + np.where(seen.need[pair_sub], 0, p), pair, 1.0)
    put(base + place, t, -1.0)
    put(base + p + place, q, -1.0)
    bounded(0.0, 0.0, 2 * p)
    base += 2 * p
    put(base + place, q, float(num))
    put(base + place, t, float(num - den))
    put(base + place, y, -program.slack[sites].astype(float))
    bounded(-np.inf, 0.0, p)
    base += p
    largest = np.minimum(program.high, np.maximum(program.largest_rosters, 0))
    for limit, low, high in ((program.low, 0.0, np.inf), (largest, -np.inf, 0.0)):
        put(base + place, t, 1.0)
        put(base + place, q, 1.0)
        put(base + place, y, -limit[sites].astype(float))
        bounded(low, high, p)
        base += p
    for unit in np.flatnonzero(program.unit_min > 0):
        inside = np.flatnonzero(program.unit[sites] == unit)
        put(np.full(len(inside), base), y[inside], 1.0)
        bounded(float(program.unit_min[unit]), np.inf, 1)
        base += 1
    matrix = sparse.csr_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), shape=(base, n_pairs + 3 * p)
    )
    column_lower = np.zeros(n_pairs + 3 * p)
    column_lower[y] = program.required[sites]
    reachable = program.reachable[sites].astype(float)
    column_upper = np.concatenate([seen.members[pair_sub].astype(float), reachable[:, 0], reachable[:, 1], np.ones(p)])
    return RosterModel(
        seen, matrix, np.concatenate(lower), np.concatenate(upper), column_lower, column_upper, pair_sub, t, q, y
    )


def assign(
    program: StationProgram,
    sites: Ints,
    *,
    time_limit_s: float = np.inf,
    stop: Callable[[], bool] | None = None,
    relative_gap: float = 0.0,
    enough: float = np.inf,
    max_nodes: int | None = None,
) -> Rosters:
    """Best whole rosters for a set of sites, ascending positions; any that are worth ``enough`` where that is given.

    Exact when ``outcome`` is ``optimal``; ``infeasible`` when the required sites or the units' minimum cannot hold.
    ``stop`` ends the search when true, and so does a tenth of ``relative_gap`` where weights are not whole.
    """
    seen = see(program, sites)
    if len(sites) == 0:
        outcome: Outcome = "infeasible" if program.required.any() or program.unit_min.any() else "optimal"
        value = -np.inf if outcome == "infeasible" else 0.0
        return Rosters(outcome, value, value, np.zeros(0, bool), seen, np.zeros(0, np.int64))
    end = time.perf_counter() + time_limit_s

    def settled(places: Longs, part: OpenGroups, enough: float = enough) -> Settled:
        left = max(0.0, end - time.perf_counter())
        return settle_part(
            program, sites[places], part, time_limit_s=left, stop=stop, relative_gap=relative_gap, enough=enough,
            max_nodes=max_nodes,
        )  # fmt: skip

    if program.unit_min.any():  # a minimum per unit couples sites that share nobody
        whole = settled(np.arange(len(sites)), seen)
        return Rosters(whole.outcome, whole.objective, whole.bound, whole.open, seen, whole.members)
    parts = parts_of(seen, len(sites))
    found: list[Settled] = []
    if np.isfinite(enough):  # the largest last: what the others are worth it need not reach
        parts = sorted(parts, key=lambda part: len(part.pairs))
    for part in parts:
        last = part is parts[-1]
        needed = enough - sum(here.objective for here in found) if last else np.inf
        found.append(settled(part.places, seen_by(seen, part), needed))
        if found[-1].outcome == "infeasible":
            break
    return joined(seen, len(sites), parts[: len(found)], found)


def joined(seen: OpenGroups, n_sites: int, parts: list[Part], found: list[Settled]) -> Rosters:
    """Rosters of a set of sites from those of its parts."""
    opened, members = np.zeros(n_sites, bool), np.zeros(len(seen.sites), np.int64)
    for part, here in zip(parts, found, strict=True):
        opened[part.places], members[part.pairs] = here.open, here.members
    outcomes = {here.outcome for here in found}
    outcome = next(worst for worst in _WORST_FIRST if worst in outcomes)
    if outcome in ("infeasible", "unknown"):
        nobody = np.zeros(len(seen.sites), np.int64)
        bound = -np.inf if outcome == "infeasible" else np.inf
        return Rosters(outcome, -np.inf, bound, np.zeros(n_sites, bool), seen, nobody)
    objective, bound = sum(here.objective for here in found), sum(here.bound for here in found)
    return Rosters(outcome, objective, bound, opened, seen, members)


#: What a set's outcome is made from those of its parts.
_WORST_FIRST: tuple[Outcome, ...] = ("infeasible", "unknown", "feasible", "optimal")


def settle_part(
    program: StationProgram,
    sites: Ints,
    seen: OpenGroups,
    *,
    time_limit_s: float,
    stop: Callable[[], bool] | None,
    relative_gap: float,
    enough: float = np.inf,
    max_nodes: int | None = None,
) -> Settled:
    """Best whole rosters of one part of a set, whose groups are ``seen``; the first that are worth ``enough``."""
    if len(sites) == 1 and program.unit_weights and not program.unit_min.any():
        return alone(program, int(sites[0]), seen)
    model = roster_model(program, sites, seen)
    tiers = weight_tiers(seen.value, seen.members) if program.whole and not program.unit_weights else []
    if len(tiers) > 1:
        return _settled_by_tiers(program, model, tiers, time_limit_s=time_limit_s, stop=stop)
    solved = maximise(
        np.concatenate([model.worth, np.zeros(3 * len(sites))]), model.matrix, model.row_lower, model.row_upper,
        model.lower, model.upper, model.integer, time_limit_s=time_limit_s,
        absolute_gap=0.999 if program.whole else 1e-6, stop=stop,
        relative_gap=0.0 if program.whole else 0.1 * relative_gap, enough=enough, max_nodes=max_nodes,
    )  # fmt: skip
    if solved.outcome in ("optimal", "feasible"):
        return whole_rosters(program, model, solved, ranks(model.worth))
    return _unsettled(program, model, solved)


def _unsettled(program: StationProgram, model: RosterModel, solved: Solved) -> Settled:
    """What is known of a part without rosters: that it cannot hold, or that time was too short and nobody is served."""
    n_sites, seen = len(model.y), model.seen
    closed, nobody = np.zeros(n_sites, bool), np.zeros(len(seen.sites), np.int64)
    if solved.outcome == "infeasible" or model.lower[model.y].any() or program.unit_min.any():
        return Settled(solved.outcome, -np.inf, solved.bound, closed, nobody)
    return Settled("feasible", 0.0, float(seen.members @ seen.value), closed, nobody)


def _settled_by_tiers(
    program: StationProgram,
    model: RosterModel,
    tiers: list[tuple[float, Bools]],
    *,
    time_limit_s: float,
    stop: Callable[[], bool] | None,
) -> Settled:
    """Best whole rosters where weights are of very mixed size: see :mod:`.weight_tiers`."""
    end = time.perf_counter() + time_limit_s
    seen, n_pairs, asked = model.seen, len(model.pair_sub), model
    best: Settled | None = None
    proven, below = 0.0, float(seen.members @ seen.value)
    for unit, which in tiers:
        worth = np.where(which, seen.value, 0.0)[model.pair_sub] / unit
        objective = np.append(worth, np.zeros(len(model.lower) - n_pairs))
        solved = maximise(
            objective, asked.matrix, asked.row_lower, asked.row_upper, asked.lower, asked.upper, asked.integer,
            time_limit_s=max(0.0, end - time.perf_counter()), absolute_gap=0.999, stop=stop,
        )  # fmt: skip
        if solved.outcome not in ("optimal", "feasible"):
            if best is None:
                return _unsettled(program, model, solved)
            return replace(best, outcome="feasible", bound=proven + below)
        found = whole_rosters(program, model, solved, ranks(model.worth))
        if best is None or found.objective > best.objective:
            best = found
        below -= float(seen.members[which] @ seen.value[which])
        reached = round(float(found.members @ worth))
        most = float(np.floor(max(solved.bound, reached) + 1e-6))
        if solved.outcome != "optimal" or most > reached:
            return replace(best, outcome="feasible", bound=proven + unit * most + below)
        proven += unit * reached
        asked = replace(
            asked,
            matrix=sparse.vstack([asked.matrix, sparse.csr_array(objective[None, :])], format="csr"),
            row_lower=np.append(asked.row_lower, float(reached)),
            row_upper=np.append(asked.row_upper, np.inf),
        )
    assert best is not None  # noqa: S101 - there is at least one tier
    return replace(best, outcome="optimal", bound=max(proven, best.objective))


def whole_rosters(program: StationProgram, model: RosterModel, solved: Solved, weight: Floats | None = None) -> Settled:
    """Whole members for the whole y, t, q of a solution.

    With those fixed the rest is two transportation problems, whose simplex vertices are whole. ``weight`` stands for
    the weight of each x in them, where other numbers of the same order are easier to tell apart.
    """
    n_pairs, n_columns = len(model.pair_sub), len(model.lower)
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[n_pairs:] = upper[n_pairs:] = np.round(solved.values[n_pairs:n_columns])
    worth = np.append(model.worth if weight is None else weight, np.zeros(n_columns - n_pairs))
    vertex = maximise(worth, model.matrix, model.row_lower, model.row_upper, lower, upper)
    if vertex.outcome != "optimal" or np.abs(vertex.values - np.round(vertex.values)).max(initial=0) > 1e-6:
        every = np.ones(n_columns, bool)
        vertex = maximise(worth, model.matrix, model.row_lower, model.row_upper, lower, upper, every)
    members = np.round(vertex.values[:n_pairs]).astype(np.int64)
    reached = float(members @ model.worth)
    # What was pruned against a solution that is a hair too good may be better than its whole rosters by that hair.
    bound = rounded_bound(program, max(solved.bound, solved.objective) if solved.outcome == "optimal" else solved.bound)
    if program.whole and model.seen.members @ model.seen.value > _TOLD_APART:
        bound *= 1 + _UNSURE
    return Settled(solved.outcome, reached, max(bound, reached), lower[model.y] > 0.5, members)


def per_group(program: StationProgram, sites: Ints, rosters: Rosters) -> tuple[Longs, Ints, Ints]:
    """Runs of members for each group that is served: ``(group_of_run, site_of_run, length)`` in group order.

    The site is a position in the program; every group's runs add up to its size, the rest with site -1.
    """
    seen = rosters.seen
    order = np.lexsort((seen.group, seen.sub))
    members = np.bincount(seen.sub, weights=program.groups.size[seen.group], minlength=len(seen.start) - 1)
    served = np.bincount(_sub_of_pair(seen), weights=rosters.members, minlength=len(seen.start) - 1)
    # The members of all sub-groups in a row, cut once where a group ends and once where a site's share of them ends;
    # the last share of each sub-group is nobody's. The runs lie between the cuts.
    share = np.insert(rosters.members, seen.start[1:], (members - served).astype(np.int64))
    taker = np.insert(sites[seen.sites], seen.start[1:], -1).astype(np.int32)
    group_end, share_end = np.cumsum(program.groups.size[seen.group[order]]), np.cumsum(share)
    end = np.union1d(group_end, share_end[share > 0])
    group = seen.group[order][np.searchsorted(group_end, end)]
    site = taker[np.searchsorted(share_end, end)]
    by_group = np.argsort(group, kind="stable")
    return group[by_group], site[by_group], np.diff(end, prepend=0)[by_group].astype(np.int32)


def assigned_rows(program: StationProgram, sites: Ints, rosters: Rosters) -> Ints:
    """Site position per demand row from the numbers per group: rows of a group are handed out in their order."""
    member_group = program.groups.member_group
    group_of_run, site_of_run, length = per_group(program, sites, rosters)
    assignment = np.full(len(member_group), -1, np.int32)
    if len(group_of_run) == 0:
        return assignment
    served = np.zeros(program.groups.n_groups, bool)
    served[group_of_run] = True
    rows = np.flatnonzero((member_group >= 0) & served[np.maximum(member_group, 0)])
    rows = rows[np.argsort(member_group[rows], kind="stable")]
    assignment[rows] = np.repeat(np.where(site_of_run >= 0, program.site_ids[np.maximum(site_of_run, 0)], -1), length)
    return assignment


def _sub_of_pair(seen: OpenGroups) -> Longs:
    return np.repeat(np.arange(len(seen.members)), np.diff(seen.start))
