"""Which stations are a good choice whatever comes: the plan made again while reach, minimum and answers vary."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.executors import Crew, time_share
from ipps_geo.reach import Reach
from ipps_geo.siting.choices.repeated import DEFAULT_GAP, OpenSet, RepeatedProgram, as_open_set
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.compiling import compile_kernels


@dataclass(frozen=True, eq=False)
class Variation:
    """One way in which things might turn out; what is ``None`` stays as it is.

    ``name`` is a stable code, e.g. ``reach_x0.8`` or ``unknown_yes``.
    """

    name: str
    reach: Reach | None = None
    needs: NDArray[np.int8] | None = None
    min_roster: int | None = None


@dataclass(frozen=True, eq=False)
class Robustness:
    """How the plan holds up.

    Attributes
    ----------
    sites
        One row per site that any variation opens, most chosen first: ``site``, ``chosen``, ``of`` (variations that have
        a plan), ``in_base``.
    variations
        One row per variation, the unchanged one first: ``variation``, ``status``, ``objective``, ``bound``, ``gap``,
        ``open_sites``; ``base_value``, what the unchanged plan's sites would serve then, and ``regret``, what is lost
        by having built them.
    """

    sites: pd.DataFrame
    variations: pd.DataFrame


def variations(
    reach: Reach,
    needs: ArrayLike,
    *,
    min_roster: int = 50,
    reach_factors: Iterable[float] = (0.8, 0.9, 1.1, 1.2),
    min_roster_steps: Iterable[int] = (-10, -5, 5, 10),
    draws: int = 3,
    seed: int = 0,
) -> list[Variation]:
    """Return the usual variations: reach shorter and longer, minimum lower and higher, unknown answers yes, or drawn.

    A reach that lists its pairs can only be shortened, so longer ones are left out there. Answers are drawn with the
    share of yes among the known, in the order of the rows; unknown means no in the unchanged case, so "all no" is that.

    >>> reach = Reach.from_points([[0, 0], [1, 0]], [[0, 0]], 100)
    >>> [v.name for v in variations(reach, [1, -1], reach_factors=[0.5], min_roster_steps=[5], draws=1)]
    ['reach_x0.5', 'minimum_55', 'unknown_yes', 'unknown_drawn_1']
    """
    given = np.asarray(needs).astype(np.int8)
    listed = [
        Variation(f"reach_x{factor:g}", reach=_scaled(reach, factor))
        for factor in reach_factors
        if reach.lazy or factor <= 1
    ]
    listed += [
        Variation(f"minimum_{min_roster + step}", min_roster=min_roster + step)
        for step in min_roster_steps
        if min_roster + step >= 0
    ]
    unknown = given == -1
    if unknown.any():
        listed.append(Variation("unknown_yes", needs=np.where(unknown, 1, given).astype(np.int8)))
        known = given[~unknown]
        share = float((known == 1).mean()) if len(known) else 0.5
        random = np.random.default_rng(seed)
        for draw in range(1, draws + 1):
            answers = (random.random(len(given)) < share).astype(np.int8)
            drawn = np.where(unknown, answers, given).astype(np.int8)
            listed.append(Variation(f"unknown_drawn_{draw}", needs=drawn))
    return listed


def robustness(
    reach: Reach,
    needs: ArrayLike,
    *,
    scenarios: Iterable[Variation] | None = None,
    plan: SitePlan | None = None,
    time_limit_s: float = 60.0,
    gap: float = DEFAULT_GAP,
    seed: int = 0,
    progress: Callable[[str, OpenSet], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    crew: Crew | None = None,
    **request: Any,
) -> Robustness:
    """Plan again under every variation and count how often each site is chosen.

    Parameters
    ----------
    reach, needs, request
        As given to ``plan_workstations``.
    scenarios
        The variations; those of :func:`variations` when not given.
    plan
        The plan whose sites are tested, of this very request; without one the unchanged case is planned first.
    time_limit_s
        For all together; what one does not use is left for those after it.
    crew
        Who does the work, this process when not given; no variation depends on it.

    Returns
    -------
    Robustness
        Frequencies per site, and objective, bound and regret per variation.
    """
    compile_kernels()  # no clock runs yet
    end = time.time() + time_limit_s
    crew = crew or Crew()
    if scenarios is None:
        scenarios = variations(reach, needs, min_roster=int(request.get("min_roster", 50)), seed=seed)
    trials = [Variation("unchanged"), *scenarios]
    ground = _Ground(reach, needs, request, seed, gap, None, time_limit_s, end, len(trials), crew.size)
    if plan is not None and plan.status in ("optimal", "feasible"):
        base = as_open_set(plan)
    else:
        base = _trial(ground, (0, trials[0]), should_stop or _never).found
    ground = replace(ground, base=base)
    heard = None if progress is None else lambda place, trial: progress(trials[place].name, trial.found)
    made = crew.share_out(_trial, ground, list(enumerate(trials)), heard=heard, should_stop=should_stop)
    records, chosen = [], np.zeros(reach.n_sites, dtype=np.int64)
    n_plans = 0
    for trial, (found, value) in zip(trials, made, strict=True):
        n_plans += found.status in ("optimal", "feasible")
        chosen[found.open_sites] += 1
        records.append(
            {
                "variation": trial.name,
                "status": found.status,
                "objective": found.objective,
                "bound": found.bound,
                "gap": found.gap,
                "open_sites": tuple(found.open_sites.tolist()),
                "base_value": value,
                "regret": found.objective - value,
            }
        )
    ever = np.flatnonzero(chosen)
    ever = ever[np.argsort(-chosen[ever], kind="stable")]
    in_base = np.isin(ever, base.open_sites)
    sites = pd.DataFrame({"site": ever, "chosen": chosen[ever], "of": n_plans, "in_base": in_base})
    return Robustness(sites, pd.DataFrame(records))


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the trials share: the request, the plan of the unchanged case once it is known, and the time for all."""

    reach: Reach
    needs: ArrayLike
    request: Mapping[str, Any]
    seed: int
    gap: float
    base: OpenSet | None
    seconds: float
    end: float
    trials: int
    hands: int


class _Tried(NamedTuple):
    found: OpenSet
    base_value: float


def _trial(ground: _Ground, task: tuple[int, Variation], stopped: Callable[[], bool]) -> _Tried:
    """Plan under a variation, and see what the unchanged plan's sites serve there."""
    place, trial = task
    asked = dict(ground.request) | ({} if trial.min_roster is None else {"min_roster": trial.min_roster})
    reach = ground.reach if trial.reach is None else trial.reach
    needs = ground.needs if trial.needs is None else trial.needs
    repeated = RepeatedProgram(reach, needs, asked, seed=ground.seed, gap=ground.gap)
    base = ground.base
    if place == 0 and base is not None:
        found = base
    else:
        limit = time_share(ground.seconds, ground.end, place, ground.trials, ground.hands) + 1e-3
        starts = [] if base is None else [base.open_sites]
        found = repeated.best(starts=starts, time_limit_s=limit, should_stop=stopped)
    tested = found if base is None else base
    solved = found.status in ("optimal", "feasible") and len(tested.open_sites)
    return _Tried(found, repeated.value(tested.open_sites) if solved else math.nan)


def _never() -> bool:
    return False


def _scaled(reach: Reach, factor: float) -> Reach:
    """The same reach with another limit."""
    limit = reach.limit * factor
    if reach.lazy:
        return replace(reach, limit=limit)
    return Reach.from_costs(
        reach.pairs, limit, unit=reach.unit, method=reach.method, source=reach.source, as_of=reach.as_of
    )
