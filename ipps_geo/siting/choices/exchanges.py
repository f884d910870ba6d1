"""A plan with one site more, one less, or one exchanged: exact values, and ranges where time is short.

Stations that reach nobody in common, not even through others, do not touch each other's rosters. A station opens in one
part of the network; the loss of a station in another part is then what it is without the opening, so that only the
exchanges within one part are evaluated one by one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.workstations.evaluation import Evaluation
from ipps_geo.siting.workstations.evaluator import Evaluator

Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """What a change of the open set adds to the weight served: a value that is reached, and at most.

    ``value`` is NaN where the stations cannot all hold (``starved``) or time was too short; ``share`` is the change of
    the worst unit's share, for that objective.
    """

    value: float
    at_most: float
    starved: bool = False
    share: float = math.nan


@dataclass(frozen=True)
class Exchange(Change):
    """The best exchange for a site: ``out`` gives way to it (-1: none is known)."""

    out: int = -1


class Exchanges:
    """Changes of one plan's stations, evaluated until time is up."""

    def __init__(
        self, evaluator: Evaluator, plan: SitePlan, end: float = math.inf, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.evaluator = evaluator
        self.end = end
        self.should_stop = should_stop
        self.worst_first = evaluator.objective == "worst_unit"
        self.opened = plan.open_sites[~evaluator.asked.existing[plan.open_sites]].astype(np.int64)
        self.base = self._evaluated(self.opened)
        self._losses: dict[int, Change] | None = None
        self._with: dict[int, Evaluation] = {}

    @property
    def over(self) -> bool:
        """True when time is up or the caller wants an end."""
        return time.perf_counter() >= self.end or (self.should_stop is not None and self.should_stop())

    # ------------------------------------------------------------------ one more
    def gain_at_most(self, site: int) -> float:
        """A quick ceiling on what a site adds; 0 where it can never hold."""
        if self.evaluator.place[site] < 0:
            return 0.0
        if self.over:
            return self._reachable(site) + self._slack
        return max(self.evaluator.at_most(np.append(self.opened, site)) - self.base.served, 0.0)

    def added(self, site: int, ceiling: float) -> Change:
        """What the network serves more with the site beside the stations of the plan."""
        if self.evaluator.place[site] < 0:
            return Change(0.0, 0.0)
        if self.over:
            return Change(math.nan, ceiling)
        found = self._evaluated(np.append(self.opened, site))
        self._with[site] = found
        if found.holds is False:
            return Change(math.nan, math.nan, starved=True)
        if found.holds is None:
            return Change(math.nan, ceiling)
        change = self._change(found)
        return Change(change.value, min(change.at_most, max(ceiling, change.value)), share=change.share)

    # ------------------------------------------------------------------ one less
    @property
    def losses(self) -> dict[int, Change]:
        """What the network loses without each of its new stations, as a negative change."""
        if self._losses is None:
            self._losses = {}
            for site in self.opened.tolist():
                if self.over:
                    self._losses[site] = Change(math.nan, 0.0)
                else:
                    self._losses[site] = self._change(self._evaluated(self.opened[self.opened != site]))
        return self._losses

    # ------------------------------------------------------------------ one for another
    def swapped(self, site: int) -> Exchange | None:
        """The exchange for a site that loses least; None where no exchange is possible."""
        movable = [out for out in self.opened.tolist() if self._may_leave(out, site)]
        if self.evaluator.place[site] < 0 or not movable:
            return None
        if site not in self._with or self.over:
            return Exchange(math.nan, self._swap_ceiling(site))
        if self.worst_first:
            return self._best_of(site, movable, None)
        beside = self._with[site]
        near = self._linked(beside, site)
        far = [out for out in movable if out not in near]
        best: Exchange | None = None
        if far and beside.holds:
            best = self._best_far(beside, far)
        return self._best_of(site, [out for out in movable if out in near], best)

    def _may_leave(self, out: int, site: int) -> bool:
        return self.evaluator.allows(np.append(self.opened[self.opened != out], site))

    def _best_far(self, beside: Evaluation, far: list[int]) -> Exchange | None:
        """Of the stations in other parts, the one missed least: opening and closing add up."""
        gain = self._change(beside)
        known = [(self.losses[out], out) for out in far if not self.losses[out].starved]
        if not known:
            return None
        at_most = gain.at_most + max(loss.at_most for loss, _ in known)
        reached = [(loss.value, -out) for loss, out in known if not math.isnan(loss.value)]
        if not reached:
            return Exchange(math.nan, at_most)
        value, out = max(reached)
        return Exchange(gain.value + value, at_most, out=-out)

    def _best_of(self, site: int, outs: list[int], best: Exchange | None) -> Exchange | None:
        """The best exchange among ``outs`` and ``best``; a station whose ceiling is no better is left alone."""
        sets = {out: np.append(self.opened[self.opened != out], site) for out in outs}
        if self.worst_first:
            ceilings = dict.fromkeys(outs, math.inf)
        else:
            ceilings = {out: self.evaluator.at_most(chosen) - self.base.served for out, chosen in sets.items()}
        open_ceiling = -math.inf
        for out in sorted(outs, key=lambda out: (-ceilings[out], out)):
            if best is not None and not math.isnan(best.value) and ceilings[out] <= best.value + 1e-9:
                break
            if self.over:
                open_ceiling = max(open_ceiling, ceilings[out])
                continue
            found = self._evaluated(sets[out])
            if found.holds is False:
                continue
            change = self._change(found)
            if found.holds is None:
                open_ceiling = max(open_ceiling, min(ceilings[out], change.at_most))
                continue
            best = self._better(best, Exchange(change.value, change.at_most, share=change.share, out=out))
        if open_ceiling > -math.inf:
            if math.isinf(open_ceiling):
                open_ceiling = self._swap_ceiling(site)
            best = best or Exchange(math.nan, open_ceiling)
            best = Exchange(best.value, max(best.at_most, open_ceiling), share=best.share, out=best.out)
        return best

    def _better(self, best: Exchange | None, found: Exchange) -> Exchange:
        if best is None or math.isnan(best.value):
            at_most = found.at_most if best is None else max(best.at_most, found.at_most)
            return Exchange(found.value, at_most, share=found.share, out=found.out)
        if self.worst_first:
            better = (round(found.share, 9), found.value) > (round(best.share, 9), best.value)
            return found if better else best
        first = found if found.value > best.value + 1e-9 else best
        return Exchange(first.value, max(best.at_most, found.at_most), share=first.share, out=first.out)

    def _swap_ceiling(self, site: int) -> float:
        """What an exchange can change at most, without a search: all that the site reaches comes on top."""
        return self._reachable(site) + self._slack

    @cached_property
    def _slack(self) -> float:
        """How far the quick ceiling of the plan's own stations lies above what they serve."""
        return self.evaluator.at_most(self.opened) - self.base.served

    # ------------------------------------------------------------------ pieces
    def _evaluated(self, sites: Longs) -> Evaluation:
        return self.evaluator(sites, time_limit_s=self.end - time.perf_counter(), should_stop=self.should_stop)

    def _change(self, found: Evaluation) -> Change:
        """Against the plan's stations; what these could still serve better is counted against the change."""
        if found.holds is False:
            return Change(math.nan, math.nan, starved=True)
        return Change(
            found.served - self.base.served,
            found.served_at_most - self.base.served,
            share=found.worst_share - self.base.worst_share,
        )

    def _reachable(self, site: int) -> float:
        """Weight within reach of a site: no opening adds more."""
        program, j = self.evaluator.program, self.evaluator.place[site]
        if j < 0:
            return 0.0
        start, groups = program.groups.by_site
        mine = groups[start[j] : start[j + 1]]
        return float(program.size[mine] @ program.value[mine]) * self.evaluator.unit

    def _linked(self, beside: Evaluation, site: int) -> set[int]:
        """New stations of the part of the network that a site is in."""
        part = beside.part_of(site)
        return {int(other) for other in part if other != site}
