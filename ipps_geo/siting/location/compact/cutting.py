"""Branch and cut on the sites alone: what a set of open sites is worth is bounded by cuts found on the way.

    max sum_c t_c    s.t.  t_c <= a_c + sum_j b_cj y_j for every cut found,   rows on y,   y binary

for a worth that is a sum over clusters c of concave functions of y (Benders 1962; outer approximation, Duran and
Grossmann 1986; for the p-median Duran-Mateluna, Ales and Elloumi 2023). Cuts at fractional y bring the bound down,
then programs over whole y alternate with cuts at what they open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.compact.program import Found, MixedProgram
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Rounds of cuts at fractional points, and the share by which three of them must bring the bound nearer.
_ROUNDS = 60
_STALLED = 1e-3


@dataclass(frozen=True, eq=False)
class Cuts:
    """One cut per cluster: ``t <= constant + slope @ y``; ``level`` is what it says at the point of the cut."""

    constant: Floats
    slope: Floats
    level: Floats


def by_cluster(cluster: Longs, values: Floats, n_clusters: int) -> Floats:
    """Sum of the values of each cluster."""
    return np.bincount(cluster, values, minlength=n_clusters).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Worth:
    """What is to be maximised over sets of sites.

    Attributes
    ----------
    most
        Upper bound of each cluster's worth.
    cuts
        Cuts at a point y, one per cluster, equalities there when y is whole.
    value
        Worth of a set of open sites, minus infinity when the set does not serve.
    sign
        What a worth is multiplied by when it is told: -1 where it stands for a cost.
    """

    most: Floats
    cuts: Callable[[Floats], Cuts]
    value: Callable[[Ints], float]
    sign: float = 1.0


def best_sites(
    program: MixedProgram,
    opening: Longs,
    worth: Worth,
    holds: Callable[[Ints], bool],
    forbid: Callable[[MixedProgram, Longs, Ints], None],
    start: Ints | None,
    bound: float,
    watch: Watch,
    *,
    gap: float,
    close: float,
    enough: Callable[[float, float], bool] | None = None,
) -> tuple[Ints | None, float, bool]:
    """Best set of sites found, an upper bound, and whether it was proved that there is none.

    ``program`` maximises and holds the columns of the sites with all rows on them; ``holds`` says exactly whether a
    set keeps these rows, ``forbid`` adds a row against one that does not; ``close`` is a distance that is as good as
    none, ``enough(value, bound)`` another reason to end.
    """
    best = start
    value = -np.inf if best is None else worth.value(best)
    unit = _unit(worth, np.isin(np.arange(len(opening)), start if start is not None else 0).astype(np.float64))
    terms = program.columns(np.full(len(worth.most), unit), -np.inf, worth.most / unit)
    state = _Loop(program, opening, terms, worth, watch, bound, unit)
    if best is not None:
        state.cut(np.isin(np.arange(len(opening)), best).astype(np.float64), None)
    if not state.relax(value, close):
        return best, state.bound, best is None
    while not watch.over() and not (enough is not None and enough(value, state.bound)):
        values = None if best is None else state.start(best)
        with watch.muted():
            found = program.solve(watch, start=values, gap=gap, absolute_gap=0.5 * close, bound=state.bound)
        if found.outcome == "infeasible":
            return best, state.bound, best is None
        state.bound = found.bound
        if not len(found.values):
            break
        sites = np.flatnonzero(found.values[opening] > 0.5).astype(np.int32)
        if not holds(sites):
            forbid(program, opening, sites)
            continue
        if worth.value(sites) > value:
            best, value = sites, worth.value(sites)
        watch.tell(worth.sign * value, worth.sign * max(value, state.bound), "cuts")
        if state.bound - value <= max(close, gap * abs(value)):
            break
        if not state.cut(np.isin(np.arange(len(opening)), sites).astype(np.float64), found):
            break
    return best, state.bound, False


def _unit(worth: Worth, y: Floats) -> float:
    """A power of two in which slopes are no smaller than about one: HiGHS drops entries below 1e-9."""
    largest = float(np.abs(worth.cuts(y).slope).max(initial=0.0))
    return float(2.0 ** np.floor(np.log2(largest))) if 0 < largest < 1 else 1.0


@dataclass(eq=False)
class _Loop:
    program: MixedProgram
    opening: Longs
    terms: Longs
    worth: Worth
    watch: Watch
    bound: float
    unit: float

    def cut(self, y: Floats, found: Found | None) -> int:
        """Add the cuts at y (those that a solution violates, where one is given); returns their number."""
        cuts = self.worth.cuts(y)
        wanted = np.ones(len(self.terms), bool)
        if found is not None:
            reached = found.values[self.terms] * self.unit
            wanted = reached > cuts.constant + cuts.slope @ found.values[self.opening] + 1e-9 * (
                self.unit + np.abs(reached)
            )
        chosen = np.flatnonzero(wanted)
        if len(chosen):
            m = len(self.opening)
            place = np.repeat(np.arange(len(chosen)), m)
            self.program.rows(
                np.r_[place, np.arange(len(chosen))],
                np.r_[np.tile(self.opening, len(chosen)), self.terms[chosen]],
                np.r_[-cuts.slope[chosen].ravel() / self.unit, np.ones(len(chosen))],
                -np.inf,
                cuts.constant[chosen] / self.unit,
                len(chosen),
            )
        return len(chosen)

    def start(self, sites: Ints) -> Floats:
        """Values of the columns for a set of open sites."""
        y = np.isin(np.arange(len(self.opening)), sites).astype(np.float64)
        values = np.zeros(self.program.n_columns)
        values[self.opening] = y
        values[self.terms] = np.minimum(self.worth.cuts(y).level, self.worth.most) / self.unit
        return values

    def relax(self, value: float, close: float) -> bool:
        """Cuts at fractional points until the bound stalls; False when no point at all keeps the rows."""
        inner: Floats | None = None
        history: list[float] = []
        for _ in range(_ROUNDS):
            found = self.program.solve(self.watch, relaxed=True)
            self.watch.step()
            if found.outcome == "infeasible":
                return False
            if found.outcome != "optimal":
                break
            self.bound = float(min(self.bound, found.bound))
            self.watch.tell(self.worth.sign * value, self.worth.sign * max(self.bound, value), "linear")
            y = found.values[self.opening]
            inner = y if inner is None else 0.5 * (inner + y)
            n_cuts = self.cut(inner, found) or self.cut(y, found)
            history.append(self.bound)
            stalled = len(history) > 3 and history[-4] - history[-1] <= _STALLED * max(self.bound - value, 0.0)
            if not n_cuts or self.bound - value <= close or self.watch.over() or stalled:
                break
        return True
