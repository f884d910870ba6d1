"""SitePlan: what every siting model returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import Message

Status = Literal["optimal", "feasible", "infeasible", "no_solution"]


@dataclass(frozen=True, eq=False)
class Milestone:
    """One step of a search: seconds since the start, the incumbent's objective, the bound, and the phase.

    ``open_sites``: positions of the incumbent's sites, where the search hands them out, so that whoever has to kill it
    can build the plan again.
    """

    seconds: float
    objective: float
    bound: float
    phase: str
    open_sites: tuple[int, ...] = ()


@dataclass(frozen=True)
class Balance:
    """What became of the rosters of new stations that were made even: enterprises that changed station, and sizes.

    ``proven``: no rosters of these stations that serve the same enterprises, none of them smaller than the smallest or
    larger than the largest before, have a smaller sum of squared sizes.
    """

    moved: int
    smallest_before: int
    largest_before: int
    smallest: int
    largest: int
    proven: bool


@dataclass(frozen=True, eq=False)
class SitePlan:
    """Open sites and the assignment of demand to them, with a proof of quality.

    Attributes
    ----------
    status
        ``optimal`` only when proven within the asked gap; ``feasible`` when a plan exists and the bound does not meet
        it; ``infeasible`` when no plan can exist; ``no_solution`` when none was found in time.
    stop_reason
        Why the search ended, e.g. ``proven``, ``gap`` (within the gap asked for, not nearer), ``time_limit``,
        ``work_limit``, ``cancelled``, or, for an infeasible program, which constraint cannot hold.
    objective, bound
        Value of the plan and a proven bound on every plan (upper when maximising, lower when minimising); ``nan``
        without a plan.
    gap
        ``abs(bound - objective) / max(1e-12, abs(objective))``, 0 when proven, ``inf`` without a plan.
    open_sites
        Positions of the open sites, ascending, shape (p,).
    assignment
        Site position per demand row, -1 for none, shape (n,), int32.
    seconds
        Wall time of the call.
    history
        The milestones, in order.
    why
        For an infeasible program, the constraint that cannot hold, as a code with numbers (``stop_reason`` says the
        same in English); sites in it are positions.
    proven_units
        For ``worst_unit``, how many of the units' shares, from the worst up, no plan can better while the ones before
        stay; 0 elsewhere.
    balance
        What became of the rosters where they were to be made even afterwards, else None.
    """

    status: Status
    stop_reason: str
    objective: float
    bound: float
    gap: float
    open_sites: NDArray[np.int32]
    assignment: NDArray[np.int32]
    seconds: float
    history: tuple[Milestone, ...] = ()
    why: Message | None = None
    proven_units: int = 0
    balance: Balance | None = None


def why_stopped(objective: float, bound: float, gap: float, stopped_by: str) -> str:
    """Why a search with a plan ended: a proof, the asked gap, what stopped it, or its own end.

    >>> why_stopped(90.0, 100.0, 0.2, ""), why_stopped(100.0, 100.0, 0.2, "")
    ('gap', 'proven')
    """
    distance = abs(bound - objective)
    if distance <= 1e-9 * max(1.0, abs(objective)):
        return "proven"
    return "gap" if distance <= gap * abs(objective) else stopped_by or "search_ended"


def relative_gap(objective: float, bound: float) -> float:
    """``abs(bound - objective) / max(1e-12, abs(objective))``."""
    return abs(bound - objective) / max(1e-12, abs(objective))
