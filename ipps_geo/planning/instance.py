"""From tables to a siting instance: who may be served, where a station may open, who reaches whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.compliance import screen_candidates
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput, Message
from ipps_geo.planning.existing import existing_stations, stated_staff, too_near
from ipps_geo.planning.freed import owners
from ipps_geo.planning.own_tables import demand_ids, site_ids
from ipps_geo.policy import key_industry_answers
from ipps_geo.workspace.activity import active_institutions
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import demand_table

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.reach import Reach
    from ipps_geo.workspace import Workspace


@dataclass(frozen=True, eq=False)
class SitingInstance:
    """Everything a siting model needs, with the tables that its positions point into.

    ``population`` holds every key-industry legal entity (EPSG:4490, sorted by entity key); ``demand`` its rows that no
    active roster names and whose place is known; ``candidates`` the carriers where a station may open, sorted by id;
    ``kept_out`` the carriers that may not, with a reason code. Sites are the candidates by their positions, then the
    rows of ``existing``: active stations that may take in more, where the planner wants that, with ``members`` and
    ``with_need`` of their rosters; ``not_enlarged`` are the other active stations, with a reason code. ``owner`` is the
    number of the station by whose closing a row of the demand becomes free (-1: it is free), ``population_owner`` the
    same of the population. ``census`` counts how the enterprise table became the demand, step by step; where a load
    left roster rows out, also the enterprises that these may hold, which are no demand, and the rows that may hold
    anybody. ``metric_crs`` is what lengths are measured in.
    """

    population: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    kept_out: pd.DataFrame
    stations: gpd.GeoDataFrame
    reach: Reach
    needs: NDArray[np.int8]
    census: dict[str, int]
    existing: gpd.GeoDataFrame
    not_enlarged: pd.DataFrame
    metric_crs: str
    owner: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    population_owner: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Every site by position: carrier_id or institution_id, unit, geometry; candidates first."""
        return _sites(self.candidates, self.existing)

    @property
    def site_names(self) -> NDArray[np.object_]:
        """Id of every site by position: a carrier's, or an institution's."""
        listed = [*self.candidates["carrier_id"], *self.existing["institution_id"]]
        return np.array(listed, dtype=object)


def siting_instance(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    on: dt.date,
    travel: Travel,
    findings: Sequence[Finding] = (),
) -> SitingInstance:
    """Return the siting instance of day ``on``, reached by ``travel``.

    ``findings``: the audit of that day, which counts the rosters of stations that are to take in more.

    Raises
    ------
    BadInput
        A carrier or unit that the parameters name does not exist, or a file or sheet of rosters was not read at all:
        whoever stands there could be proposed.
    """
    check_names(workspace, parameters)
    claims = left_out_claims(workspace, on)
    if claims.whole:
        raise BadInput("plan.rosters_not_read", where=workspace.name, parts=", ".join(claims.whole))
    entities = demand_table(workspace, policy, on)
    stations = active_institutions(workspace.institutions, on, "workstation")
    candidates, kept_out = candidates_of(workspace, policy, parameters, stations, on)
    minimum = policy.integer("station_enterprises", on)
    may_stay = stations.loc[~stations["institution_id"].isin(parameters.closable)]
    existing, not_enlarged = existing_stations(may_stay, findings, parameters, minimum)
    if not parameters.enlarge:
        existing, not_enlarged = existing.iloc[:0], not_enlarged.iloc[:0]
    sites = _sites(candidates, existing)
    answers = answers_by_unit(entities, sites["unit"], workspace, policy, on)
    counts = entities["is_enterprise"].to_numpy() == "yes"
    own = entities["key_industry"].to_numpy() == "yes"
    key = np.any([own, *answers.values()], axis=0)
    located = (~(entities.geometry.isna() | entities.geometry.is_empty)).to_numpy()
    free = entities["free"].to_numpy()
    owner = owners(workspace, entities, parameters.closable, on)
    here = np.ones(len(entities), bool) if parameters.unit is None else (entities["unit"] == parameters.unit).to_numpy()
    chosen = counts & key & (free | (owner >= 0)) & located & here
    reach, chosen = _reach(
        entities, sites, answers, chosen, own, travel, parameters.within_unit, workspace.region.metric_crs
    )
    key = own | chosen
    demand = entities.loc[chosen].reset_index(drop=True)
    population = entities.loc[counts & own].reset_index(drop=True)
    census = {
        "rows": len(workspace.enterprises),
        "legal_entities": len(entities),
        "enterprises": int(counts.sum()),
        "key_industry": int((counts & key).sum()),
        "not_on_a_roster": int((counts & key & free).sum()),
        "with_known_place": int((counts & key & free & located).sum()),
        "demand": len(demand),
    }
    perhaps = entities["holder_id"].isna().to_numpy() & ~free
    if claims.keys or claims.unreadable:
        census |= {
            "perhaps_on_a_roster": int((counts & key & perhaps).sum()),
            "unreadable_roster_rows": claims.unreadable,
        }
    return SitingInstance(
        population=population,
        demand=demand,
        candidates=candidates,
        kept_out=kept_out,
        stations=stations,
        reach=reach,
        needs=demand["need"].to_numpy(np.int8),
        census=census,
        existing=existing,
        not_enlarged=not_enlarged,
        metric_crs=workspace.region.metric_crs,
        owner=owner[chosen],
        population_owner=owner[counts & own],
    )


def _sites(candidates: gpd.GeoDataFrame, existing: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites of an instance by position: ids, unit, geometry."""
    if not len(existing):
        return candidates[["carrier_id", "unit", "geometry"]]
    listed = [candidates[["carrier_id", "unit", "geometry"]], existing[["institution_id", "unit", "geometry"]]]
    return pd.concat(listed, ignore_index=True)


def check_names(workspace: Workspace, parameters: PlanParameters) -> None:
    """Refuse parameters that name carriers or units which the workspace does not have."""
    carriers = set(workspace.carriers["carrier_id"])
    for name in ("required_sites", "forbidden_sites"):
        unknown = sorted(set(getattr(parameters, name)) - carriers)
        if unknown:
            raise BadInput("plan.no_carrier", where=name, carriers=", ".join(unknown))
    units = set(workspace.service_units["code"])
    wanted = {*parameters.min_per_unit, *parameters.max_per_unit, *filter(None, [parameters.unit])}
    if wanted - units:
        known = workspace.service_units.sort_values("code")
        names = [f"{code} {name}" for code, name in zip(known["code"], known["name_zh"], strict=True)]
        raise BadInput("plan.no_unit", where="unit", wanted=", ".join(sorted(wanted - units)), units=", ".join(names))


def candidates_of(
    workspace: Workspace, policy: Policy, parameters: PlanParameters, stations: pd.DataFrame, on: dt.date
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return (carriers where a station may open, carriers kept out with the reason)."""
    carriers = workspace.carriers.sort_values("carrier_id", kind="stable").reset_index(drop=True)
    screening = screen_candidates(workspace, policy, on).set_index("carrier_id").reindex(carriers["carrier_id"])
    failed = (screening["verdict"] == "FAIL").to_numpy()
    reasons = np.select(
        [
            ~carriers["candidate"].to_numpy(bool),
            carriers["carrier_id"].isin(stations["carrier_id"].dropna()).to_numpy(),
            carriers["carrier_id"].isin(parameters.forbidden_sites).to_numpy(),
            failed,
            (carriers.geometry.isna() | carriers.geometry.is_empty).to_numpy(),
            (carriers["unit"] != parameters.unit).to_numpy() if parameters.unit else np.zeros(len(carriers), bool),
            too_near(carriers, stations, parameters.spacing_km, workspace.region.metric_crs),
        ],
        [
            "not_a_candidate",
            "hosts_a_station",
            "forbidden",
            "screening_failed",
            "no_place",
            "outside_unit",
            "too_near_station",
        ],
        default="",
    )
    if parameters.members_per_staff is not None:
        least = parameters.new_staff or policy.integer("station_staff", on)
        stated = stated_staff(carriers)
        carriers["staff_stated"] = ~np.isnan(stated)
        carriers["staff"] = np.where(np.isnan(stated), least, stated).astype(np.int64)
        few = carriers["staff"].to_numpy() * parameters.members_per_staff < policy.integer("station_enterprises", on)
        reasons = np.where((reasons == "") & few, "too_few_staff", reasons)
    carriers["screening"] = screening["verdict"].to_numpy()
    carriers["questions"] = screening["questions"].to_numpy()
    out = pd.DataFrame(
        {
            "site_id": carriers["carrier_id"],
            "name_zh": carriers["name_zh"],
            "unit": carriers["unit"],
            "reason": reasons,
            "rules": screening["failed_rules"].to_numpy(),
        }
    )
    stuck = sorted(set(parameters.required_sites) & set(out.loc[reasons != "", "site_id"]))
    if stuck:
        why = out.set_index("site_id").loc[stuck, "reason"]
        told = tuple(Message(f"plan.kept_out.{why[site]}", {"site": site}) for site in stuck)
        raise BadInput("plan.required_cannot_host", where="required_sites", carriers=told)
    return carriers.loc[reasons == ""].reset_index(drop=True), out.loc[reasons != ""].reset_index(drop=True)


def _reach(
    entities: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    answers: dict[str, NDArray[np.bool_]],
    chosen: NDArray[np.bool_],
    own: NDArray[np.bool_],
    travel: Travel,
    within_unit: bool,
    metric_crs: str,
) -> tuple[Reach, NDArray[np.bool_]]:
    """Return the reach of the demand, and which entities the demand is.

    An enterprise counts in its own unit's lists (``own``). One that only the list of another unit names is demand where
    a site of that unit reaches it, and nobody's business elsewhere.
    """
    rows = np.flatnonzero(chosen)
    ids = demand_ids(entities.iloc[rows]), site_ids(sites)
    reach = travel.reach(metric_xy(entities.iloc[rows], metric_crs), metric_xy(sites, metric_crs), ids=ids)
    judged = {unit: answer[rows] for unit, answer in answers.items()}
    reach = eligible(reach, entities.iloc[rows], sites, judged, within_unit)
    strangers = np.flatnonzero(~own[rows])
    if len(strangers) == 0:
        return reach, chosen
    stays = np.ones(len(rows), dtype=bool)
    stays[strangers] = np.diff(reach.select(demand=strangers).pairs.indptr) > 0
    kept = np.zeros(len(entities), dtype=bool)
    kept[rows[stays]] = True
    return reach.select(demand=stays), kept


def answers_by_unit(
    entities: pd.DataFrame, site_units: pd.Series, workspace: Workspace, policy: Policy, on: dt.date
) -> dict[str, NDArray[np.bool_]]:
    """Return, per unit of a candidate, whether each entity is for certain in a key industry of the city or that unit.

    Units without a list of their own share the city's answer, as does a candidate without a unit (``""``).
    """
    listed = set(workspace.key_industries["scope"]) - {"city"}
    answers: dict[str, NDArray[np.bool_]] = {}
    shared: NDArray[np.bool_] | None = None
    for unit in sorted(set(site_units.fillna(""))):
        if unit not in listed and shared is not None:
            answers[unit] = shared
            continue
        answer = key_industry_answers(entities["industry_codes"], workspace.key_industries, unit, on, policy)
        answers[unit] = (answer == "yes").to_numpy(dtype=bool)
        if unit not in listed:
            shared = answers[unit]
    return answers


def eligible(
    reach: Reach,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    answers: dict[str, NDArray[np.bool_]],
    within_unit: bool,
) -> Reach:
    """Restrict ``reach`` to the pairs that may be: key industry in the site's unit, and, if asked, the same unit."""
    units = sorted(answers)
    site_class = sites["unit"].fillna("").map({unit: position for position, unit in enumerate(units)})
    distinct = {id(answer) for answer in answers.values()}
    if len(distinct) > 1:
        table = np.column_stack([answers[unit] for unit in units])
        patterns, demand_class = np.unique(table, axis=0, return_inverse=True)
        reach = reach.restrict(
            demand_class=demand_class.reshape(-1), site_class=site_class.to_numpy(np.int32), allowed=patterns
        )
    if within_unit:
        codes, classes = np.unique(
            pd.concat([demand["unit"], sites["unit"]]).fillna("").to_numpy(dtype=str), return_inverse=True
        )
        same = np.eye(len(codes), dtype=bool)
        same[codes == ""] = False
        reach = reach.restrict(demand_class=classes[: len(demand)], site_class=classes[len(demand) :], allowed=same)
    return reach
