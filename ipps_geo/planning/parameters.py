"""What a planner may choose. None of it is in the Measure: a reach, a number of stations and a budget are choices."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ipps_geo.errors import BadInput
from ipps_geo.planning.travel import Travel

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

Objective = Literal["covered", "fewest_sites", "worst_unit"]
Wish = Literal["reach", "cost", "distance", "worst_unit"]


@dataclass(frozen=True)
class PlanParameters:
    """The planner's choices for a plan of new workstations.

    Attributes
    ----------
    stations
        Most new stations (None: as many as the budget or the target asks for).
    reach_km, detour_factor
        An enterprise can be served from a site when straight-line distance x ``detour_factor`` <= ``reach_km``.
    objective
        ``covered``: newly served enterprises; ``fewest_sites``: fewest stations that newly serve ``target``
        enterprises; ``worst_unit``: the share of the worst served unit first.
    unit, within_unit
        Plan for the carriers and enterprises of one unit; serve each enterprise from a site of its own unit only.
    required_sites, forbidden_sites
        Carriers that must, or must not, host a new station.
    enlarge
        Existing stations within reach take in enterprises too, before and beside new ones; they count towards neither
        ``stations`` nor ``budget``.
    min_per_unit
        At least this many new stations, per unit code.
    max_per_unit, spacing_km
        At most so many new stations, per unit code; least distance in a straight line between a new station and any
        other.
    floor_percent
        Least roster coverage of every unit after the plan, in whole per cent of its enterprises; where that cannot be
        reached the plan is as little short as it can be, and says so.
    budget
        Most that the new stations may cost, in 10,000 yuan a year; needs ``annual_cost`` of every candidate.
    members_per_staff, new_staff
        Most members of a roster per qualified member of staff, new and existing stations alike; no limit when not
        given. A carrier that states no staff is planned with ``new_staff``, by default the Measure's least; an existing
        station whose staff nobody knows takes in nobody.
    respect_capacity
        Keep each roster within the carrier's ``capacity`` where it is known.
    weight_by, weight_of
        Column of the enterprise table by which they weigh, and the weight of each of its values (``unknown`` among
        them); a value that somebody has and nobody gave a weight is an error. The objective adds up weights.
    decay
        Steps (limit, worth): up to ``limit`` (km, or minutes where the reach is in minutes) an enterprise counts that
        share of its weight, beyond the last step nothing. Limits ascend, worths fall.
    least_distance
        At the coverage reached, assign enterprises so that the total distance is least.
    balance
        Afterwards move enterprises between new stations that reach them both so that rosters are even: the stations and
        whom they serve stay.
    frontier, alternatives, robustness
        How many points of the frontier, how many distinct plans, and whether to vary reach, threshold and needs; all
        compare plans by the enterprises covered and go with that objective only.
    front, front_points
        A second wish (``reach``: enterprises that no station reached before; ``cost``: yearly cost; ``distance``: mean
        way to the station; ``worst_unit``: roster coverage of the worst unit) against which most served is planned at
        so many levels, each with its proof.
    closable, closing_cost, moving_cost
        Existing stations that may close, or move to a candidate, where coverage gains by it; what one that closes, and
        one that moves, costs once (10,000 yuan, within ``budget``). They take in nobody while they stay.
    years
        How many new stations stand at the end of each year, never falling, the last as many as ``stations``: an order
        of opening that is good in every year, with its price against the best plan of each year alone.
    robust
        One set of stations for all scenarios (reach shorter and longer, open needs, growth): most on average
        (``expected``) or in the worst one (``worst``), with the regret of both plans.
    time_limit_s, gap, seed
        When to stop, how good the proof has to be, and the seed of the search.
    """

    stations: int | None = 10
    reach_km: float = 3.0
    detour_factor: float = 1.0
    objective: Objective = "covered"
    target: int | None = None
    unit: str | None = None
    within_unit: bool = False
    required_sites: tuple[str, ...] = ()
    forbidden_sites: tuple[str, ...] = ()
    enlarge: bool = False
    min_per_unit: Mapping[str, int] = field(default_factory=dict)
    max_per_unit: Mapping[str, int] = field(default_factory=dict)
    spacing_km: float | None = None
    floor_percent: int | None = None
    budget: float | None = None
    members_per_staff: int | None = None
    new_staff: int | None = None
    respect_capacity: bool = False
    weight_by: str | None = None
    weight_of: Mapping[str, float] = field(default_factory=dict)
    decay: tuple[tuple[float, float], ...] = ()
    least_distance: bool = False
    balance: bool = False
    frontier: int = 0
    alternatives: int = 0
    robustness: bool = False
    front: Wish | None = None
    front_points: int = 6
    closable: tuple[str, ...] = ()
    closing_cost: float = 0.0
    moving_cost: float = 0.0
    years: tuple[int, ...] = ()
    robust: Literal["expected", "worst"] | None = None
    time_limit_s: float = 40.0
    gap: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that no plan can have."""
        for name, least in (("reach_km", 0.0), ("time_limit_s", 0.0)):
            if not getattr(self, name) > least:
                raise BadInput(
                    "plan.not_positive", where=name, name=name, least=f"{least:g}", value=getattr(self, name)
                )
        if math.isinf(self.reach_km):
            raise BadInput("travel.limit_without_end", where="reach_km")
        if not 1 <= self.detour_factor < math.inf:
            raise BadInput("plan.detour_below_one", where="detour_factor")
        if self.stations is not None and self.stations < 1:
            raise BadInput("plan.no_station", where="stations", stations=self.stations)
        if self.stations is None and self.budget is None and self.objective != "fewest_sites":
            raise BadInput("plan.no_size", where="stations")
        for name in ("members_per_staff", "new_staff", "target"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadInput("plan.not_positive", where=name, name=name, least="0", value=value)
        if self.new_staff is not None and self.members_per_staff is None:
            raise BadInput("plan.new_staff_alone", where="new_staff")
        if self.objective == "fewest_sites" and self.target is None:
            raise BadInput("plan.target_missing", where="target")
        if self.target is not None and self.objective != "fewest_sites":
            raise BadInput("plan.target_alone", where="target", objective=self.objective)
        self._check_beside()
        self._check_closing()
        self._check_wishes()
        both = set(self.required_sites) & set(self.forbidden_sites)
        if both:
            raise BadInput("plan.required_and_forbidden", where="required_sites", carriers=", ".join(sorted(both)))

    def _check_closing(self) -> None:
        for name in ("closing_cost", "moving_cost"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise BadInput("plan.cost_negative", where=name, value=getattr(self, name))
            if getattr(self, name) and (not self.closable or self.budget is None):
                raise BadInput("plan.cost_alone", where=name)
        shared_out = self.least_distance or self.balance
        alone = self.objective == "covered" and not (self._beside or self.has_wishes or shared_out)
        if self.closable and not alone:
            raise BadInput("plan.closing_alone", where="closable")

    def _check_beside(self) -> None:
        if self.front is not None and not 2 <= self.front_points <= 20:
            raise BadInput("plan.front_points", where="front_points", value=self.front_points)
        if self.years and not (list(self.years) == sorted(self.years) and self.years[0] > 0):
            raise BadInput("plan.years_wrong", where="years", years=", ".join(map(str, self.years)))
        if self.years and self.years[-1] != self.stations:
            raise BadInput("plan.years_end", where="years", last=self.years[-1], stations=self.stations)
        if self.objective != "covered" and self._beside:
            raise BadInput("plan.comparisons_need_covered", where="objective")

    def _check_wishes(self) -> None:
        if self.floor_percent is not None and not 1 <= self.floor_percent <= 100:
            raise BadInput("plan.no_percent", where="floor_percent", value=self.floor_percent)
        if self.spacing_km is not None and not self.spacing_km > 0:
            raise BadInput("plan.not_positive", where="spacing_km", name="spacing_km", least="0", value=self.spacing_km)
        if self.has_wishes and (self.objective != "covered" or self._beside or self.least_distance):
            raise BadInput("plan.wishes_alone", where=", ".join(self.wishes))
        if self.balance and (self.has_wishes or self.least_distance):
            raise BadInput("plan.balance_alone", where="balance")
        limits, worths = [step[0] for step in self.decay], [step[1] for step in self.decay]
        falling = worths == sorted(worths, reverse=True) and all(0 <= worth <= 1 for worth in worths)
        ascending = limits == sorted(set(limits)) and all(0 < limit < float("inf") for limit in limits)
        if self.decay and not (falling and ascending and worths[0] > 0):
            raise BadInput("plan.decay_wrong", where="decay", steps=decay_text(self.decay))
        if self.weight_of and self.weight_by is None:
            raise BadInput("weight.of_nothing", where="weight_of", values=", ".join(self.weight_of))

    @property
    def _beside(self) -> bool:
        """Whether anything is looked at beside the plan."""
        compared = self.frontier or self.alternatives or self.robustness
        return bool(compared or self.front or self.years or self.robust)

    @property
    def wishes(self) -> tuple[str, ...]:
        """Which are given of those that couple stations (a floor, spacing, a most per unit) or make distance decay."""
        names = ("floor_percent", "spacing_km", "max_per_unit", "decay")
        return tuple(name for name in names if getattr(self, name))

    @property
    def has_wishes(self) -> bool:
        """Whether any of :attr:`wishes` is given."""
        return bool(self.wishes)

    @property
    def limit_m(self) -> float:
        """Straight-line reach in metres."""
        return self.reach_km * 1000 / self.detour_factor

    @property
    def travel(self) -> Travel:
        """The straight line that the parameters describe."""
        return Travel(self.reach_km * 1000, "m", self.detour_factor)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as a plain mapping."""
        return dataclasses.asdict(self)


def decay_text(steps: Sequence[tuple[float, float]]) -> str:
    """Return steps of decay as people type them.

    >>> decay_text(((1.0, 1.0), (2.5, 0.6)))
    '1=1, 2.5=0.6'
    """
    return ", ".join(f"{limit:g}={worth:g}" for limit, worth in steps)


def decay_of(text: str) -> tuple[tuple[float, float], ...]:
    """Return ``1=1, 2=0.6, 3=0.3`` as steps (limit, worth); an empty text is none.

    >>> decay_of("1=1，2.5 = 0.6")
    ((1.0, 1.0), (2.5, 0.6))

    Raises
    ------
    BadInput
        A part that is no pair of numbers.
    """
    parts = [part for part in text.replace("，", ",").replace("＝", "=").replace("、", ",").split(",") if part.strip()]
    try:
        pairs = [tuple(float(number) for number in part.split("=")) for part in parts]
    except ValueError as error:
        raise BadInput("plan.decay_wrong", where="decay", steps=text) from error
    if any(len(pair) != 2 for pair in pairs):
        raise BadInput("plan.decay_wrong", where="decay", steps=text)
    return tuple((pair[0], pair[1]) for pair in pairs)


def years_of(text: str) -> tuple[int, ...]:
    """Return ``3,6,10`` as whole numbers; an empty text is none.

    >>> years_of("3，6, 10")
    (3, 6, 10)

    Raises
    ------
    BadInput
        A part that is no whole number.
    """
    parts = [part for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    try:
        return tuple(int(part) for part in parts)
    except ValueError as error:
        raise BadInput("plan.years_wrong", where="years", years=text) from error


def carriers_tell(workspace: Workspace, column: str) -> bool:
    """Return whether any carrier that may be a candidate has a value in ``column``: without one the choice is idle."""
    carriers = workspace.carriers
    return bool(carriers.loc[carriers["candidate"].astype(bool), column].notna().any())


def parameters_of(document: Mapping[str, Any]) -> PlanParameters:
    """Return the planner's choices that a saved plan states, to be computed again.

    Raises
    ------
    BadInput
        The plan went by a network of streets or lines, or by a table of weights, which a saved plan does not hold.
    """
    stated = document["provenance"]["parameters"]
    if "network_source" in stated:
        raise BadInput("plan.network_needed", where="scenario", source=stated["network_source"])
    if "weights" in stated:
        raise BadInput("plan.weights_needed", where="scenario", weights=stated["weights"])
    known = {field.name for field in dataclasses.fields(PlanParameters)}
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stated.items() if name in known
    }
    told["years"] = tuple(told.get("years", ()))
    told["decay"] = tuple((limit, worth) for limit, worth in told.get("decay", ()))
    return PlanParameters(**told)


def alone(parameters: PlanParameters) -> PlanParameters:
    """Return the parameters without what is looked at beside the plan: curves, fronts, years, scenarios.

    >>> alone(PlanParameters(stations=5, years=(2, 5), frontier=8)) == PlanParameters(stations=5)
    True
    """
    return dataclasses.replace(
        parameters, frontier=0, alternatives=0, robustness=False, front=None, years=(), robust=None
    )


def with_stations(plan: PlanResult, stations: int) -> PlanParameters:
    """Return the parameters of ``plan`` with another number of stations and without the choices around it."""
    known = {field.name for field in dataclasses.fields(PlanParameters)}
    stated = {name: value for name, value in plan.provenance.parameters.items() if name in known}
    for name in ("required_sites", "forbidden_sites", "closable"):
        stated[name] = tuple(stated.get(name, ()))
    stated["decay"] = tuple((limit, worth) for limit, worth in stated.get("decay", ()))
    stated["years"] = ()  # they end with another number of stations
    return alone(PlanParameters(**{**stated, "stations": stations}))
