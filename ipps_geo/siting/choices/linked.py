"""Several programs at once that share their stations: years in which a city opens more, scenarios that may come.

*Years*: a station that is open in one year is open, with a lawful roster, in every later one; what all years serve
together is most. *Scenarios*: the stations are built before one knows which scenario comes, and in each of them those
of the built ones that can hold a roster serve as many as they can; what is served on average, or in the worst
scenario, is most.

The sites that the best plan of any single stage opens make one mixed-integer program of all stages, which is small.
No plan of all stages can serve more in a stage than the best plan of that stage alone: that bounds what any sites can
do, and the difference is the price of the order, or the regret.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting.search.highs import maximise
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.compact import CompactProgram, Wishes
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.model import plan_workstations

Longs = NDArray[np.int64]
Aim = Literal["expected", "worst"]

_SOLVED = ("optimal", "feasible")
#: Shares of the time: for the best plan of each stage alone, and of the rest for the program of all stages.
_ALONE, _TOGETHER = 0.5, 0.7
_LEAST_S = 1.0


@dataclass(frozen=True, eq=False)
class Stage:
    """A year or a scenario: its own reach, needs and request of ``plan_workstations``."""

    name: str
    reach: Reach
    needs: NDArray[np.int8]
    request: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Linked:
    """A plan of all stages.

    ``plans`` and ``alone`` are, by stage, the plan of the shared stations and the best plan of that stage alone;
    ``objective`` is what was maximised, ``bound`` what no shared stations can exceed.
    """

    stages: tuple[Stage, ...]
    plans: tuple[SitePlan, ...]
    alone: tuple[SitePlan, ...]
    objective: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether no shared stations can do better."""
        return self.bound - self.objective <= 1e-9 * max(1.0, abs(self.objective))


def linked_plan(
    stages: Sequence[Stage],
    *,
    nested: bool,
    aim: Aim = "expected",
    known: Sequence[SitePlan | None] = (),
    time_limit_s: float = 60.0,
    should_stop: Callable[[], bool] | None = None,
) -> Linked | None:
    """Return the plan of all stages, None where time brought none.

    Parameters
    ----------
    stages
        The same sites by position in each; of years the earlier first.
    nested
        Years: stations stay. Otherwise scenarios: stations are the same.
    aim
        Of scenarios: the mean of what is served, or the least of it. Years add up.
    known
        Plans of single stages that are there already, ``None`` where there is none.
    """
    compile_kernels()  # no clock runs yet
    watch = Watch(time_limit_s, None, None, should_stop)
    alone = []
    for place, stage in enumerate(stages):
        plan = known[place] if place < len(known) else None
        if plan is None:
            left = max(_ALONE * time_limit_s - watch.seconds, 0.0) / (len(stages) - place)
            plan = plan_workstations(
                stage.reach, stage.needs, **stage.request, gap=0.0, time_limit_s=max(left, _LEAST_S),
                should_stop=should_stop,
            )  # fmt: skip
        if plan.status not in _SOLVED:
            return None
        alone.append(plan)
    most = [plan.bound for plan in alone]
    bound = _value(most, aim, nested=nested)
    best: tuple[float, list[SitePlan]] | None = None
    liked = np.unique(np.concatenate([plan.open_sites for plan in alone])).astype(np.int64)
    for sites, share in ((liked, _TOGETHER), (np.arange(stages[0].reach.n_sites), 1.0)):
        if best is not None and (bound - best[0] <= 1e-9 * max(1.0, bound) or watch.over()):
            break
        blocks = _Blocks(stages, sites, nested=nested)
        built, limit = blocks.solve(aim, max(share * watch.left_s, _LEAST_S), watch.late)
        if len(sites) == stages[0].reach.n_sites:
            bound = min(bound, limit)  # that of some sites is none of all
        plans = [] if built is None else _on_each(stages, built, every=nested, time_limit_s=watch.left_s)
        if len(plans) == len(stages):
            value = _value([plan.objective for plan in plans], aim, nested=nested)
            best = max((value, plans), best or (value, plans), key=lambda pair: pair[0])
    if best is None:
        return None
    return Linked(tuple(stages), tuple(best[1]), tuple(alone), best[0], max(bound, best[0]))


def _value(served: Sequence[float], aim: Aim, *, nested: bool) -> float:
    """The sum of years, the mean or the least of scenarios."""
    if nested:
        return math.fsum(served)
    return min(served) if aim == "worst" else math.fsum(served) / len(served)


def _on_each(stages: Sequence[Stage], built: list[Longs], *, every: bool, time_limit_s: float) -> list[SitePlan]:
    """The best plans of the stages on their stations; fewer than the stages where one of them has none."""
    left = max(time_limit_s / len(stages), _LEAST_S)
    plans = [settled(stage, sites, every=every, time_limit_s=left) for stage, sites in zip(stages, built, strict=True)]
    return [plan for plan in plans if plan.status in _SOLVED]


def settled(stage: Stage, opened: Longs, *, every: bool, time_limit_s: float) -> SitePlan:
    """The best plan of a stage on some new stations; with ``every`` each of them has to hold a roster."""
    existing = np.asarray(stage.request.get("existing_sites", ()), dtype=np.int64)
    others = np.setdiff1d(np.arange(stage.reach.n_sites), np.union1d(opened, existing))
    request = dict(stage.request) | {"forbidden_sites": others, "n_sites": len(opened)}
    request["required_sites"] = np.setdiff1d(opened, existing) if every else ()
    return plan_workstations(stage.reach, stage.needs, **request, gap=0.0, time_limit_s=time_limit_s)


class _Blocks:
    """The programs of all stages side by side over some sites, tied together by rows on their stations."""

    def __init__(self, stages: Sequence[Stage], sites: Longs, *, nested: bool) -> None:
        self.nested, self.stages = nested, stages
        self.programs = []
        for stage in stages:
            n = stage.reach.n_sites
            existing = np.asarray(stage.request.get("existing_sites", ()), dtype=np.int64)
            closed = np.setdiff1d(np.arange(n), np.union1d(sites, existing))
            barred = np.union1d(closed, np.asarray(stage.request.get("forbidden_sites", ()), dtype=np.int64))
            request = dict(stage.request) | {"forbidden_sites": np.setdiff1d(barred, existing)}
            none = np.zeros(0, dtype=np.int64)
            wishes = Wishes(np.full(stage.reach.n_demand, -1), none, none.reshape(0, 2), np.full(n, -1), none)
            self.programs.append(CompactProgram(stage.reach, stage.needs, wishes, request))
        self.sites = sites
        self.start = np.concatenate([[0], np.cumsum([program.width for program in self.programs])])

    def solve(self, aim: Aim, time_limit_s: float, stop: Callable[[], bool]) -> tuple[list[Longs] | None, float]:
        """Return the new stations of each stage, None where time brought none, and a bound for these sites."""
        models = [program.model for program in self.programs]
        end, n_built = int(self.start[-1]), 0 if self.nested else len(self.sites)
        width = end + n_built + 1  # the last column is what is served in the worst stage
        matrix = sparse.block_diag([model.matrix for model in models], format="csr")
        matrix.resize(matrix.shape[0], width)
        low, high = [model.row_lower for model in models], [model.row_upper for model in models]
        rows, columns, values = self._ties(end)
        ties = sparse.csr_array((values, (rows, columns)), shape=(int(rows.max(initial=-1)) + 1, width))
        served = sparse.csr_array(np.array([self._served(k, width) for k in range(len(models))]))
        inf, worst = np.inf, aim == "worst" and not self.nested
        ends = (np.arange(len(models)), np.full(len(models), width - 1))
        least = sparse.csr_array((np.full(len(models), -1.0), ends), shape=served.shape)
        low += [np.full(ties.shape[0], -inf), np.zeros(len(models))]
        high += [np.zeros(ties.shape[0]), np.full(len(models), inf)]
        blocks = [matrix, ties, served + least]
        if n_built:
            many = np.zeros(width)
            many[end : end + n_built] = 1.0
            blocks.append(sparse.csr_array(many[None, :]))
            low.append(np.array([0.0]))
            high.append(np.array([float(min(program.program.n_max for program in self.programs))]))
        lower = np.concatenate([*(model.lower for model in models), np.zeros(n_built + 1)])
        upper = np.concatenate([*(model.upper for model in models), np.ones(n_built), [inf]])
        integer = np.concatenate([*(model.integer for model in models), np.ones(n_built, bool), [False]])
        rows_ = sparse.vstack(blocks, format="csr"), np.concatenate(low), np.concatenate(high)
        everything = np.asarray(served.sum(axis=0)).reshape(-1)
        of_worst = np.zeros(width)
        of_worst[width - 1] = 1.0
        found = maximise(
            of_worst if worst else everything, *rows_, lower, upper, integer,
            time_limit_s=time_limit_s * (0.6 if worst else 1.0), absolute_gap=1e-6, stop=stop,
        )  # fmt: skip
        bound = found.bound if found.outcome in _SOLVED else np.inf
        if worst and found.outcome in _SOLVED:  # of those that serve as many in the worst scenario: most in all
            lower[width - 1] = found.objective - 1e-6
            fuller = maximise(
                everything, *rows_, lower, upper, integer, time_limit_s=0.4 * time_limit_s, absolute_gap=1e-6, stop=stop
            )
            found = fuller if fuller.outcome in _SOLVED else found
        if found.outcome not in _SOLVED:
            return None, bound
        if not self.nested:
            bound = bound if worst else bound / len(models)
            return [self.sites[np.round(found.values[end : end + n_built]) > 0]] * len(models), bound
        opened = []
        for program, start in zip(self.programs, self.start[:-1], strict=True):
            chosen = np.round(found.values[start + program.model.y]) > 0
            opened.append(program.program.site_ids[chosen & program.program.counted])
        return opened, bound

    def _served(self, stage: int, width: int) -> NDArray[np.float64]:
        row = np.zeros(width)
        program = self.programs[stage]
        row[self.start[stage] : self.start[stage + 1]] = program.served * program.unit_worth
        return row

    def _ties(self, end: int) -> tuple[Longs, Longs, NDArray[np.float64]]:
        """Rows ``y - later <= 0``: of years the same site a year on, of scenarios the site as it was built."""
        first, second = [], []
        for stage, program in enumerate(self.programs):
            inside = program.program
            mine = self._columns(stage)
            later: dict[int, int] = {}
            if not self.nested:
                later = {int(site): end + place for place, site in enumerate(self.sites)}
            elif stage + 1 < len(self.programs):
                later = self._columns(stage + 1)
            else:
                continue
            new = inside.site_ids[inside.counted].tolist()
            for site in new:
                first.append(mine[site])
                second.append(later.get(site, -1))
        kept = np.arange(len(first))
        columns = np.concatenate([first, second]).astype(np.int64) if first else np.zeros(0, np.int64)
        values = np.concatenate([np.ones(len(first)), -np.ones(len(second))])
        present = columns >= 0  # a site that cannot hold a year on may not open before
        return np.tile(kept, 2)[present], columns[present], values[present]

    def _columns(self, stage: int) -> dict[int, int]:
        """Column of each site's y in a stage, by site position."""
        program = self.programs[stage]
        columns = (self.start[stage] + program.model.y).tolist()
        return dict(zip(program.program.site_ids.tolist(), columns, strict=True))
