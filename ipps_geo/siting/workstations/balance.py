"""Second stage: the enterprises that new stations serve are shared out among these stations so that rosters are even.

Which stations open and who is served stay as they are. One enterprise goes from a large roster to a smaller one, by a
chain of stations where needed: each hands one on to the next, which reaches it. A chain keeps to every rule at every
station that it passes, and makes the sum of the squared roster sizes less.

Without the need share the rosters are a flow from groups to stations with a convex cost per station: once no chain
between two stations whose sizes differ by 2 or more is left, no rosters are more even. The need share couples the two
kinds of enterprises at a station: where it stops chains, a whole program (:mod:`.balance_program`) goes on from there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search import clock
from ipps_geo.siting.search.groups import group_demand
from ipps_geo.siting.search.plan import Balance
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.balance_program import most_even
from ipps_geo.siting.workstations.request import StationRequest

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Most seconds for it, beside the time limit of the search: what has been made even by then stands.
BALANCE_S = 5.0

#: One hand-over: station, the one it hands to, whether the enterprise has a need (0 or 1).
Step = tuple[int, int, int]


def balanced(request: StationRequest, open_sites: Ints, assignment: Ints, watch: Watch) -> tuple[Ints, Balance]:
    """The assignment with even rosters of the new stations, and what became of them; as far as time allows."""
    new = open_sites[~request.existing[open_sites]].astype(np.int64)
    rows = np.flatnonzero(np.isin(assignment, new))
    if len(new) < 2:
        return assignment, Balance(0, len(rows), len(rows), len(rows), len(rows), proven=True)
    groups = group_demand(request.reach.select(rows, new), (request.needs[rows] == 1).astype(np.int32))
    station, group = np.searchsorted(new, assignment[rows]), groups.member_group.astype(np.int64)
    p, n_groups = len(new), groups.n_groups
    served = np.bincount(group * p + station, minlength=n_groups * p).reshape(n_groups, p).astype(np.int64)
    reached = np.zeros((n_groups, p), bool)
    reached[np.repeat(np.arange(n_groups), np.diff(groups.row_start)), groups.row_sites] = True
    even = EvenRosters(groups.label.astype(np.int64), reached, served, request.capacity[new], request.need_share)
    end = clock.now() + BALANCE_S
    before = even.sizes.copy()
    settled = even.settle(lambda: watch.reason == "cancelled" or clock.now() > end)
    proven = settled and even.proven()
    if settled and not proven:
        found, proven = most_even(
            even.need, reached, even.served, served, even.capacity, request.need_share, max(0.01, end - clock.now())
        )
        even = EvenRosters(even.need, reached, found, even.capacity, request.need_share)
    moved = _handed_out(station, even.served - served, group)
    made = assignment.copy()
    made[rows] = new[moved]
    told = Balance(
        moved=int(np.count_nonzero(moved != station)),
        smallest_before=int(before.min()),
        largest_before=int(before.max()),
        smallest=int(even.sizes.min()),
        largest=int(even.sizes.max()),
        proven=proven,
    )
    return made, told


def _handed_out(station: Longs, change: Longs, group: Longs) -> Longs:
    """Station of each row after the changes per group and station: only as many rows change, the first ones stay."""
    after = station.copy()
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(len(change) + 1))
    for number in np.flatnonzero(change.any(axis=1)).tolist():
        rows, moves = order[start[number] : start[number + 1]], change[number]
        leaving = [rows[station[rows] == site][moves[site] :] for site in np.flatnonzero(moves < 0).tolist()]
        after[np.sort(np.concatenate(leaving))] = np.repeat(np.arange(len(moves)), np.maximum(moves, 0))
    return after


class EvenRosters:
    """Numbers of each group's members on each roster, made even by chains.

    ``need`` (0 or 1) of each group; ``reached``, which stations may serve it, and ``served``, its members on each
    roster, shape (groups, stations); the most per station, and the need share as whole numbers. The arrays given stay
    as they are.
    """

    def __init__(
        self, need: Longs, reached: Bools, served: Longs, capacity: Longs, need_share: tuple[int, int]
    ) -> None:
        """Count what each station could hand to each other one."""
        self.need, self.reached, self.served, self.capacity = need, reached, served.copy(), capacity
        num, den = need_share
        #: What one member without, and one with need, adds to the slack of the need share.
        self.worth = (-num, den - num)
        self.sizes = self.served.sum(axis=0)
        self.slack = self.served.T @ np.where(need == 1, self.worth[1], self.worth[0])
        #: Of either kind, how many each station has that each other one may serve.
        self.movable = np.stack(
            [self.served[need == kind].T @ reached[need == kind].astype(np.int64) for kind in (0, 1)]
        )

    def settle(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Move along shortest chains until none makes the rosters more even; False when it had to stop before."""
        while True:
            for source in np.argsort(-self.sizes, kind="stable").tolist():
                if stop():
                    return False
                if self._relieved(source):
                    break
            else:
                return True

    def proven(self) -> bool:
        """Whether no rosters of these stations are more even: no chain is left, the need share aside."""
        return not any(
            self._targets(source, self._chains(source, share=False), share=False)
            for source in range(len(self.capacity))
        )

    def _relieved(self, source: int) -> bool:
        """Move what can go from a station to the smallest one that a chain leads to; False when nothing can."""
        found = self._chains(source, share=True)
        for end in self._targets(source, found, share=True):
            steps: list[Step] = []
            at: tuple[int, int] | None = end
            while at is not None:
                before, giver = found[at]
                steps.append((giver, at[0], at[1]))
                at = before
            if self._moved(steps):
                return True
        return False

    def _chains(self, source: int, *, share: bool) -> dict[tuple[int, int], tuple[tuple[int, int] | None, int]]:
        """Shortest chains from a station: (station, need of what it received) -> (the one before, who handed it on)."""
        found: dict[tuple[int, int], tuple[tuple[int, int] | None, int]] = {}
        queue: deque[tuple[int, int] | None] = deque([None])
        while queue:
            at = queue.popleft()
            giver = source if at is None else at[0]
            for need in (1, 0):
                gain = -self.worth[need] + (0 if at is None else self.worth[at[1]])
                if share and self.slack[giver] + gain < 0:
                    continue
                for taker in np.flatnonzero(self.movable[need, giver] > 0).tolist():
                    if taker != giver and (taker, need) not in found:
                        found[taker, need] = (at, giver)
                        queue.append((taker, need))
        return found

    def _targets(
        self, source: int, found: dict[tuple[int, int], tuple[tuple[int, int] | None, int]], *, share: bool
    ) -> list[tuple[int, int]]:
        """Ends of chains at rosters smaller by 2 or more that may take one in: the smallest first, then by place."""
        ends = [
            (site, need)
            for site, need in found
            if self.sizes[site] <= self.sizes[source] - 2
            and self.sizes[site] < self.capacity[site]
            and not (share and self.slack[site] + self.worth[need] < 0)
        ]
        return sorted(ends, key=lambda end: (self.sizes[end[0]], end[0], -end[1]))

    def _moved(self, steps: list[Step]) -> bool:
        """Hand on as many along a chain as make both ends more even and all rules allow; False where none can."""
        source, target = steps[-1][0], steps[0][1]
        chosen = [self._group(step) for step in steps]
        least = min(int(self.served[group, giver]) for group, (giver, _, _) in zip(chosen, steps, strict=True))
        n = min(
            least,
            int(self.sizes[source] - self.sizes[target]) // 2,
            int(self.capacity[target] - self.sizes[target]),
        )
        while n > 0 and not self._allowed(steps, chosen, n):
            n //= 2
        if n == 0:
            return False
        for group, (giver, taker, _) in zip(chosen, steps, strict=True):
            at, need = self.reached[group], self.need[group]
            self.served[group, giver] -= n
            self.served[group, taker] += n
            self.movable[need, giver, at] -= n
            self.movable[need, taker, at] += n
            for site, sign in ((giver, -n), (taker, n)):
                self.sizes[site] += sign
                self.slack[site] += sign * self.worth[need]
        return True

    def _group(self, step: Step) -> int:
        """The group of which a station has most to hand on in a step; the first of equal ones."""
        giver, taker, need = step
        has = np.where((self.need == need) & self.reached[:, taker], self.served[:, giver], 0)
        return int(np.argmax(has))

    def _allowed(self, steps: list[Step], chosen: list[int], n: int) -> bool:
        """Whether n may go along all steps at once: nobody counted twice, no need share broken in the end."""
        cells: dict[tuple[int, int], int] = {}
        slack: dict[int, int] = {}
        for group, (giver, taker, need) in zip(chosen, steps, strict=True):
            for site, sign in ((giver, -n), (taker, n)):
                cells[group, site] = cells.get((group, site), int(self.served[group, site])) + sign
                slack[site] = slack.get(site, int(self.slack[site])) + sign * self.worth[need]
        return min(cells.values()) >= 0 and min(slack.values()) >= 0
