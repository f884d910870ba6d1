"""Maximise the served share of the worst demand unit.

Small programs go to HiGHS whole. In those of middle size the share is bisected (:mod:`.unit_floors`), which also tells
how many units no plan can serve beside the others. For larger ones the worst share is bounded by any weighted mean of
the units' shares,

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
from ipps_geo.siting.workstations.unit_floors import UnitFloors
from ipps_geo.siting.workstations.whole_program import whole_model
from ipps_geo.siting.workstations.worst_rosters import TIE, maximise_worst, worst_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Pairs of group and site up to which HiGHS gets the whole program.
_WHOLE_PAIRS = 1500
#: Pairs up to which the share is bisected on the whole program, and how near the ends of the bisection come.
_FLOOR_PAIRS = 30_000
_FLOOR_STEP = 2e-3
#: Share of the time that reweighting has before the bisection.
_ROUNDS_SHARE = 0.45
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
        bisected = program.unit_weights and len(program.groups.row_sites) <= _FLOOR_PAIRS
        rounds_s = watch.seconds + (_ROUNDS_SHARE * watch.left_s if bisected else np.inf)
        bound, liked = _rounds(shares, watch, bound, gap, seed, rounds_s)
        if bisected and bound - max(shares.worst, 0.0) > gap * bound and not watch.over():
            bound = _by_floors(shares, watch, bound, gap)
            if shares.left_out:  # no plan serves every unit: proven, and the rest was lexicographic
                return shares.worst, max(shares.worst, bound)
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


def _by_floors(shares: _Shares, watch: Watch, bound: float, gap: float) -> float:
    """Fewest units left out, then the best share of the others by bisection; the plans found go to ``shares``."""
    program = shares.program
    floors = UnitFloors(program, shares.totals, shares.units)
    first = floors.fewest_left_out(max(0.3 * watch.left_s, 0.5), watch.late)
    if first.rosters is None:
        return bound
    shares.take(floors.sites, first.rosters)
    out, high = first.left_out, bound
    if first.at_least > 0:
        bound, high = 0.0, 1.0
    if out and first.at_least < out:
        return bound
    sought = high  # below what was asked in vain, proven to be out of reach or not
    while not watch.over() and sought - shares.worst_of_served > max(gap * high, _FLOOR_STEP):
        theta = 0.5 * (max(shares.worst_of_served, 0.0) + sought)
        answer = floors.at(theta, out, max(0.25 * watch.left_s, 0.5), watch.late)
        if answer.rosters is not None:
            shares.take(floors.sites, answer.rosters)
            if shares.worst_of_served < theta - 1e-9:  # rounding only; never twice the same question
                break
        else:
            sought = theta
            high = theta if answer.at_least > out else high
        told = 0.0 if out else min(bound, high)
        watch.tell(max(shares.worst, 0.0), told, "bisecting", shares.incumbent.open_sites)
    if not out:
        bound = min(bound, high)
    rosters = shares.incumbent.rosters
    if out and rosters is not None:
        share = max(shares.worst_of_served, 0.0)
        for sites in (floors.sites, shares.incumbent.sites[rosters.open]):
            fuller = floors.fullest(share, out, sites, max(0.5, min(0.7 * watch.left_s, 10.0)), watch.late)
            if fuller.rosters is not None:
                shares.take(floors.sites, fuller.rosters)
        shares.left_out = out
    return bound


def _rounds(shares: _Shares, watch: Watch, bound: float, gap: float, seed: int, until_s: float) -> tuple[float, Ints]:
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
        if watch.over() or watch.seconds > until_s or bound - shares.worst <= gap * bound:
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
        self.worst = self.worst_of_served = -np.inf
        self.left_out = 0
        self._rank: tuple[float, float, float] = (-np.inf, -np.inf, -np.inf)
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
        program = self.program
        model = whole_model(program, sites) if whole else roster_model(program, sites, see(program, sites))
        solved = maximise_worst(
            model, self.totals, self.units, time_limit_s=time_limit_s,
            absolute_gap=min(gap, 1e-4) * 0.5, tie=tie, stop=self.incumbent.watch.late,
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
        """Keep rosters that are better for the worst unit, or as good and serve more; returns its share.

        Where units stay without anything: those that leave out fewer, then those better for the worst of the others.
        """
        pair_unit = rosters.seen.label[_subs(rosters)] % len(self.totals)
        worth = rosters.members * self.worth_of(rosters)
        per_unit = np.bincount(pair_unit, weights=worth, minlength=len(self.totals))
        reached = per_unit[self.units] / self.totals[self.units]
        worst, served = float(reached.min()), float(worth.sum())
        rank = (-float((reached <= 0).sum()), float(reached[reached > 0].min(initial=1.0)), served)
        if rank > self._rank:
            self._rank, self.worst, self.worst_of_served = rank, worst, rank[1]
            self.incumbent.objective, self.incumbent.sites, self.incumbent.rosters = served, sites, rosters
        return worst
