"""A plan of many components at once: how many stations each gets, which, and a bound on every plan of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.plan import Status, why_stopped
from ipps_geo.siting.workstations.components import (
    FIRST_WORK,
    Component,
    Point,
    best_split,
    components_of,
    curve_of,
    fewest,
    monotone,
    point_of,
)
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

PRICE_TURNS = 30
"""Most times that prices are made anew at the numbers of stations that they suggest: until these stay, for a round of
prices costs a tenth of a round of plans, which the bounds of other numbers would send astray."""

MOST_ASKED = 5
"""Times that a component is searched for as many stations, with four times the steps and a quarter of the gap each
time, before it is left with the gap that it has."""

OWN_GAP = 0.5
"""Part of the gap asked of the whole that the plans of its components may have together; the rest is for how stations
are shared out among them."""

MOST_TURNS = 60
"""Times that the number of stations of each component is reconsidered."""


class Hand(Protocol):
    """Hands out tasks and returns their results in order: ``hand(function of a module, tasks, phase)``."""

    def __call__(self, function: Callable[..., Any], tasks: Sequence[Any], phase: str, /) -> list[Any]:
        """Return the result of every task."""
        ...


@dataclass(frozen=True, eq=False)
class SplitPlan:
    """A plan of a program, by places of the program.

    Attributes
    ----------
    status, stop_reason, objective, bound
        As in :class:`~ipps_geo.siting.SitePlan`.
    open_sites
        Sites that open, ascending.
    group, site, length
        How many members of which group each site takes (site -1: nobody), sorted by group; a group that is not
        listed is served by nobody.
    component, stations, component_value, component_bound
        Component of each site; per component the stations it gets, what they serve, and the bound on that many.
    bounds
        Bound on every plan of the whole with at most 0, 1, 2 ... stations.
    """

    status: Status
    stop_reason: str
    objective: float
    bound: float
    open_sites: Longs
    group: Longs
    site: Ints
    length: Ints
    component: Ints
    stations: Longs
    component_value: Floats
    component_bound: Floats
    bounds: Floats


def plan_whole(program: StationProgram, point: Point, stop_reason: str, gap: float) -> SplitPlan:
    """The plan of a program that was searched as one; the bounds of its components alone nobody knows (nan)."""
    order = np.argsort(point.group, kind="stable")
    group, site, length = point.group[order], point.site[order], point.length[order]
    parts = components_of(program)
    component = np.zeros(program.n_sites, np.int32)
    for c, part in enumerate(parts):
        component[part.sites] = c
    taken = site >= 0
    worth = np.zeros(len(parts))
    np.add.at(worth, component[site[taken]], (length * program.value[group])[taken])
    return SplitPlan(
        *_ended(point.value, point.bound, gap, stop_reason), point.value, point.bound, point.open_sites, group, site,
        length, component, np.bincount(component[point.open_sites], minlength=len(parts)), worth,
        np.full(len(parts), np.nan), np.zeros(0),
    )  # fmt: skip


def plan_components(
    program: StationProgram,
    hand: Hand,
    *,
    gap: float = 0.0,
    seed: int = 0,
    tell: Callable[[float, float, str], None] | None = None,
    over: Callable[[], bool] | None = None,
) -> SplitPlan:
    """Plan a program by its components.

    Parameters
    ----------
    program
        Without a budget, which would tie the components otherwise than by the number of stations.
    hand
        Who does the work; the plan does not depend on it.
    gap
        Relative gap at which to stop; with 0 the plan is proven best unless a component's search gives up.
    tell
        Called with (objective, bound, phase) when either is known better.
    over
        Asked between two turns whether to end with the best plan so far.
    """
    search = _Search(program, hand, gap, seed, tell)
    if sum(search.least) > program.n_max:
        return search.plan("")
    search.price()
    return search.plan(search.run(over))


def front_of_components(
    program: StationProgram,
    hand: Hand,
    up_to: int,
    *,
    gap: float = 0.0,
    seed: int = 0,
    over: Callable[[], bool] | None = None,
) -> list[SplitPlan]:
    """Return the plans of at most 1, 2 ... ``up_to`` stations, from one set of prices and points; see above."""
    search = _Search(replace(program, n_max=up_to), hand, gap, seed, None)
    if sum(search.least) <= up_to:
        search.price()
    plans = []
    for n in range(up_to, 0, -1):
        search.program = replace(program, n_max=n)
        search.value, search.bound = -np.inf, np.inf
        plans.append(search.plan(search.run(over) if sum(search.least) <= n else ""))
    return plans[::-1]


class _Search:
    """Bounds and plans of every component by number of stations, and the two dynamic programs over them."""

    def __init__(
        self,
        program: StationProgram,
        hand: Hand,
        gap: float,
        seed: int,
        tell: Callable[[float, float, str], None] | None,
    ) -> None:
        self.program, self.hand, self.gap, self.seed, self.tell = program, hand, gap, seed, tell
        self.parts: tuple[Component, ...] = components_of(program)
        self.least = [fewest(part.program) for part in self.parts]
        self.curves = [
            np.where(np.arange(len(part.sites) + 1) < least, -np.inf, float(part.program.size @ part.program.value))
            for part, least in zip(self.parts, self.least, strict=True)
        ]
        for part, curve in zip(self.parts, self.curves, strict=True):
            if part.program.counted.all():  # without a station nobody is served, whatever the prices say
                curve[0] = min(curve[0], 0.0)
        self.worth = [
            np.full(len(curve), -np.inf if least else 0.0) for curve, least in zip(self.curves, self.least, strict=True)
        ]
        self.points: dict[tuple[int, int], Point] = {}
        self.asked: dict[tuple[int, int], int] = {}
        self.value, self.bound = -np.inf, np.inf

    def price(self) -> None:
        """Bounds for every number of stations, from prices at the numbers that they suggest themselves."""
        weight = np.array([float(part.program.size @ part.program.value) for part in self.parts])
        share = np.round(self.program.n_max * weight / max(weight.sum(), 1e-12)).astype(np.int64)
        most = np.array([len(part.sites) for part in self.parts])
        wanted = np.clip(share, np.maximum(self.least, 1), most)
        known = np.full(len(self.parts), -1)
        for _ in range(PRICE_TURNS):
            fresh = np.flatnonzero((wanted != known) & ((known < 0) | (wanted > 0)))
            if not len(fresh):
                break
            made = self.hand(curve_of, [(self.parts[c].program, int(wanted[c])) for c in fresh], "prices")
            for c, curve in zip(fresh, made, strict=True):
                self.curves[c] = np.minimum(self.curves[c], monotone(curve))
            known[fresh] = wanted[fresh]
            wanted, totals = best_split(self.curves, self.program.n_max)
            self.bound = float(totals[-1])
            self._told("prices")

    def run(self, over: Callable[[], bool] | None) -> str:
        """Take turns until plan and bound meet or nothing is left to do; return what ended them early, if anything."""
        for _ in range(MOST_TURNS):
            if not self.turn() or self.bound - self.value <= self.gap * abs(self.value) + 1e-9:
                return ""
            if over is not None and over():
                return "time_limit"
        return ""

    def turn(self) -> bool:
        """Search what the bound wants most, and take both dynamic programs again; False when nothing is left to do."""
        split, _ = best_split(self.curves, self.program.n_max)
        asked = self._worth_asking(split)
        tasks = []
        for c, p in asked:
            turn = self.asked[c, p] = self.asked.get((c, p), -1) + 1
            tasks.append((self.parts[c].program, p, FIRST_WORK * 4**turn, OWN_GAP * self.gap / 4**turn, self.seed))
        found = self.hand(point_of, tasks, "stations")
        for (c, p), point in zip(asked, found, strict=True):
            known = self.points.get((c, p))
            self.points[c, p] = point if known is None or point.value > known.value else known
            self.curves[c][: p + 1] = np.minimum(self.curves[c][: p + 1], point.bound)
            self.worth[c][p:] = np.maximum(self.worth[c][p:], point.value)
        _, bounds = best_split(self.curves, self.program.n_max)
        _, values = best_split(self.worth, self.program.n_max)
        changed = bounds[-1] < self.bound or values[-1] > self.value
        self.bound, self.value = float(bounds[-1]), float(values[-1])
        self._told("stations")
        return bool(asked) or changed

    def _worth_asking(self, split: Longs) -> list[tuple[int, int]]:
        """Numbers of stations not searched yet, and those of the others furthest from their bounds, if that matters."""
        asked, known = [], []
        for c, p in enumerate(split.tolist()):
            if self.curves[c][p] <= 0 and not self.least[c]:
                continue
            if (c, p) in self.points:
                value = max(self.points[c, p].value, 0.0)
                known.append((float(self.curves[c][p]) - value, value, c, p))
            else:
                asked.append((c, p))
        least = 1e-9 * max(1.0, sum(value for _, value, _, _ in known))
        left = sum(apart for apart, *_ in known) - OWN_GAP * self.gap * sum(value for _, value, _, _ in known)
        for apart, _, c, p in sorted(known, key=lambda each: -each[0]):
            if left <= least or apart <= 0:
                break
            if self.asked[c, p] < MOST_ASKED - 1:
                asked.append((c, p))
                left -= apart
        return asked

    def _told(self, phase: str) -> None:
        if self.tell is not None:
            self.tell(self.value, self.bound, phase)

    def plan(self, stopped: str) -> SplitPlan:
        """The plan of the best split so far."""
        split, totals = best_split(self.worth, self.program.n_max)
        value = float(totals[-1])
        _, bounds = best_split(self.curves, self.program.n_max)
        bound = max(float(bounds[-1]), value)
        chosen = [self._chosen(c, int(p)) for c, p in enumerate(split)]
        opened, groups, sites, lengths = ([np.zeros(0, np.int64)] for _ in range(4))
        component = np.zeros(self.program.n_sites, np.int32)
        stations = np.zeros(len(self.parts), np.int64)
        for c, (part, point) in enumerate(zip(self.parts, chosen, strict=True)):
            component[part.sites] = c
            if point is None:
                continue
            stations[c] = len(point.open_sites)
            opened.append(part.sites[point.open_sites])
            groups.append(part.groups[point.group])
            sites.append(np.where(point.site >= 0, part.sites[np.maximum(point.site, 0)], -1))
            lengths.append(point.length.astype(np.int64))
        group = np.concatenate(groups)
        order = np.argsort(group, kind="stable")
        return SplitPlan(
            *_ended(value, bound, self.gap, stopped), value, bound, np.sort(np.concatenate(opened)), group[order],
            np.concatenate(sites)[order].astype(np.int32), np.concatenate(lengths)[order].astype(np.int32), component,
            stations, np.array([worth[p] for worth, p in zip(self.worth, split, strict=True)]),
            np.array([curve[p] for curve, p in zip(self.curves, split, strict=True)]), bounds,
        )  # fmt: skip

    def _chosen(self, c: int, p: int) -> Point | None:
        """The plan behind what a component is worth with at most p stations: the one with the fewest."""
        for number in range(p + 1):
            point = self.points.get((c, number))
            if point is not None and point.value >= self.worth[c][p]:
                return point
        return None


def _ended(value: float, bound: float, gap: float, stopped: str) -> tuple[Status, str]:
    if not np.isfinite(value):
        return ("infeasible", "") if bound == -np.inf else ("no_solution", stopped or "search_ended")
    reason = why_stopped(value, bound, gap, stopped)
    return ("optimal" if reason == "proven" else "feasible"), reason
