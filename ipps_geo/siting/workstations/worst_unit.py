"""Maximise the served share of the worst demand unit.

The shares of the units, from the worst up, are to be as large as they can be one after the other: first the fewest
units without anything, then the worst of the others, then the next worst. Where members weigh 1 and the program is not
large each of them is bisected (:mod:`.unit_floors`). Other small programs go to HiGHS whole, for the worst unit alone.
For larger ones the worst share is bounded by any weighted mean of the units' shares,

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
from ipps_geo.siting.workstations.unit_floors import Level, UnitFloors
from ipps_geo.siting.workstations.whole_program import whole_model
from ipps_geo.siting.workstations.worst_rosters import TIE, maximise_worst, worst_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Pairs of group and site up to which HiGHS gets the whole program.
_WHOLE_PAIRS = 1500
#: Pairs up to which shares are bisected on the whole program, and those above which reweighting comes before.
_FLOOR_PAIRS, _ROUNDS_PAIRS = 30_000, 8_000
#: How near the ends of a bisection come before it is asked for anything better at all: at first, and where that has
#: only led to a little more.
_ASK_FIRST, _FLOOR_STEP = 0.06, 0.01
#: Share of the time that reweighting has before the bisection, that units after the worst have, and the seconds in
#: which what no proof is sought for is raised on the stations found.
_ROUNDS_SHARE, _LEVELS_SHARE, _RAISE_S = 0.45, 0.5, 8.0
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
) -> tuple[float, float, int]:
    """Worst served share of the best plan, kept in ``incumbent``, a bound on it, and how many shares are proven.

    ``totals`` is the weight of all demand of each unit, within reach or not. A unit that no viable site reaches makes
    the worst share 0 whatever opens; the plan is then the best one for the other units. Groups carry their unit in the
    label, which is ``... * len(totals) + unit``. The shares proven are the smallest ones: that no plan has a larger one
    whose smaller ones are the same.
    """
    unit = program.groups.label % len(totals)
    within_reach = np.bincount(unit, weights=program.size * program.value, minlength=len(totals))
    units = np.flatnonzero((totals > 0) & (within_reach > 0))
    never = int(np.count_nonzero(totals > 0)) - len(units)
    if program.n_sites == 0 or len(units) == 0:
        incumbent.settle(pipeline.least_set(program))
        return (0.0, 0.0, never) if incumbent.rosters is not None else (np.nan, -np.inf, 0)
    shares = _Shares(program, incumbent, totals, units)
    n_pairs = len(program.groups.row_sites)
    if start is not None and len(start):
        shares.settle(start, max(0.2, watch.left_s), gap, whole=False)
    by_levels = program.unit_weights and n_pairs <= _FLOOR_PAIRS
    bound = min(1.0, float((within_reach[units] / totals[units]).min()))
    if not by_levels and n_pairs <= _WHOLE_PAIRS:
        bound = _whole(shares, watch, gap)
    elif not by_levels or n_pairs > _ROUNDS_PAIRS:
        rounds_s = watch.seconds + (_ROUNDS_SHARE * watch.left_s if by_levels else np.inf)
        bound, liked = _rounds(shares, watch, bound, gap, seed, rounds_s)
        if not by_levels and not watch.over() and bound - shares.worst > gap * bound and len(liked):
            found = shares.settle(liked, min(watch.left_s, 20.0), gap, whole=True)
            if len(liked) == program.n_sites:
                bound = min(bound, found)
    if by_levels:
        bound = _by_levels(shares, watch, bound, gap)
    watch.over()
    if incumbent.rosters is None:
        return np.nan, bound, 0
    if not by_levels:
        watch.tell(max(shares.worst, 0.0), max(shares.worst, bound), "filling", incumbent.open_sites)
        shares.fill(max(1.0, min(watch.left_s, 10.0)))
    if never:
        return 0.0, 0.0, never + shares.proven
    bound = max(shares.worst, bound)
    return shares.worst, bound, max(shares.proven, int(bound <= shares.worst))


def _whole(shares: _Shares, watch: Watch, gap: float) -> float:
    """The whole program at once for the worst unit; a bound on its share."""
    every_site = np.arange(shares.program.n_sites, dtype=np.int32)
    bound = shares.settle(every_site, max(watch.left_s, 0.1), gap, whole=True)
    if bound - shares.worst > gap * bound and not watch.over():  # the tie is part of that bound
        bound = min(bound, shares.settle(every_site, max(watch.left_s, 0.1), gap, whole=True, tie=0.0))
    return bound


def _by_levels(shares: _Shares, watch: Watch, bound: float, gap: float) -> float:
    """Raise the worst unit as high as any plan can, then the next worst, and so on; a bound on the worst share.

    Units of which no plan can serve anybody beside the others are the first levels, at 0. The worst of the others is
    searched for as long as it takes, further levels for a part of the time; what the time does not prove is raised on
    the stations found.
    """
    program, n_units = shares.program, len(shares.units)
    floors = UnitFloors(program, shares.totals, shares.units)
    first = floors.fewest_left_out(max(0.5 * watch.left_s, 0.5), watch.late)
    if first.rosters is None:
        return -np.inf if first.impossible else bound
    shares.take(first.sites, first.rosters)
    out = int(np.count_nonzero(shares.sorted <= 0))
    known = first.at_least == out
    levels, proven = [Level(np.ones(n_units), out)] * (out > 0), [0.0] * out
    evener = floors.on(first.sites[first.rosters.open]).highest(levels, out, max(0.1 * watch.left_s, 0.5), watch.late)
    if evener.rosters is not None:
        shares.take(evener.sites, evener.rosters)
    further_s = watch.seconds + _LEVELS_SHARE * watch.left_s
    while known and len(proven) < n_units and (len(proven) == out or watch.seconds < further_s):
        share, at_most = _raised(shares, floors, levels, len(proven), watch, gap)
        if not proven:
            bound = min(bound, at_most)
        known = at_most <= share
        if known:
            proven.append(share)
            levels.append(Level(_heads(share, floors.totals), len(proven) - 1))
    # Units are left out in any plan as often as that was proven, whatever the plan found leaves out beyond it.
    shares.proven = len(proven) if first.at_least == out else first.at_least
    rosters = shares.incumbent.rosters
    if rosters is None:
        return bound
    on_them = floors.on(shares.incumbent.sites[rosters.open])
    end_s = watch.seconds + max(1.0, min(0.8 * watch.left_s, _RAISE_S))

    def reached(most: int) -> list[Level]:
        known = [Level(_heads(share, floors.totals), n) for n, share in enumerate(shares.sorted[:most]) if share > 0]
        return [Level(np.ones(n_units), out)] * (out > 0) + known

    for place in range(len(proven), n_units):
        if watch.seconds > end_s or watch.late():
            break
        higher = on_them.highest(reached(place), place, max(0.2, end_s - watch.seconds), watch.late)
        if higher.rosters is not None:
            shares.take(higher.sites, higher.rosters)
    anywhere = floors if len(proven) == n_units else on_them  # of plans with the same shares, the one that serves most
    fuller = anywhere.fullest(reached(n_units), max(0.5, min(0.5 * watch.left_s, 5.0)), watch.late)
    if fuller.rosters is not None:
        shares.take(fuller.sites, fuller.rosters)
    return 0.0 if first.at_least > 0 else bound


def _raised(
    shares: _Shares, floors: UnitFloors, levels: list[Level], place: int, watch: Watch, gap: float
) -> tuple[float, float]:
    """The best share that all but ``place`` units reach under the levels, and what no plan can exceed.

    By bisection, then by the question for anything better at all, to which no is the proof.
    """
    totals = floors.totals
    high, climbing = 1.0, False
    while not watch.over():
        low = max(float(shares.sorted[place]), 0.0)
        if high - low <= gap * high:
            break
        strict = high - low <= (_FLOOR_STEP if climbing else _ASK_FIRST)
        least = np.floor(low * totals + 1e-6) + 1 if strict else _heads(0.5 * (low + high), totals)
        answer = floors.plan([*levels, Level(least, place)], max(watch.left_s, 0.5), watch.late)
        if answer.rosters is not None:
            shares.take(answer.sites, answer.rosters)
            climbing = strict
            if shares.sorted[place] <= low:  # better for a worse unit: the levels stand on other plans
                break
        elif answer.impossible:
            high = low if strict else 0.5 * (low + high)
        else:
            break
        told = 0.0 if place and shares.sorted[0] <= 0 else high if place == 0 else shares.worst
        watch.tell(max(shares.worst, 0.0), max(told, shares.worst, 0.0), "bisecting", shares.incumbent.open_sites)
    low = max(float(shares.sorted[place]), 0.0)
    return low, max(low, high)


def _heads(share: float, totals: Floats) -> Floats:
    """A share as whole members of each unit: with fractions of one no whole roster could meet it exactly."""
    return np.ceil(share * totals - 1e-6)


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
        self.worst = -np.inf
        self.proven = 0
        self.reached: Floats = np.zeros(len(units))
        self._rank: tuple[float, ...] = ()
        by_label = np.zeros(int(program.groups.label.max()) + 1)
        by_label[program.groups.label] = program.value
        self._value_of_label = by_label

    @property
    def sorted(self) -> Floats:
        """Shares of the units in the best plan, from the worst up."""
        return np.sort(self.reached)

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
        """Keep rosters whose shares, from the worst up, are larger one after the other, or as large and more weight.

        Returns the share of the worst unit.
        """
        pair_unit = rosters.seen.label[_subs(rosters)] % len(self.totals)
        worth = rosters.members * self.worth_of(rosters)
        per_unit = np.bincount(pair_unit, weights=worth, minlength=len(self.totals))
        reached = per_unit[self.units] / self.totals[self.units]
        worst, served = float(reached.min()), float(worth.sum())
        rank = (*np.round(np.sort(reached), 9).tolist(), served)
        if rank > self._rank:
            self._rank, self.worst, self.reached = rank, worst, reached
            self.incumbent.objective, self.incumbent.sites, self.incumbent.rosters = served, sites, rosters
        return worst
