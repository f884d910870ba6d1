"""From what a program found to a plan: bounds tightened by wholeness, status and reason, plans that hold more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

#: Two values that are not whole are held equal when they differ by no more than this share.
_TIE = 1e-7
#: The same for whole ones: nothing below some 5e8, where a solver's doubles still tell one from none.
_WHOLE_TIE = 2e-9


@dataclass(frozen=True, eq=False)
class ServicePlan(SitePlan):
    """A plan whose sites have capacities.

    Attributes
    ----------
    service
        Demand that each site takes of each row: ``scipy.sparse.csr_array``, shape (n, m). ``assignment`` names the site
        that takes most of a row, the first of equals.
    """

    service: Any = None


@dataclass(frozen=True, eq=False)
class RelocationPlan(SitePlan):
    """A plan told as moves: positions of existing sites that stay, of those that close, of new ones that open."""

    kept: Ints | None = None
    closed: Ints | None = None
    opened: Ints | None = None


def tightened(bound: float, *, whole: bool, minimise: bool) -> float:
    """A bound on a whole objective, moved to the next whole number; solver tolerances count on its side.

    >>> tightened(4.3, whole=True, minimise=False), tightened(4.3, whole=True, minimise=True)
    (4.0, 5.0)
    >>> tightened(3.9999999, whole=True, minimise=False), tightened(4.3, whole=False, minimise=False)
    (4.0, 4.3)
    """
    if not whole or not math.isfinite(bound):
        return bound
    slack = 1e-6 + 1e-9 * abs(bound)
    return float(math.ceil(bound - slack) if minimise else math.floor(bound + slack))


def close_enough(whole: bool, value: float) -> float:
    """Distance of a bound from a plan worth about ``value`` that is as good as none: less than one of whole numbers."""
    if whole:
        return 0.9
    return 1e-9 * max(abs(value), 1e-30) if math.isfinite(value) else 1e-12


def proof(
    objective: float, bound: float, *, whole: bool, minimise: bool, gap: float, watch: Watch, complete: bool = True
) -> dict[str, Any]:
    """The fields of a plan that say how good it is, and the last milestone.

    ``bound`` is what a program proved; ``complete=False`` says that something else about the plan is not proven.
    """
    objective, bound = float(objective), float(tightened(bound, whole=whole, minimise=minimise))
    bound = min(bound, objective) if minimise else max(bound, objective)
    distance = abs(bound - objective)
    proven = complete and distance <= (_WHOLE_TIE if whole else _TIE) * max(abs(objective), abs(bound))
    if proven:
        bound, distance = objective, 0.0
    reached = distance / max(1e-12, abs(objective)) if distance else 0.0
    optimal = proven or (complete and reached <= gap)
    reason = "proven" if proven else "gap" if optimal else watch.reason or "search_ended"
    watch.tell(objective, bound, "done")
    return {
        "status": "optimal" if optimal else "feasible", "stop_reason": reason, "objective": objective, "bound": bound,
        "gap": reached, "seconds": watch.seconds, "history": tuple(watch.history),
    }  # fmt: skip
