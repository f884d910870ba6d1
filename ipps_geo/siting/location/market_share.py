"""Market share: sites that draw most demand beside competitors, when people divide by attraction (Huff 1964).

    max sum_i w_i  u_i / (u_i + r_i),    u_i = sum_j a_ij y_j,   r_i = sum_k a_ik over competitors,   sum_j y_j <= p
    a_ij = A_j / c_ij^e   (or  A_j exp(-e c_ij))

The share is concave in u, so tangents bound it from above (:mod:`ipps_geo.siting.location.compact.cutting`; Aros-Vera,
Marianov and Mitchell 2013, Ljubic and Moreno 2018). Rows that no competitor draws go whole to whoever attracts them.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.siting.location.compact.amounts import spent
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.cutting import Cuts, Worth, best_sites, by_cluster
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.search.checks import (
    cost_matrix,
    exact_share,
    real_number,
    relative_gap_allowed,
    row_weights,
    site_states,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["market_share", "target_market_share"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Decay = Literal["power", "exponential"]

#: Clusters of rows: each has a cut of its own.
_CLUSTERS = 40

#: Part of a target that adding up shares may lose.
_ROUNDING = 1e-9


def market_share(
    costs: Any,
    n_sites: int,
    competitor_costs: Any,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    attractiveness: ArrayLike | None = None,
    competitor_attractiveness: ArrayLike | None = None,
    decay: Decay = "power",
    exponent: float = 2.0,
    least_cost: float = 1.0,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open ``n_sites`` sites that capture most of the market beside competitors.

    Parameters
    ----------
    costs, competitor_costs
        Cost of each row to each site, shape (n_demand, n_sites), and to each competitor, shape (n_demand, k), not
        negative; NaN or infinity: no choice for that row.
    n_sites
        Number of sites to open, required ones (sites of one's own that stand) included; all when fewer are allowed.
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    attractiveness, competitor_attractiveness
        A of each site and of each competitor, above 0: one number or one each; 1 when left out.
    decay, exponent
        ``power``: attraction falls with the cost to the power of ``exponent``; ``exponential``: with e to the power of
        ``exponent`` times the cost.
    least_cost
        Costs below it count as this much, above 0: nobody is infinitely attracted by what is next door.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the weight captured, ``bound`` an upper bound; "optimal" is to within 1e-7 of the objective.
        Each row is assigned to the open site that draws most of it.

    Examples
    --------
    >>> plan = market_share([[1.0, 2.0], [2.0, 1.0], [9.0, 1.0]], 1, [[1.0], [2.0], [9.0]])
    >>> plan.open_sites.tolist(), round(plan.objective, 3)
    ([1], 1.988)
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    table = cost_matrix(costs)
    market = _market(
        table, competitor_costs, weights, attractiveness, competitor_attractiveness, decay, exponent, least_cost
    )
    n, m = table.shape
    state = site_states(required_sites, forbidden_sites, m)
    n_open = whole_number(n_sites, "n_sites")
    if why := too_many_required(state, n_open):
        return without_plan(SitePlan, n, watch, why)
    sites, bound = market.best(state, min(n_open, int((state >= 0).sum())), gap, watch)
    quality = proof(market.value(sites), bound, whole=False, minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=market.strongest(sites), **quality)


def target_market_share(
    costs: Any,
    share: float | tuple[int, int],
    competitor_costs: Any,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    attractiveness: ArrayLike | None = None,
    competitor_attractiveness: ArrayLike | None = None,
    decay: Decay = "power",
    exponent: float = 2.0,
    least_cost: float = 1.0,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Fewest sites that capture at least a share of the market beside competitors.

    Parameters
    ----------
    share
        Least share of the total weight: a number from 0 to 1, or two whole numbers (num, den).
    costs, competitor_costs, weights, attractiveness, competitor_attractiveness, decay, exponent, least_cost
        As for :func:`market_share`.
    required_sites, forbidden_sites
        Positions that must be open (they count), or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the number of sites, ``bound`` a lower bound on it. Infeasible when all allowed sites together
        capture less; ``why`` says how much.

    Examples
    --------
    >>> target_market_share([[1.0, 2.0], [2.0, 1.0]], 0.7, [[1.0], [1.0]]).stop_reason
    'share: all allowed sites together capture 1.11111 of 1.4 wanted'
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    wanted = exact_share(share, "share")
    table = cost_matrix(costs)
    market = _market(
        table, competitor_costs, weights, attractiveness, competitor_attractiveness, decay, exponent, least_cost
    )
    n, m = table.shape
    state = site_states(required_sites, forbidden_sites, m)
    target = float(wanted) * spent(market.weight)
    enough = target * (1 - _ROUNDING)
    allowed = np.flatnonzero(state >= 0).astype(np.int32)
    if market.value(allowed) < enough:
        values = {"most": f"{market.value(allowed):g}", "target": f"{target:g}"}
        return without_plan(SitePlan, n, watch, Message("siting.infeasible.market_share", values))
    sites = market.greedy(state, m, enough)
    low = int((state == 1).sum())
    while low < len(sites) and not watch.over():
        n_open = (low + len(sites) - 1) // 2 if len(sites) - low > 2 else len(sites) - 1
        with watch.muted():
            found, bound = market.best(state, n_open, 0.0, watch, enough)
        if market.value(found) >= enough:
            sites = found
        elif bound < enough:
            low = n_open + 1
        else:
            break
        watch.tell(float(len(sites)), float(low), "number")
    quality = proof(float(len(sites)), float(low), whole=True, minimise=True, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=market.strongest(sites), **quality)


def _market(
    table: Floats,
    competitor_costs: Any,
    weights: ArrayLike | None,
    attractiveness: ArrayLike | None,
    competitor_attractiveness: ArrayLike | None,
    decay: Decay,
    exponent: float,
    least_cost: float,
) -> Market:
    """Check the arguments and work out who attracts whom."""
    n, m = table.shape
    rivals = cost_matrix(np.empty((n, 0)) if np.size(competitor_costs) == 0 else competitor_costs)
    if len(rivals) != n:
        raise BadInput("siting.competitors_wrong", where="competitor_costs", length=n)
    least = real_number(least_cost, "least_cost")
    power = real_number(exponent, "exponent")
    for name, number in (("least_cost", least), ("exponent", power)):
        if not 0 < number < math.inf:
            raise BadInput("siting.threshold_not_positive", where=name, value=number)
    if decay not in ("power", "exponential"):
        raise BadInput("siting.decay_unknown", where="decay", value=decay, known="power, exponential")
    own = _attraction(table, _sizes(attractiveness, m, "attractiveness"), decay, power, least)
    sizes = _sizes(competitor_attractiveness, rivals.shape[1], "competitor_attractiveness")
    against = _attraction(rivals, sizes, decay, power, least).sum(axis=1)
    return Market(own, against, row_weights(weights, n))


def _sizes(given: ArrayLike | None, length: int, where: str) -> Floats:
    sizes = np.asarray(1.0 if given is None else given, np.float64)
    if sizes.shape not in ((), (length,)) or not np.isfinite(sizes).all() or (sizes <= 0).any():
        raise BadInput("siting.attraction_wrong", where=where, length=length)
    return np.array(np.broadcast_to(sizes, length))


def _attraction(costs: Floats, sizes: Floats, decay: Decay, exponent: float, least: float) -> Floats:
    felt = np.maximum(costs, least)
    if decay == "power":
        return sizes * (felt / least) ** -exponent * least**-exponent
    return sizes * np.exp(-exponent * felt)


class Market:
    """Attraction of sites relative to that of competitors, per row; shares are concave in their sum."""

    def __init__(self, own: Floats, against: Floats, weight: Floats) -> None:
        self.weight = weight
        self.free = against <= 0
        self.pull = own / np.where(self.free, 1.0, against)[:, None]
        self.pull[self.free] = own[self.free] > 0
        _, label = np.unique(self.pull.argmax(axis=1) if own.size else np.zeros(0), return_inverse=True)
        self.cluster = label % _CLUSTERS
        self.n_clusters = int(self.cluster.max(initial=-1)) + 1

    def shares(self, pulled: Floats) -> Floats:
        """Share of each row's weight for the sum of pulls."""
        with np.errstate(invalid="ignore"):
            divided = np.where(np.isinf(pulled), 1.0, pulled / (1.0 + pulled))
        return np.where(self.free, np.minimum(pulled, 1.0), divided)

    def value(self, sites: ArrayLike) -> float:
        """Weight that a set of open sites captures."""
        return spent(self.weight * self.shares(self.pull[:, np.asarray(sites, np.int64)].sum(axis=1)))

    def strongest(self, sites: Ints) -> Ints:
        """Open site that draws most of each row, the first of equals; -1 where none draws any."""
        assignment = np.full(len(self.pull), -1, np.int32)
        if len(sites) and len(self.pull):
            part = self.pull[:, sites]
            place = part.argmax(axis=1)
            drawn = part[np.arange(len(part)), place] > 0
            assignment[drawn] = sites[place[drawn]]
        return assignment

    def greedy(self, state: NDArray[np.int8], n_open: int, enough: float) -> Ints:
        """Required sites, then again and again the one that adds most, until so many or enough."""
        opened = np.flatnonzero(state == 1).tolist()
        pulled = self.pull[:, opened].sum(axis=1)
        while len(opened) < n_open and self.value(opened) < enough:
            together = pulled[:, None] + self.pull
            divided = np.where(self.free[:, None], np.minimum(together, 1.0), together / (1.0 + together))
            gain = np.where(state == 0, self.weight @ divided, -1.0)
            gain[opened] = -1.0
            best = int(np.argmax(gain))
            if gain[best] < 0:
                break
            opened.append(best)
            pulled = pulled + self.pull[:, best]
        return np.sort(np.array(opened, np.int32))

    def best(
        self, state: NDArray[np.int8], n_open: int, gap: float, watch: Watch, enough: float = math.inf
    ) -> tuple[Ints, float]:
        """Best set found of so many sites, and an upper bound; ends when the set or the bound settles ``enough``."""
        first = self._swapped(self.greedy(state, n_open, math.inf), state, watch)
        value, allowed = self.value(first), np.flatnonzero(state >= 0)
        bound = self.value(allowed)
        watch.tell(value, bound, "swaps")
        if len(first) == len(allowed) or value >= min(bound, enough) or watch.over():
            return first, value if len(first) == len(allowed) else bound
        program = MixedProgram(maximise=True)
        opening = program.columns(np.zeros(len(state)), state == 1, state >= 0, whole=True)
        program.row(opening, 1.0, n_open, n_open)
        everything = self.weight * self.shares(self.pull[:, allowed].sum(axis=1))
        most = by_cluster(self.cluster, everything, self.n_clusters)
        sites, bound, _ = best_sites(
            program, opening, Worth(most, self.cuts, self.value), lambda sites: len(sites) == n_open, _refuse, first,
            bound, watch, gap=gap, close=close_enough(whole=False, value=value),
            enough=None if math.isinf(enough) else lambda value, bound: value >= enough or bound < enough,
        )  # fmt: skip
        return (first if sites is None else sites), bound

    def _swapped(self, sites: Ints, state: NDArray[np.int8], watch: Watch) -> Ints:
        """Exchange one site for another while that captures more."""
        value, improved = self.value(sites), True
        while improved and not watch.over():
            improved = False
            for site in sites.tolist():
                if state[site] == 1 or watch.over():
                    continue
                rest = sites[sites != site]
                together = self.pull[:, rest].sum(axis=1)[:, None] + self.pull
                divided = np.where(self.free[:, None], np.minimum(together, 1.0), together / (1.0 + together))
                gain = np.where(state >= 0, self.weight @ divided, -1.0)
                gain[rest] = -1.0
                other = np.sort(np.r_[rest, np.argmax(gain)]).astype(np.int32)
                if self.value(other) > value * (1 + 1e-12):
                    sites, value, improved = other, self.value(other), True
        return sites

    def cuts(self, y: Floats) -> Cuts:
        """Tangents at y, added up by cluster."""
        pulled = self.pull @ y
        slope = np.where(self.free, (pulled < 1).astype(np.float64), 1.0 / (1.0 + pulled) ** 2) * self.weight
        slopes = np.zeros((self.n_clusters, len(y)))
        np.add.at(slopes, self.cluster, slope[:, None] * self.pull)
        levels = by_cluster(self.cluster, self.weight * self.shares(pulled), self.n_clusters)
        return Cuts(levels - slopes @ y, slopes, levels)


def _refuse(program: MixedProgram, opening: Longs, sites: Ints) -> None:
    """A row against exactly these sites: they are not as many as asked."""
    sign = np.where(np.isin(np.arange(len(opening)), sites), 1.0, -1.0)
    program.row(opening, sign, -np.inf, len(sites) - 1)
