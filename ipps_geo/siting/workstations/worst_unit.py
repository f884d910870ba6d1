"""Maximise the served share of the worst demand unit.

Small programs go to HiGHS whole. For larger ones the worst share is bounded by any weighted mean of the units' shares,

    min_u share_u(S) <= sum_u pi_u share_u(S),   pi >= 0, sum pi = 1

and the right-hand side is a policy program whose members weigh ``pi_u / total_u``, which the usual search solves with a
bound. Units that lag gain weight from round to round; every set found is settled for its own worst unit, and at last
the sites that any round liked go into one mixed-integer program.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.assignment import Rosters, roster_model
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.open_groups import see
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.worst_rosters import TIE, maximise_worst, worst_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Pairs of group and site up to which HiGHS gets the whole program.
_WHOLE_PAIRS = 1500
#: Rounds of reweighting, and the gap to which each weighted program is solved.
_ROUNDS = 12
_ROUND_GAP = 3e-3


def solve(
    program: StationProgram,
    incumbent: Incumbent,
    watch: Watch,
    totals: Floats,
    gap: float,
    seed: int,
    start: Ints | None = None,
) -> tuple[float, float]:
    """Worst served share of the best plan, kept in ``incumbent``, and a bound on it.

    ``totals`` is the weight of all demand of each unit, within reach or not. A unit that no viable site reaches makes
    the worst share 0 whatever opens; the plan is then the best one for the worst of the other units. Groups carry their
    unit in the label, which is ``... * len(totals) + unit``.
    """
    unit = program.groups.label % len(totals)
    within_reach = np.bincount(unit, weights=program.size * program.value, minlength=len(totals))
    units = np.flatnonzero((totals > 0) & (within_reach > 0))
    if program.n_sites == 0 or len(units) == 0:
        incumbent.settle(pipeline.least_set(program))
        return (0.0, 0.0) if incumbent.rosters is not None else (np.nan, -np.inf)
    shares = _Shares(program, incumbent, totals, units)
    if start is not None and len(start):
        shares.settle(start, max(0.2, watch.left_s), gap, whole=False)
    every_site = np.arange(program.n_sites, dtype=np.int32)
    if len(program.groups.row_sites) <= _WHOLE_PAIRS:
        bound = shares.settle(every_site, max(watch.left_s, 0.1), gap, whole=True)
        if bound - shares.worst > gap * bound and not watch.over():  # the tie is part of that bound
            bound = min(bound, shares.settle(every_site, max(watch.left_s, 0.1), gap, whole=True, tie=0.0))
    else:
        bound = min(1.0, float((within_reach[units] / totals[units]).min()))
        bound, liked = _rounds(shares, watch, bound, gap, seed)
        if not watch.over() and bound - shares.worst > gap * bound and len(liked):
            found = shares.settle(liked, min(watch.left_s, 20.0), gap, whole=True)
            if len(liked) == program.n_sites:
                bound = min(bound, found)
    watch.over()
    if incumbent.rosters is None:
        return np.nan, bound
    watch.tell(max(shares.worst, 0.0), max(shares.worst, bound), "filling", incumbent.open_sites)
    shares.fill(max(1.0, min(watch.left_s, 10.0)))
    if len(units) < np.count_nonzero(totals > 0):
        return 0.0, 0.0
    return shares.worst, max(shares.worst, bound)


def _rounds(shares: _Shares, watch: Watch, bound: float, gap: float, seed: int) -> tuple[float, Ints]:
    """Reweight the units round by round; the best bound and the sites of all the plans met."""
    program, units, totals = shares.program, shares.units, shares.totals
    place = np.full(len(totals), -1)
    place[units] = np.arange(len(units))
    group_unit = place[program.groups.label % len(totals)]
    scale = float(totals[units].sum())
    pi = np.full(len(units), 1.0 / len(units))
    liked = np.flatnonzero(program.required)
    for turn in range(_ROUNDS):
        weight = np.append(scale * pi / totals[units], 0.0)[group_unit]
        weighted = replace(program, value=program.value * weight)
        probe = Incumbent(weighted, watch, gap=_ROUND_GAP)
        with watch.muted():  # what a round tells is a weighted mean, the plan's measure is a share
            search = pipeline.solve(weighted, probe, watch, _ROUND_GAP, seed + turn)
        bound = min(bound, search.bound / scale)
        if probe.rosters is None:
            break
        liked = np.union1d(liked, probe.sites)
        shares.take(probe.sites, probe.rosters)
        shares.settle(probe.sites, max(0.2, min(2.0, watch.left_s)), gap, whole=False)
        watch.tell(max(shares.worst, 0.0), bound, "reweighting", shares.incumbent.open_sites)
        if watch.over() or bound - shares.worst <= gap * bound:
            break
        per_unit = np.bincount(
            place[probe.rosters.seen.label[_subs(probe.rosters)] % len(totals)] + 1,
            weights=probe.rosters.members * shares.worth_of(probe.rosters),
            minlength=len(units) + 1,
        )[1:]
        reached = per_unit / totals[units]
        pi *= np.exp(-4.0 / np.sqrt(turn + 1.0) * (reached - reached.min()) / max(np.ptp(reached), 1e-9))
        pi /= pi.sum()
    return bound, liked.astype(np.int32)


def _subs(rosters: Rosters) -> Longs:
    """Sub-group of each pair of a roster."""
    return np.repeat(np.arange(len(rosters.seen.members)), np.diff(rosters.seen.start))


class _Shares:
    """Settles sets of sites for their worst unit and keeps the best rosters in the incumbent."""

    def __init__(self, program: StationProgram, incumbent: Incumbent, totals: Floats, units: Longs) -> None:
        self.program = program
        self.incumbent = incumbent
        self.totals = totals
        self.units = units
        self.worst = -np.inf
        by_label = np.zeros(int(program.groups.label.max()) + 1)
        by_label[program.groups.label] = program.value
        self._value_of_label = by_label

    def worth_of(self, rosters: Rosters) -> Floats:
        """Original weight of one member of each pair of a roster."""
        return self._value_of_label[rosters.seen.label[_subs(rosters)]]

    def settle(self, sites: Ints, time_limit_s: float, gap: float, *, whole: bool, tie: float = TIE) -> float:
        """Best rosters of a set for its worst unit; a bound on what the set and its subsets can reach.

        ``whole`` says that the set is larger than what may open, so that number and budget must be minded. The bound
        is above the worst share by up to ``tie``.
        """
        model = roster_model(self.program, sites, see(self.program, sites))
        solved = maximise_worst(
            self.program, model, sites, self.totals, self.units, time_limit_s=time_limit_s,
            absolute_gap=min(gap, 1e-4) * 0.5, limited=whole, tie=tie, stop=self.incumbent.watch.late,
        )  # fmt: skip
        if solved.outcome not in ("optimal", "feasible"):
            return -np.inf if solved.outcome == "infeasible" else 1.0
        n_pairs = len(model.pair_sub)
        members = np.round(solved.values[:n_pairs]).astype(np.int64)
        opened = solved.values[model.y] > 0.5
        served = float(members @ model.worth)
        worst = self.take(sites, Rosters("feasible", served, np.inf, opened, model.seen, members))
        return max(worst, min(1.0, solved.bound))

    def fill(self, time_limit_s: float) -> None:
        """On the stations found, serve as many as the worst unit's share allows."""
        rosters = self.incumbent.rosters
        if rosters is None or not rosters.open.any():
            return
        sites = self.incumbent.sites[rosters.open]
        required = np.zeros(self.program.n_sites, bool)
        required[sites] = True
        fuller = worst_first(
            self.program.requiring(required), sites, self.totals, self.units, time_limit_s=time_limit_s,
            stop=self.incumbent.watch.late if self.incumbent.watch.reason == "cancelled" else None,
        )  # fmt: skip
        if fuller.rosters.outcome in ("optimal", "feasible"):
            self.take(sites, fuller.rosters)

    def take(self, sites: Ints, rosters: Rosters) -> float:
        """Keep rosters that are better for the worst unit, or as good and serve more; returns its share."""
        pair_unit = rosters.seen.label[_subs(rosters)] % len(self.totals)
        worth = rosters.members * self.worth_of(rosters)
        per_unit = np.bincount(pair_unit, weights=worth, minlength=len(self.totals))
        worst = float((per_unit[self.units] / self.totals[self.units]).min())
        served = float(worth.sum())
        if (worst, served) > (self.worst, self.incumbent.objective):
            self.worst = worst
            self.incumbent.objective, self.incumbent.sites, self.incumbent.rosters = served, sites, rosters
        return worst
