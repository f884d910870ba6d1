"""Maximal covering with sites that exist: keep some, close some, open others (after Wang et al. 2003).

    max sum_i w_i z_i    s.t.  z_i <= sum_{j reaches i} y_j,   moves within number and budget,   y binary, 0 <= z <= 1

Moves as in :mod:`ipps_geo.siting.location.compact.moves`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.answers import RelocationPlan, close_enough, proof
from ipps_geo.siting.location.compact.moves import first_step, moves
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import Floats, cover_case, opened_sites
from ipps_geo.siting.search.checks import relative_gap_allowed
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, search_watch, without_plan

__all__ = ["maximal_covering_relocation"]


def maximal_covering_relocation(
    reach: Reach,
    existing_sites: ArrayLike,
    n_sites: int | None = None,
    most_closed: int | None = None,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    most_opened: int | None = None,
    opening_costs: ArrayLike | None = None,
    closing_costs: ArrayLike | None = None,
    budget: float | None = None,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RelocationPlan:
    """Close some of the existing sites and open others so that as much demand as possible is within reach.

    Parameters
    ----------
    reach
        Which site, existing or new, reaches which demand row.
    existing_sites
        Positions of the sites that are open today.
    n_sites
        Most sites open afterwards; as many as exist when left out. Fewer than exist closes some.
    most_closed, most_opened
        Most existing sites that may close, most new ones that may open; any number when left out. With ``n_sites``
        left out, ``most_closed=k`` moves at most k sites.
    opening_costs, closing_costs, budget
        Cost of opening each new site and of closing each existing one (one number, or one per site; 0 when left out),
        and what all moves may cost together.
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    required_sites, forbidden_sites
        Positions that must be open afterwards (an existing one stays), or closed (an existing one closes).
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    RelocationPlan
        ``objective`` is the weight covered afterwards, ``bound`` an upper bound; ``kept``, ``closed`` and ``opened``
        tell the moves. Infeasible when no moves within the limits give what is required.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [1, 0], [9, 0]], [[0, 1], [1, 1], [9, 1]], 2)
    >>> plan = maximal_covering_relocation(reach, [0, 1], most_closed=1)
    >>> plan.closed.tolist(), plan.opened.tolist(), plan.objective
    ([0], [2], 3.0)
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    allowed_moves = moves(
        existing_sites, reach.n_sites, n_sites, most_closed, most_opened, opening_costs, closing_costs, budget
    )
    try:
        case = cover_case(reach, weights, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(RelocationPlan, reach.n_demand, watch)
    weight = case.groups.weight

    def worth(sites: ArrayLike) -> float:
        return float(weight[case.reached(sites) > 0].sum())

    def added(sites: list[int]) -> Floats:
        left = np.where(case.reached(sites) > 0, 0.0, weight)
        gains: Floats = worth(sites) + case.by_site @ left
        return gains

    chosen = first_step(allowed_moves, case.state, added)
    bound = case.most()
    if chosen is not None:
        watch.tell(worth(chosen), bound, "moves")
    if chosen is None or (worth(chosen) < bound and not watch.over()):
        program = MixedProgram(maximise=True)
        opening = case.opening(program)
        case.covering(program, opening, weight)
        allowed_moves.rows(program, opening)
        absolute = close_enough(case.whole, bound)
        while True:
            start = None if chosen is None else case.start(chosen)
            found = program.solve(watch, start=start, gap=gap, absolute_gap=absolute, bound=bound)
            if found.outcome == "infeasible" and chosen is None:
                return without_plan(RelocationPlan, reach.n_demand, watch, Message("siting.infeasible.moves"))
            bound = bound if found.outcome == "infeasible" else found.bound
            if not len(found.values):
                break
            sites = opened_sites(found.values, reach.n_sites)
            if allowed_moves.hold(sites):
                better = chosen is None or worth(sites) > worth(chosen)
                chosen = sites if better else chosen
                break
            allowed_moves.forbid(program, opening, sites)  # the solver's tolerance let dear moves pass
    if chosen is None:
        return without_plan(RelocationPlan, reach.n_demand, watch, bound=bound)
    assignment, objective = case.covered(chosen)
    quality = proof(objective, bound, whole=case.whole, minimise=False, gap=gap, watch=watch)
    return RelocationPlan(open_sites=chosen, assignment=assignment, **allowed_moves.told(chosen), **quality)
