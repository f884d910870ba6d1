"""Where one solve stands: its program, the best plan and the best bound so far, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound


@dataclass(eq=False)
class Search:
    """State of one solve: the program, the incumbent, the best bound, the dual that proves it."""

    program: StationProgram
    incumbent: Incumbent
    watch: Watch
    random: np.random.Generator
    gap: float
    bound: float = np.inf
    minimum_binds: bool = False

    def better_bound(self, bound: float) -> None:
        """Take a bound of the whole program if it is lower; never below the incumbent."""
        if bound > self.incumbent.objective:
            bound = max(rounded_bound(self.program, bound), self.incumbent.objective)
        else:
            bound = self.incumbent.objective
        self.bound = min(self.bound, bound)

    @property
    def proven(self) -> bool:
        """True when the bound is within the asked gap of the incumbent, or the goal is reached or out of reach."""
        best = self.incumbent.objective
        if np.isfinite(self.incumbent.goal) and (self.incumbent.reached or self.bound < self.incumbent.cutoff):
            return True
        return np.isfinite(best) and self.bound - best <= self.gap * abs(best) + 1e-9

    def tell(self, phase: str) -> None:
        """Report to the caller."""
        unit = self.watch.weight_unit
        self.watch.tell(self.incumbent.objective * unit, self.bound * unit, phase, self.incumbent.open_sites)
