"""The watch over one p-median search, with its incumbent and its bound: what proves a plan is asked in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import Message
from ipps_geo.siting.search.plan import Milestone, SitePlan, relative_gap
from ipps_geo.siting.search.watch import Watch, without_plan

__all__ = ["MedianWatch"]

#: A proven gap below this is none.
_PROVEN = 1e-9


class MedianWatch(Watch):
    """Says when a search has to stop and remembers the best plan and the best bound, in the units of the search.

    Work is counted in evaluations of the bound, passes of swaps and nodes of the tree.

    Attributes
    ----------
    gap
        Relative gap within which a plan counts as proven.
    phase
        What the search is at; told with each milestone.
    scale, quantum
        Objective of the search / objective of the caller, a power of two; least difference of two objectives of the
        search where costs and weights are whole, else 0.
    objective, bound, open_sites
        The incumbent's objective (infinite without one), the lower bound, and the incumbent's sites, ascending.
    """

    def __init__(
        self,
        *,
        time_limit_s: float,
        work_limit: int | None,
        gap: float,
        progress: Callable[[Milestone], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        super().__init__(time_limit_s, work_limit, progress, should_stop)
        self.gap = gap
        self.phase = "prepare"
        self.scale = 1.0
        self.quantum = 0.0
        self.objective = np.inf
        self.bound = -np.inf
        self.open_sites: NDArray[np.int64] | None = None
        self._site_names = np.empty(0, np.int64)
        self._spare_sites = np.empty(0, np.int64)

    def name_sites(self, names: NDArray[np.int64], spare: NDArray[np.int64]) -> None:
        """Say which of the caller's sites the search's positions are, and which sites open in any case."""
        self._site_names = names
        self._spare_sites = spare

    def named_sites(self) -> NDArray[np.int64]:
        """The incumbent's sites in the caller's positions, ascending."""
        if self.open_sites is None:
            return np.empty(0, np.int64)
        return np.sort(np.concatenate([self._site_names[self.open_sites], self._spare_sites]))

    @property
    def cutoff(self) -> float:
        """A bound above this value proves the incumbent.

        With whole costs and weights two plans differ by at least one quantum; otherwise by more than 0.9e-9 of the
        objective, which keeps a proven gap below 1e-9.
        """
        if not np.isfinite(self.objective):
            return np.inf
        slack = max(0.9e-9, self.gap * (1 - 1e-9)) * abs(self.objective)
        if self.quantum:
            slack = max(slack, self.quantum * (1.0 - 1e-6))
        return self.objective - slack

    @property
    def proven(self) -> bool:
        """Whether the bound proves the incumbent within the asked gap."""
        return self.open_sites is not None and self.bound >= self.cutoff

    def proof(self, objective: float) -> dict[str, Any]:
        """The fields of a plan that say how good it is; ``objective`` is the incumbent's, counted from the costs."""
        bound = min(float(self.bound / self.scale), objective)
        if self.proven and self.quantum and self.gap == 0:
            bound = objective
        gap = relative_gap(objective, bound)
        return {
            "status": "optimal" if self.proven else "feasible", "stop_reason": "proven" if self.proven else self.reason,
            "objective": objective, "bound": bound, "gap": 0.0 if self.proven and gap <= _PROVEN else gap,
            "seconds": self.seconds, "history": tuple(self.history),
        }  # fmt: skip

    def without_plan(self, n_demand: int, why: Message | None = None) -> SitePlan:
        """The answer without an incumbent: infeasible for the reason given, or stopped, with the bound so far."""
        bound = float(self.bound / self.scale) if why is None and np.isfinite(self.bound) else np.nan
        return without_plan(SitePlan, n_demand, self, why, bound)

    def steps_left(self, at_most: int) -> int:
        """Steps that may still be spent, at most ``at_most``."""
        return at_most if self.work_left is None else min(at_most, self.work_left)

    def offer(self, open_sites: NDArray[np.int64], objective: float) -> bool:
        """Keep a plan when it beats the incumbent."""
        if objective >= self.objective:
            return False
        self.objective = float(objective)
        self.open_sites = np.sort(open_sites)
        self._milestone()
        return True

    def raise_bound(self, bound: float) -> None:
        """Keep a bound when it beats the one that is known."""
        if bound > self.bound:
            self.bound = float(bound)
            self._milestone()

    def _milestone(self) -> None:
        sites = tuple(self.named_sites().tolist())
        self.tell(float(self.objective / self.scale), float(self.bound / self.scale), self.phase, sites)
