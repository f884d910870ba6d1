"""What is asked of the policy model: validated arguments, and the program they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import (
    SEARCH_ARGUMENTS,
    real_number,
    row_weights,
    site_numbers,
    site_positions,
    site_states,
    whole_number,
)
from ipps_geo.siting.search.groups import DemandGroups, group_demand
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Stands for "no capacity": far above any roster, far below the edge of exact float64 whole numbers.
UNLIMITED = 10**9


#: Largest sum of whole weights that is searched in whole numbers: float64 tells such sums apart to a thousandth.
_LARGEST_WHOLE = 1e13


#: Most decimals of weights that are searched in whole numbers.
_DECIMALS = 6


def weight_unit(weights: Floats, counts: Longs | None = None) -> float:
    """What to divide weights by, so that a search in fixed tolerances fits any of them; ``counts`` of each, or 1.

    Whole weights and decimal ones (37.5 beside 0.01) by the largest unit that makes all of them whole; others, and
    those of too wide a range, by a power of two, which changes no digit, so that the largest is between 1 and 2.

    >>> weight_unit(np.array([37.5, 0.01])), weight_unit(np.array([4.0, 6.0]))
    (0.01, 2.0)
    """
    most = float(weights.max(initial=0.0))
    if most == 0:
        return 1.0
    for tens in (10.0**k for k in range(_DECIMALS + 1)):
        if most * tens >= 2.0**53:
            break
        whole = np.round(weights * tens)
        if (np.abs(weights * tens - whole) <= 1e-9 * np.minimum(whole, 1.0)).all():
            divisor = int(np.gcd.reduce(whole.astype(np.int64)))
            if float(whole.sum() if counts is None else whole @ counts) / divisor <= _LARGEST_WHOLE:
                return divisor / tens
            break
    return float(2.0 ** max(math.floor(math.log2(most)), -1022))


def scaled(weights: Floats, unit: float, counts: Longs | None = None) -> Floats:
    """Weights in a unit of :func:`weight_unit`, exactly whole where the unit makes them so; ``counts`` as there."""
    in_units = weights / unit
    whole = np.round(in_units)
    total = float(whole.sum() if counts is None else whole @ counts)
    if (np.abs(in_units - whole) <= 1e-9 * np.maximum(whole, 1.0)).all() and total <= _LARGEST_WHOLE:
        return whole
    return in_units


class Infeasible(Exception):
    """No plan can exist; ``why`` says which constraint, where, and how far. Becomes a plan of status infeasible."""

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(code)
        self.why = Message(f"siting.infeasible.{code}", values)


@dataclass(frozen=True, eq=False)
class StationRequest:
    """Validated arguments of :func:`~ipps_geo.siting.plan_workstations`, arrays over demand rows and sites."""

    reach: Reach
    needs: NDArray[np.int8]
    weights: Floats
    n_sites: int | None
    min_roster: int
    need_share: tuple[int, int]
    capacity: Longs
    site_costs: Floats
    budget: float
    required: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    existing: NDArray[np.bool_]
    rosters: Longs
    unit_names: list[Any]
    site_unit: Ints
    unit_min: Longs
    demand_unit: Ints
    demand_unit_names: list[Any]

    def program(self, threads: int = 1, between: Callable[[], None] | None = None) -> StationProgram:
        """Group the demand, drop the sites that can never hold, and check what can be checked at once.

        Raises
        ------
        Infeasible
            A required site cannot hold, a unit has too few sites, or the required sites exceed number or budget.
        """
        self._check_counts()
        candidates = np.flatnonzero(~self.forbidden)
        num, _ = self.need_share
        classes, weight_class = np.unique(self.weights, return_inverse=True)
        n_units = len(self.demand_unit_names)
        no_need = (self.needs != 1) if num else np.zeros(len(self.needs), bool)
        label = (no_need * len(classes) + weight_class) * n_units + self.demand_unit
        groups = group_demand(
            self.reach.select(sites=candidates), label.astype(np.int32), threads=threads, between=between
        )
        value = classes[(groups.label // n_units) % max(len(classes), 1)] if len(classes) else np.zeros(0)
        program = self._on(groups, value, candidates, groups.label_end(len(classes) * n_units - 1))
        return self._viable(replace(program, threads=threads))

    def program_of(self, groups: DemandGroups, value: Floats, n_need: int) -> StationProgram:
        """The same of demand that was grouped elsewhere, over all sites, of which none is forbidden.

        ``value`` is the weight of one member of each group; the first ``n_need`` groups have an explicit need.
        """
        self._check_counts()
        return self._viable(self._on(groups, value, np.arange(groups.n_sites), n_need))

    def _on(self, groups: DemandGroups, value: Floats, sites: Longs, n_need: int) -> StationProgram:
        num, den = self.need_share
        if num == 0:  # no share: everybody carries everybody, and nobody needs to be carried
            num = den = 1
        members, with_need = self.rosters[sites, 0], self.rosters[sites, 1]
        high = np.where(self.capacity[sites] >= UNLIMITED, UNLIMITED, np.maximum(self.capacity[sites] - members, 0))
        return StationProgram(
            groups=groups,
            n_need=n_need,
            value=value.astype(np.float64),
            share=(num, den),
            low=np.maximum(self.min_roster - members, 0),
            high=high.astype(np.int64),
            slack=(den * with_need - num * members) if self.need_share[0] else np.zeros(len(sites), np.int64),
            required=self.required[sites],
            counted=~self.existing[sites],
            n_max=len(sites) if self.n_sites is None else min(self.n_sites, len(sites)),
            cost=self.site_costs[sites],
            budget=self.budget,
            # an existing station counts in its unit whatever it takes in: it stands in a unit that asks for nothing
            unit=np.where(self.existing[sites], len(self.unit_min), self.site_unit[sites]).astype(np.int32),
            unit_min=np.append(np.maximum(self.unit_min - self._existing_per_unit, 0), 0),
            site_ids=sites,
        )

    def _check_counts(self) -> None:
        new = self.required & ~self.existing
        if self.n_sites is not None and np.count_nonzero(new) > self.n_sites:
            raise Infeasible("required_sites", required=int(np.count_nonzero(new)), n_sites=self.n_sites)
        if self.site_costs[new].sum() > self.budget:
            cost = float(self.site_costs[new].sum())
            raise Infeasible("budget", cost=f"{cost:g}", budget=f"{self.budget:g}")
        self._check_units(~self.forbidden, "unit_candidates")
        if self.n_sites is not None:
            short = int(np.maximum(self.unit_min - self._existing_per_unit, 0).sum())
            if short > self.n_sites:
                raise Infeasible("units", needed=short, n_sites=self.n_sites)

    @property
    def _existing_per_unit(self) -> Longs:
        return np.bincount(self.site_unit[self.existing], minlength=len(self.unit_min))

    def _check_units(self, possible: NDArray[np.bool_], code: str) -> None:
        have = np.bincount(self.site_unit[possible | self.existing], minlength=len(self.unit_min))
        for unit in np.flatnonzero(have < self.unit_min):
            raise Infeasible(
                code, unit=self.unit_names[unit], needed=int(self.unit_min[unit]), possible=int(have[unit])
            )

    def _viable(self, program: StationProgram) -> StationProgram:
        most = np.minimum(program.largest_rosters, program.high)
        holds = (most >= program.low) & (program.largest_rosters >= 0)
        for j in np.flatnonzero(program.required & ~holds):
            short = int(program.low[j] - most[j])
            raise Infeasible("required_roster", site=int(program.site_ids[j]), short=short)
        possible = np.zeros(len(self.required), bool)
        possible[program.site_ids[holds]] = True
        self._check_units(possible, "unit_rosters")
        kept = np.flatnonzero(holds)
        if len(kept) == program.n_sites:
            return program
        narrowed = program.restricted(kept)
        group = program.groups.member_group
        into = np.append(narrowed.groups.member_group, np.int32(-1))  # rows without a group carry -1 and stay so
        return replace(narrowed, groups=replace(narrowed.groups, member_group=into[group]))


def _codes(values: ArrayLike | None, length: int, name: str) -> tuple[list[Any], Ints]:
    if values is None:
        return [None], np.zeros(length, np.int32)
    array = np.asarray(values)
    if array.shape != (length,):
        raise BadInput("siting.wrong_shape", where=name, length=length, shape=array.shape)
    if array.dtype == object:  # units of several kinds, or missing ones: by their first place instead of their order
        numbers = {unit: number for number, unit in enumerate(dict.fromkeys(array.tolist()))}
        return list(numbers), np.array([numbers[unit] for unit in array.tolist()], np.int32)
    names, codes = np.unique(array, return_inverse=True)
    return (names.tolist() or [None]), codes.reshape(-1).astype(np.int32)


def _earlier_rosters(existing_sites: ArrayLike, existing_rosters: ArrayLike | None, n_sites: int) -> Longs:
    """(members, with need) that each site has already, shape (n_sites, 2)."""
    rosters = np.zeros((n_sites, 2), np.int64)
    positions = np.asarray(existing_sites)
    if positions.dtype == bool:
        positions = np.flatnonzero(positions)
    if len(np.unique(positions)) != len(positions):
        raise BadInput("siting.site_named_twice", where="existing_sites")
    given = np.asarray(np.zeros((0, 2)) if existing_rosters is None else existing_rosters, dtype=np.float64)
    fits = given.shape == (len(positions), 2) if len(positions) else given.size == 0
    if not fits or not (np.isfinite(given) & (given >= 0) & (given == np.floor(given))).all():
        raise BadInput("siting.existing_rosters_wrong", where="existing_rosters")
    if len(positions):
        if (given[:, 1] > given[:, 0]).any():
            raise BadInput("siting.existing_rosters_wrong", where="existing_rosters")
        rosters[positions] = given
    return rosters


def _unit_minimum(
    wanted: int | Mapping[Any, int] | None, names: list[Any], site_units: ArrayLike | None
) -> tuple[list[Any], Longs]:
    """Least number of sites per unit; units asked for without any site are appended, so that they fail by name."""
    if wanted is None:
        return names, np.zeros(len(names), np.int64)
    if site_units is None:
        raise BadInput("siting.units_missing", where="min_per_unit")
    if isinstance(wanted, Mapping):
        names = names + [unit for unit in wanted if unit not in names]
        least = [whole_number(wanted.get(unit, 0), "min_per_unit", 0) for unit in names]
        return names, np.array(least, np.int64)
    return names, np.full(len(names), whole_number(wanted, "min_per_unit", 0), np.int64)


def station_request(
    reach: Reach,
    needs: ArrayLike,
    *,
    n_sites: int | None,
    weights: ArrayLike | None,
    min_roster: int,
    need_share: tuple[int, int],
    capacity: ArrayLike | None,
    site_costs: ArrayLike | None,
    budget: float | None,
    required_sites: ArrayLike,
    forbidden_sites: ArrayLike,
    existing_sites: ArrayLike,
    existing_rosters: ArrayLike | None,
    site_units: ArrayLike | None,
    min_per_unit: int | Mapping[Any, int] | None,
    demand_units: ArrayLike | None,
) -> StationRequest:
    """Validate every argument; raises :class:`~ipps_geo.errors.BadInput` naming the one that cannot be used."""
    n, m = reach.n_demand, reach.n_sites
    need = np.asarray(needs)
    if need.shape != (n,) or (n and not np.isin(need, (-1, 0, 1)).all()):
        raise BadInput("siting.needs_wrong_length", where="needs", length=n)
    weight = row_weights(weights, n)
    if np.shape(need_share) != (2,):
        raise BadInput("siting.share_not_two_numbers", where="need_share")
    share = (whole_number(need_share[0], "need_share", 0), whole_number(need_share[1], "need_share", 1))
    if share[0] > share[1]:
        raise BadInput("siting.share_above_one", where="need_share")
    if (site_costs is None) != (budget is None):
        raise BadInput("siting.costs_and_budget", where="budget")
    if budget is not None and real_number(budget, "budget") < 0:
        raise BadInput("siting.target_negative", where="budget")
    state = site_states(required_sites, forbidden_sites, m)
    existing = np.zeros(m, bool)
    existing[site_positions(existing_sites, m, "existing_sites")] = True
    rosters = _earlier_rosters(existing_sites, existing_rosters, m)
    names, unit = _codes(site_units, m, "site_units")
    names, least = _unit_minimum(min_per_unit, names, site_units)
    demand_names, demand_unit = _codes(demand_units, n, "demand_units")
    limit = site_numbers(capacity, m, "capacity", default=UNLIMITED, infinite=True)
    costs = np.where(existing, 0.0, site_numbers(site_costs, m, "site_costs", default=0.0, infinite=True))
    return StationRequest(
        reach=reach,
        needs=need.astype(np.int8),
        weights=weight,
        n_sites=None if n_sites is None else whole_number(n_sites, "n_sites", 0),
        min_roster=whole_number(min_roster, "min_roster", 0),
        need_share=share,
        capacity=np.minimum(np.floor(limit), UNLIMITED).astype(np.int64),
        site_costs=costs,
        budget=np.inf if budget is None else float(budget),
        required=state == 1,
        forbidden=state == -1,
        existing=existing,
        rosters=rosters,
        unit_names=names,
        site_unit=unit,
        unit_min=least,
        demand_unit=demand_unit,
        demand_unit_names=demand_names,
    )


def policy_request(reach: Reach, needs: ArrayLike, given: Mapping[str, Any]) -> StationRequest:
    """The request behind keyword arguments of ``plan_workstations``; those that only steer a search are ignored."""
    defaults: dict[str, Any] = {
        "n_sites": None, "weights": None, "min_roster": 50, "need_share": (3, 5), "capacity": None,
        "site_costs": None, "budget": None, "required_sites": (), "forbidden_sites": (), "existing_sites": (),
        "existing_rosters": None, "site_units": None, "min_per_unit": None, "demand_units": None,
    }  # fmt: skip
    unknown = set(given) - set(defaults) - SEARCH_ARGUMENTS
    if unknown:
        raise BadInput("siting.unknown_argument", where=sorted(unknown)[0])
    return station_request(reach, needs, **(defaults | {k: v for k, v in given.items() if k in defaults}))
