"""The planning desk: demand is read and grouped once, then any set of new stations is answered in milliseconds."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance import audit as audit_network
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.planning.access_choices import AccessChoices, united
from ipps_geo.planning.areas import basins
from ipps_geo.planning.instance import SitingInstance, siting_instance
from ipps_geo.planning.parameters import alone
from ipps_geo.planning.proposals import siting_request
from ipps_geo.results.desk import Broken, DeskView
from ipps_geo.siting import Evaluation, Evaluator
from ipps_geo.workspace.activity import active_institutions, day_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

STEERS = ("then_least_distance", "then_balanced", "gap", "seed", "required_sites")
"""What of a request only steers a search, or is the reader's to change on the desk."""
_STATION = ("existing", "verdict", "taken_in", "members", "with_need", "margin_roster", "margin_need", "reachable")


def prepare_desk(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    *,
    on: dt.date | None = None,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
) -> Desk:
    """Read and group the demand for a planning desk; the arguments and the errors are those of ``planning.plan``.

    What ``parameters`` say of required and forbidden sites is not kept: on the desk the reader opens and closes.
    """
    day = day_of(workspace, on)
    travel = travel or parameters.travel
    travel.refuse_elsewhere(metric_xy(workspace.enterprises, workspace.region.metric_crs))
    parameters = replace(alone(parameters), required_sites=(), forbidden_sites=())
    if parameters.has_wishes:
        raise BadInput("plan.wishes_not_by_hand", where=", ".join(parameters.wishes))
    findings = audit_network(workspace, policy, on=day) if parameters.enlarge else ()
    instance = siting_instance(workspace, policy, parameters, day, travel, findings)
    request = siting_request(instance, policy, parameters, day)
    weights = united(parameters, choices or AccessChoices())[1].weighed(instance.demand)
    if weights is not None:
        request["weights"] = weights
    reach, needs = request.pop("reach"), request.pop("needs")
    evaluator = Evaluator(reach, needs, **{name: value for name, value in request.items() if name not in STEERS})
    return Desk(workspace, day, travel, instance, evaluator)


@dataclass(frozen=True, eq=False)
class Desk:
    """Demand, candidates and the evaluator of a planning desk."""

    workspace: Workspace
    day: dt.date
    travel: Travel
    instance: SitingInstance
    evaluator: Evaluator
    _areas: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Position of each candidate, by the id of its carrier."""
        return {str(name): place for place, name in enumerate(self.instance.candidates["carrier_id"])}

    @cached_property
    def _sites(self) -> pd.DataFrame:
        """Site_id, name_zh, name_en, unit and annual_cost of every site by position; existing stations cost nothing."""
        new = pd.DataFrame(self.instance.candidates[["carrier_id", "name_zh", "name_en", "unit", "annual_cost"]])
        there = self.instance.existing
        old = pd.DataFrame({"site_id": there["institution_id"], "name_zh": there["name"], "unit": there["unit"]})
        old["name_en"], old["annual_cost"] = old["name_zh"], 0.0
        return pd.concat([new.rename(columns={"carrier_id": "site_id"}), old], ignore_index=True)

    @property
    def everybody(self) -> float:
        """How many enterprises could be served at all, or their weight: no plan within any reach serves more."""
        weights = self.evaluator.asked.weights
        return float(len(self.instance.demand) if weights is None else math.fsum(np.asarray(weights).tolist()))

    def areas(self, site_ids: Iterable[str]) -> NDArray[Any]:
        """Return from where each of these carriers is reached, in EPSG:4548; nothing where no area tells it."""
        return np.array([self._area(name) for name in site_ids if self.travel.method != "costs"], dtype=object)

    def _area(self, site_id: str) -> Any:
        if site_id not in self._areas:
            self._areas[site_id] = self.travel.areas(self._places([site_id]))[0]
        return self._areas[site_id]

    def basins(self, site_ids: Iterable[str]) -> NDArray[Any] | None:
        """Return the part of each area that is nearest to it: of these carriers, then of the stations that are there.

        In metres; None where no area tells it, as by public transport.
        """
        there = active_institutions(self.workspace.institutions, self.day)
        there = there.loc[(there["kind"] == "workstation") & ~(there.geometry.isna() | there.geometry.is_empty)]
        both = [self._places(site_ids), metric_xy(there, self.instance.metric_crs) if len(there) else np.zeros((0, 2))]
        return basins(self.workspace, np.concatenate(both), self.travel)

    def _places(self, site_ids: Iterable[str]) -> NDArray[np.float64]:
        rows = [self.positions[name] for name in site_ids]
        return metric_xy(self.instance.candidates.iloc[rows], self.instance.metric_crs) if rows else np.zeros((0, 2))

    def kept_out(self, site_id: str) -> str | None:
        """Return why a carrier is no candidate, a code of ``PlanResult.candidates_kept_out``; None where it is one."""
        rows = self.instance.kept_out
        found = rows.loc[rows["site_id"] == site_id, "reason"]
        return str(found.iloc[0]) if len(found) else None

    def look(self, site_ids: Iterable[str], *, time_limit_s: float = math.inf) -> DeskView:
        """Return what these carriers can do together as new stations.

        Raises
        ------
        BadInput
            One of them is no candidate.
        """
        found = self._evaluated(site_ids, time_limit_s)
        told = found.stations[~found.stations["existing"] | (found.stations["taken_in"] > 0)]
        sites = self._sites.iloc[told["site"]].reset_index(drop=True)
        stations = sites.drop(columns="annual_cost").assign(**{name: told[name].to_numpy() for name in _STATION})
        costs = sites.loc[~stations["existing"], "annual_cost"]
        names = self._sites["site_id"]
        return DeskView(
            site_ids=tuple(stations.loc[~stations["existing"], "site_id"]),
            holds=found.holds,
            served=found.served,
            served_at_most=found.served_at_most,
            stations=stations,
            units=self._units(found),
            broken=tuple(
                Broken(
                    each.code, None if each.site is None else str(names.iloc[each.site]), each.measured, each.required
                )
                for each in found.violations
            ),
            cost=None if costs.isna().any() else math.fsum(costs.tolist()),
        )

    def moved(self, before: Iterable[str], after: Iterable[str]) -> pd.DataFrame:
        """Return who changes hands from one set to another: from_site, to_site (ids, missing: nobody), members."""
        moves = self._evaluated(after, math.inf).moved(self._evaluated(before, math.inf))
        names = [*self._sites["site_id"], None]  # -1 is nobody
        return pd.DataFrame(
            {
                "from_site": pd.array([names[site] for site in moves["from_site"]], dtype="str"),
                "to_site": pd.array([names[site] for site in moves["to_site"]], dtype="str"),
                "members": moves["members"].to_numpy(),
            }
        )

    def _evaluated(self, site_ids: Iterable[str], time_limit_s: float) -> Evaluation:
        wanted = sorted(set(site_ids))
        unknown = [name for name in wanted if name not in self.positions]
        if unknown:
            raise BadInput("plan.no_carrier", where="sites", carriers=", ".join(unknown))
        return self.evaluator([self.positions[name] for name in wanted], time_limit_s=time_limit_s)

    def _units(self, found: Evaluation) -> pd.DataFrame:
        """Roster coverage by unit, as ``CoverageResult.by_unit`` counts it."""
        population, demand = self.instance.population, self.instance.demand
        served = set(demand["entity_key"].to_numpy()[found.assignment >= 0])
        newly = population["entity_key"].isin(served) & population["holder_id"].isna()
        counted = pd.DataFrame(
            {
                "unit": population["unit"].fillna("unknown").astype(str).to_numpy(),
                "enterprises": np.ones(len(population), np.int64),
                "on_roster": population["holder_id"].notna().to_numpy(np.int64),
                "newly_served": newly.to_numpy(np.int64),
            }
        )
        return counted.groupby("unit", sort=True, as_index=False).sum()
