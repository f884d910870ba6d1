"""Closing and opening: what may change about the sites that exist.

    sum_{j in E} (1 - y_j) <= k,   sum_{j not in E} y_j <= l,   sum_j y_j <= p,
    sum_{j not in E} o_j y_j + sum_{j in E} q_j (1 - y_j) <= B

(Wang, Batta, Bhadury and Rump 2003.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.siting.location.compact.amounts import within
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.search.checks import limit_allowed, site_numbers, site_positions, whole_number

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Best sites that a search looks at for one exchange.
_LOOKED_AT = 20


@dataclass(frozen=True, eq=False)
class Moves:
    """Which sites exist, how many may close and open, how many may be open, and what moves cost."""

    existing: NDArray[np.bool_]
    most_sites: int
    most_closed: int
    most_opened: int
    costs: Floats
    budget: float

    def hold(self, sites: ArrayLike) -> bool:
        """Whether a set of open sites can be reached by such moves."""
        opened = np.zeros(len(self.existing), bool)
        opened[np.asarray(sites, np.int64)] = True
        moved = opened != self.existing
        return (
            int(opened.sum()) <= self.most_sites
            and int((moved & self.existing).sum()) <= self.most_closed
            and int((moved & ~self.existing).sum()) <= self.most_opened
            and within(self.costs[moved], self.budget)
        )

    def rows(self, program: MixedProgram, opening: Longs) -> None:
        """The rows of a program over the columns of its sites."""
        old, new = opening[self.existing], opening[~self.existing]
        program.row(opening, 1.0, -np.inf, self.most_sites)
        program.row(old, 1.0, len(old) - self.most_closed, np.inf)
        program.row(new, 1.0, -np.inf, self.most_opened)
        if np.isfinite(self.budget):
            signed = np.where(self.existing, -self.costs, self.costs)
            program.row(opening, signed, -np.inf, self.budget - float(self.costs[self.existing].sum()))

    def forbid(self, program: MixedProgram, opening: Longs, sites: Ints) -> None:
        """A row against these moves, and any that hold them: they cost more than there is."""
        opened = np.zeros(len(self.existing), bool)
        opened[sites] = True
        moved = opened != self.existing
        sign = np.where(self.existing, -1.0, 1.0)[moved]
        program.row(opening[moved], sign, -np.inf, int(moved.sum()) - 1 - int((moved & self.existing).sum()))

    def told(self, sites: Ints) -> dict[str, Any]:
        """The fields of a plan that tell it as moves."""
        opened = np.zeros(len(self.existing), bool)
        opened[sites] = True
        parts = {
            "kept": opened & self.existing, "closed": ~opened & self.existing, "opened": opened & ~self.existing,
        }  # fmt: skip
        return {name: np.flatnonzero(part).astype(np.int32) for name, part in parts.items()}


def moves(
    existing_sites: ArrayLike,
    m: int,
    n_sites: int | None,
    most_closed: int | None,
    most_opened: int | None,
    opening_costs: ArrayLike | None,
    closing_costs: ArrayLike | None,
    budget: float | None,
) -> Moves:
    """Check the arguments of a relocation; as many sites as exist where no number is given."""
    positions = site_positions(existing_sites, m, "existing_sites")
    if not len(positions):
        raise BadInput("siting.existing_missing", where="existing_sites")
    existing = np.zeros(m, bool)
    existing[positions] = True
    if (opening_costs is None and closing_costs is None) != (budget is None):
        raise BadInput("siting.costs_and_budget", where="budget")
    opening = site_numbers(0.0 if opening_costs is None else opening_costs, m, "opening_costs")
    closing = site_numbers(0.0 if closing_costs is None else closing_costs, m, "closing_costs")
    return Moves(
        existing=existing,
        most_sites=len(positions) if n_sites is None else whole_number(n_sites, "n_sites"),
        most_closed=m if most_closed is None else whole_number(most_closed, "most_closed"),
        most_opened=m if most_opened is None else whole_number(most_opened, "most_opened"),
        costs=np.where(existing, closing, opening),
        budget=np.inf if budget is None else limit_allowed(budget, "budget"),
    )


def first_step(moves: Moves, state: NDArray[np.int8], added: Callable[[list[int]], Floats]) -> Ints | None:
    """Existing sites with as few moves as must be, then with those that gain most; ``None`` when that does not hold.

    ``added(sites)`` is what a set of sites is worth together with each site, the more the better.
    """
    sites = np.flatnonzero((moves.existing & (state >= 0)) | (state == 1)).tolist()
    while len(sites) > moves.most_sites:
        free = [j for j in sites if state[j] != 1]
        if not free:
            return None
        sites.remove(max(free, key=lambda j: _worth(added, [i for i in sites if i != j])))
    if not moves.hold(sites):
        return None
    value, found = _worth(added, sites), True
    while found:
        found = False
        bases = [sites, *([i for i in sites if i != j] for j in sites if state[j] != 1)]
        for base in bases:
            gain = np.where(state >= 0, added(base), -np.inf)
            for j in np.argsort(-gain, kind="stable")[:_LOOKED_AT].tolist():
                if gain[j] <= value:
                    break
                if moves.hold([*base, j]):
                    sites, value, found = sorted({*base, j}), float(gain[j]), True
                    break
            if found:
                break
    return np.array(sites, np.int32)


def _worth(added: Callable[[list[int]], Floats], sites: list[int]) -> float:
    """Worth of a set of sites; minus infinity for none."""
    return float(added(sites)[sites[0]]) if sites else -np.inf
