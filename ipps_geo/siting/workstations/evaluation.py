"""What a chosen set of stations can do together: value, rosters, verdicts, and the difference from another set."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.siting.violations import Violation
from ipps_geo.siting.workstations.assignment import Rosters, assigned_rows
from ipps_geo.siting.workstations.eligibility import eligibility
from ipps_geo.siting.workstations.open_groups import OpenGroups
from ipps_geo.siting.workstations.parts import parts_of
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import UNLIMITED, StationRequest

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

VERDICTS = (
    "holds",
    "takes_nobody",
    "cannot_reach_minimum",
    "capacity_below_minimum",
    "cannot_reach_need_share",
    "starved",
)
"""Verdicts on a station of an evaluated set.

``holds``: its roster satisfies minimum, need share and capacity. ``takes_nobody``: an existing station that stays as it
is. ``cannot_reach_minimum``, ``capacity_below_minimum``, ``cannot_reach_need_share``: it could not hold even alone.
``starved``: alone it could, but the others of the set need its enterprises.
"""


@dataclass(frozen=True, eq=False)
class Setting:
    """What sets are evaluated on: the request, its program, and each site's place there (-1: it can never hold)."""

    asked: StationRequest
    program: StationProgram
    place: Ints

    @cached_property
    def within_reach(self) -> pd.DataFrame:
        """What each site reaches and could hold alone; see :func:`~ipps_geo.siting.workstations.eligibility`."""
        asked = self.asked
        return eligibility(
            asked.reach, asked.needs, min_roster=asked.min_roster, need_share=asked.need_share, capacity=asked.capacity
        )


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One evaluated set of stations.

    Attributes
    ----------
    open_sites
        Positions of the new stations asked about, ascending.
    holds
        Whether every one of them has a lawful roster; None where time was too short to say. Where some cannot have
        one, the others serve what they can at best.
    exact
        True when the objective is proven to be the best of these stations; otherwise ``bound`` says what is open.
    objective, bound
        In the request's objective: weight served, number of new stations, or share of the worst unit.
    served, served_at_most
        Weight served, whatever the objective.
    worst_share
        Served share of the worst demand unit, for that objective; NaN for the others.
    violations
        What the set breaks of number, budget, units, required and forbidden sites, and the target.
    seconds
        Wall time.
    """

    setting: Setting
    again: Callable[..., Evaluation]
    open_sites: Ints
    holds: bool | None
    exact: bool
    objective: float
    bound: float
    served: float
    served_at_most: float
    worst_share: float
    violations: tuple[Violation, ...]
    seconds: float
    places: Ints
    rosters: Rosters

    # ------------------------------------------------------------------ one site more or less
    def opened(self, site: int, *, time_limit_s: float = math.inf) -> Evaluation:
        """Evaluate the same set with one more station."""
        return self.again(np.union1d(self.open_sites, [site]).astype(np.int64), time_limit_s=time_limit_s)

    def closed(self, site: int, *, time_limit_s: float = math.inf) -> Evaluation:
        """Evaluate the same set without one of its stations."""
        return self.again(self._without(site), time_limit_s=time_limit_s)

    def swapped(self, out: int, into: int, *, time_limit_s: float = math.inf) -> Evaluation:
        """Evaluate the same set with a station in place of another one."""
        return self.again(np.union1d(self._without(out), [into]).astype(np.int64), time_limit_s=time_limit_s)

    def _without(self, site: int) -> Longs:
        if site not in self.open_sites:
            raise BadInput("siting.position_not_open", where="site", site=site)
        return self.open_sites[self.open_sites != site].astype(np.int64)

    # ------------------------------------------------------------------ who and where
    @cached_property
    def assignment(self) -> Ints:
        """Site position per demand row, -1 for none, int32."""
        if len(self.places) == 0:
            return np.full(self.setting.asked.reach.n_demand, -1, np.int32)
        return assigned_rows(self.setting.program, self.places, self.rosters)

    @cached_property
    def stations(self) -> pd.DataFrame:
        """One row per station, new ones and existing ones, by position.

        ``site``, ``existing``, ``verdict`` (one of :data:`VERDICTS`), ``taken_in`` and ``taken_in_with_need`` (new
        members), ``members`` and ``with_need`` (the earlier roster included), ``margin_roster`` and ``margin_need``
        (members beyond the minimum, members with need beyond the share), ``room`` below the capacity (missing without
        one), ``reachable`` and ``reachable_with_need``.
        """
        asked = self.setting.asked
        sites = np.union1d(self.open_sites, np.flatnonzero(asked.existing & ~asked.forbidden)).astype(np.int64)
        taken, with_need = self._taken(sites)
        members, needing = asked.rosters[sites].T + np.array([taken, with_need])
        num, den = asked.need_share
        room = np.where(asked.capacity[sites] >= UNLIMITED, np.nan, asked.capacity[sites] - members)
        within = self.setting.within_reach.iloc[sites]
        return pd.DataFrame(
            {
                "site": sites,
                "existing": asked.existing[sites],
                "verdict": pd.array(self._verdicts(sites, within), dtype="str"),
                "taken_in": taken,
                "taken_in_with_need": with_need,
                "members": members,
                "with_need": needing,
                "margin_roster": members - asked.min_roster,
                "margin_need": needing - -(-num * members // den),
                "room": pd.array(room, dtype="Int64"),
                "reachable": within["reachable"].to_numpy(),
                "reachable_with_need": within["with_need"].to_numpy(),
            }
        )

    def part_of(self, site: int) -> Longs:
        """Positions of the stations whose rosters a station of the set touches, through others too, itself included."""
        here = np.searchsorted(self.places, self.setting.place[site])
        for part in parts_of(self.rosters.seen, len(self.places)):
            if here in part.places:
                return self.setting.program.site_ids[self.places[part.places]]
        return np.array([site], np.int64)

    def _taken(self, sites: Longs) -> tuple[Longs, Longs]:
        """New members of each site, and those of them with need."""
        asked, seen, members = self.setting.asked, self.rosters.seen, self.rosters.members
        if asked.need_share[0] == 0:  # without a share the groups do not tell who has a need
            served = self.assignment[(self.assignment >= 0) & (asked.needs == 1)]
            needing = np.bincount(served, minlength=asked.reach.n_sites)
        else:
            needing = self._per_site(seen, members * np.repeat(seen.need, np.diff(seen.start)))
        return self._per_site(seen, members)[sites], needing[sites]

    def _per_site(self, seen: OpenGroups, members: Longs) -> Longs:
        per_site = np.zeros(self.setting.asked.reach.n_sites, np.int64)
        counts = np.bincount(seen.sites, weights=members, minlength=len(self.places))
        per_site[self.setting.program.site_ids[self.places]] = counts.round()
        return per_site

    def _verdicts(self, sites: Longs, within: pd.DataFrame) -> Any:
        asked, place = self.setting.asked, self.setting.place[sites]
        at = np.searchsorted(self.places, place)
        inside = place >= 0
        holds = np.zeros(len(sites), bool)
        holds[inside] = self.rosters.open[at[inside]]
        return np.select(
            [
                holds,
                asked.existing[sites] & ~asked.required[sites],
                within["reachable"].to_numpy() + asked.rosters[sites, 0] < asked.min_roster,
                asked.capacity[sites] < asked.min_roster,
                ~inside,
            ],
            ["holds", "takes_nobody", "cannot_reach_minimum", "capacity_below_minimum", "cannot_reach_need_share"],
            default="starved",
        )

    def by_unit(self, units: ArrayLike) -> pd.DataFrame:
        """Coverage by unit: ``unit``, ``demand`` and ``served`` (heads), ``weight`` and ``weight_served``, ``share``.

        ``units`` names the unit of each demand row; units come in their order.
        """
        asked = self.setting.asked
        names, code = np.unique(np.asarray(units), return_inverse=True)
        if len(code) != asked.reach.n_demand:
            raise BadInput("siting.wrong_shape", where="units", length=asked.reach.n_demand, shape=np.shape(units))
        served = self.assignment >= 0

        def total(of: Any, rows: Any) -> Any:
            return np.bincount(code[rows], weights=of[rows], minlength=len(names))

        everybody, ones = np.ones(len(code), bool), np.ones(len(code))
        weight, reached = total(asked.weights, everybody), total(asked.weights, served)
        return pd.DataFrame(
            {
                "unit": names,
                "demand": total(ones, everybody).astype(np.int64),
                "served": total(ones, served).astype(np.int64),
                "weight": weight,
                "weight_served": reached,
                "share": np.divide(reached, weight, out=np.full(len(names), np.nan), where=weight > 0),
            }
        )

    def moved(self, before: Evaluation) -> pd.DataFrame:
        """Who would change hands against another set: ``from_site``, ``to_site`` (-1: nobody), ``members``.

        Members of one group cannot be told apart, so only the numbers that have to move between sites are counted.
        """
        group = self.setting.program.groups.member_group
        rows = np.flatnonzero((self.assignment != before.assignment) & (group >= 0))
        return _least_moves(group[rows], before.assignment[rows], self.assignment[rows], len(self.setting.place))


def _least_moves(group: Ints, before: Ints, after: Ints, n_sites: int) -> pd.DataFrame:
    """Moves between sites once members of a group that stay in number stay in person."""
    width = n_sites + 1  # nobody is -1
    keys = [group.astype(np.int64) * width + site + 1 for site in (before, after)]
    place, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    net = np.bincount(inverse, weights=np.repeat([-1.0, 1.0], len(group)), minlength=len(place)).astype(np.int64)
    site = place % width - 1
    # Places are sorted by group and every group's moves add up to zero, so givers and takers stand side by side.
    moves = (np.repeat(site, np.maximum(-net, 0)) + 1) * width + np.repeat(site, np.maximum(net, 0)) + 1
    pairs, members = np.unique(moves, return_counts=True)
    return pd.DataFrame({"from_site": pairs // width - 1, "to_site": pairs % width - 1, "members": members})
