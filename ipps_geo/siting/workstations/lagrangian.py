"""Prices on exclusivity, and the bound they give: a deflected subgradient method in Python over compiled scans."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.site_prices import prices
from ipps_geo.siting.workstations.site_values import add_use, fixed_values, limited_site_values, site_values

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Entries of site lists from which a scan is shared out among threads: fewer take less time than the sharing.
_WORTH_SHARING = 200_000

#: Relative accuracy of a site's best multiplier; the value itself is exact for the multiplier found.
_SITE_TOLERANCE = 1e-4


class Scans:
    """The compiled kernels bound to one program's arrays."""

    def __init__(self, program: StationProgram) -> None:
        self.program = program
        self.lists = program.site_lists
        self.size = program.size
        self.weight = program.value
        self.ratio = program.ratio
        self.slack = program.slack / program.share[0]
        self.high = program.high.astype(np.float64)
        self.mu_max = float(program.value.max(initial=1.0))

    def lifts(self, mu: Floats, gamma: Floats) -> tuple[Floats, Floats, Floats]:
        """``(need_lift, other_lift, constant)`` of each site at its multipliers."""
        return self.ratio * mu - gamma, -mu - gamma, self.slack * mu + self.high * gamma

    def values(self, price: Floats, mu: Floats, gamma: Floats, tolerance: float = _SITE_TOLERANCE) -> Floats:
        """Site values at given prices, improving the multipliers in place."""
        values = np.empty(self.program.n_sites)
        margin = self.weight - price
        start, split, groups = self.lists

        def scan(first: int, last: int) -> None:
            here = slice(first, last)
            lists = start[first : last + 1], split[here], groups
            if self.program.capacitated:
                limited_site_values(
                    *lists, self.size, margin, self.ratio, self.slack[here], self.high[here], self.mu_max, tolerance,
                    mu[here], gamma[here], values[here],
                )  # fmt: skip
            else:
                site_values(
                    *lists, self.size, margin, self.ratio, self.slack[here], self.mu_max, tolerance, mu[here],
                    values[here],
                )  # fmt: skip

        if self.program.threads == 1 or len(groups) < _WORTH_SHARING:
            scan(0, len(values))
        else:
            # as many entries for each thread; every site's value is its own, whoever counts it
            shares = np.linspace(0, len(groups), self.program.threads + 1)[1:-1]
            edges = [0, *np.searchsorted(start, shares).tolist(), len(values)]
            with ThreadPoolExecutor(self.program.threads) as pool:
                list(pool.map(scan, edges[:-1], edges[1:]))
        return values

    def values_at(self, price: Floats, mu: Floats, gamma: Floats) -> Floats:
        """Site values at given prices and multipliers, nothing improved."""
        values = np.empty(self.program.n_sites)
        fixed_values(*self.lists, self.size, self.weight - price, *self.lifts(mu, gamma), values)
        return values

    def prices(self, opening: Floats, mu: Floats, gamma: Floats) -> Floats:
        """Best prices for (fractional) openings at given multipliers."""
        need_lift, other_lift, _ = self.lifts(mu, gamma)
        price = np.empty(len(self.size))
        groups = self.program.groups
        prices(
            groups.row_start, groups.row_sites, self.program.n_need, self.size, self.weight, opening,
            need_lift, other_lift, price,
        )  # fmt: skip
        return price

    def use(self, price: Floats, mu: Floats, gamma: Floats, chosen: Ints) -> Floats:
        """How often the chosen sites take each group."""
        use = np.zeros(len(self.size))
        need_lift, other_lift, _ = self.lifts(mu, gamma)
        add_use(
            *self.lists, self.size, self.weight - price, self.ratio, self.slack, self.high, need_lift, other_lift,
            chosen, use,
        )  # fmt: skip
        return use


@dataclass(eq=False)
class Dual:
    """Prices and multipliers with the bound that they prove; ``values`` are the site values there."""

    price: Floats
    mu: Floats
    gamma: Floats
    values: Floats
    bound: float = np.inf
    chosen: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    average_opening: Floats = field(default_factory=lambda: np.zeros(0))

    def moved_to(self, program: StationProgram, part: StationProgram, sites: Longs) -> Dual:
        """The dual on fewer sites: prices averaged over the groups that merged (by convexity the bound holds up)."""
        into = part.groups.member_group
        kept = into >= 0
        price = np.bincount(into[kept], weights=(program.size * self.price)[kept], minlength=len(part.size))
        return Dual(price / part.size, self.mu[sites].copy(), self.gamma[sites].copy(), self.values[sites].copy(),
                    self.bound, average_opening=self.average_opening[sites])  # fmt: skip


def best_opening(program: StationProgram, values: Floats) -> tuple[Ints, float]:
    """Sites that maximise the sum of values under number and budget (relaxed), and a bound on that sum."""
    gain = np.maximum(values, 0.0)
    free = ~program.counted | program.required
    room = program.n_max - int(np.count_nonzero(program.required & program.counted))
    base = float(values[program.required].sum() + gain[free & ~program.required].sum())
    others = np.flatnonzero(~free & (gain > 0))
    order = others[np.argsort(-gain[others], kind="stable")]
    picked = order[: max(room, 0)]
    total = base + float(gain[picked].sum())
    if np.isfinite(program.budget):
        left = program.budget - float(program.cost[program.required].sum())
        paid = np.flatnonzero(~program.required & (gain > 0))
        by_ratio = paid[np.argsort(-gain[paid] / np.maximum(program.cost[paid], 1e-12), kind="stable")]
        spent = np.cumsum(program.cost[by_ratio])
        fits = int(np.searchsorted(spent, left, side="right"))
        knapsack = float(values[program.required].sum() + gain[by_ratio[:fits]].sum())
        if fits < len(by_ratio):
            before = spent[fits - 1] if fits else 0.0
            knapsack += float(gain[by_ratio[fits]] * max(0.0, left - before) / program.cost[by_ratio[fits]])
        if knapsack < total:
            chosen = np.concatenate([np.flatnonzero(program.required), by_ratio[:fits]])
            return np.sort(chosen).astype(np.int32), knapsack
    always = np.flatnonzero(program.required | (free & (gain > 0)))
    return np.sort(np.concatenate([always, picked])).astype(np.int32), total


def starting_dual(program: StationProgram) -> Dual:
    """Multipliers of each site on its own, and prices half-way: most groups are contested by a few sites."""
    scans = Scans(program)
    m = program.n_sites
    mu, gamma = np.full(m, 0.2 * scans.mu_max), np.zeros(m)
    values = scans.values(np.zeros(len(program.size)), mu, gamma)
    price = program.value * np.where(np.arange(len(program.size)) < program.n_need, 0.8, 0.4)
    return Dual(price, mu, gamma, values, average_opening=np.zeros(m))


def improve_dual(
    program: StationProgram,
    dual: Dual,
    target: float,
    watch: Watch,
    *,
    iterations: int,
    step: float = 1.0,
    patience: int = 12,
    least_step: float = 4e-3,
) -> Dual:
    """Lower the bound by subgradient steps towards ``target``; the best prices found, never worse than at the start.

    The direction is deflected (0.7 new, 0.3 old); the step shrinks by a quarter after ``patience`` steps without a
    relative improvement of 1e-6, going back to the best prices.
    """
    scans = Scans(program)
    target = max(target, 0.0)
    highest = np.where(np.arange(len(program.size)) < program.n_need, 1 + program.ratio, 1.0) * program.value
    price, mu, gamma = dual.price.copy(), dual.mu.copy(), dual.gamma.copy()
    best = Dual(price.copy(), mu.copy(), gamma.copy(), dual.values)
    opening = dual.average_opening.copy()
    direction = np.zeros_like(price)
    stalled = 0
    for _ in range(iterations):
        values = scans.values(price, mu, gamma)
        chosen, total = best_opening(program, values)
        bound = float(price @ program.size) + total
        stalled = 0 if bound < best.bound * (1 - 1e-6) else stalled + 1
        if bound < best.bound or not np.isfinite(best.bound):
            best = Dual(price.copy(), mu.copy(), gamma.copy(), values, bound, chosen)
        if bound <= target or watch.step():
            break
        opening *= 0.95
        opening[chosen] += 0.05
        if stalled >= patience:
            step *= 0.75
            stalled = 0
            if step < least_step:
                break
            price[:] = best.price
            mu[:] = best.mu
            gamma[:] = best.gamma
            direction[:] = 0
        excess = scans.use(price, mu, gamma, chosen) - 1.0
        excess[(price <= 0) & (excess < 0)] = 0.0
        direction = 0.7 * excess + 0.3 * direction
        norm = float((program.size * direction) @ direction)
        if norm < 1e-12:
            break
        price += step * max(bound - target, 1e-6 * abs(bound)) / norm * direction
        np.clip(price, 0.0, highest, out=price)
    best.average_opening = opening
    return best
