"""Test one proposed workstation: a carrier or any place, with a roster given or found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ipps_geo import compliance
from ipps_geo.coverage import nearest_cost
from ipps_geo.crs import STORE_CRS, metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.intake.datum import convert_points, normalised_datum
from ipps_geo.intake.units import Units
from ipps_geo.planning.access import coverage_result
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.checking import refuse_unusable
from ipps_geo.planning.instance import siting_instance
from ipps_geo.planning.own_tables import demand_ids, site_ids
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.proposals import siting_request
from ipps_geo.planning.travel import Travel
from ipps_geo.policy import key_industry_answers
from ipps_geo.reach import Reach
from ipps_geo.results import ProposedRoster, SiteTest
from ipps_geo.results.provenance import provenance
from ipps_geo.siting import plan_workstations
from ipps_geo.workspace.activity import active_institutions, day_of, roster_keys
from ipps_geo.workspace.demand import NEED_WORDS, demand_table
from ipps_geo.workspace.loaded import LoadReport
from ipps_geo.workspace.location import locate_units
from ipps_geo.workspace.reading import report_of, undoubted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.intake import Limits, TableRead
    from ipps_geo.intake.answers import Answers
    from ipps_geo.intake.mapping import SavedMappings
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


PROPOSAL = "proposal"
"""Holder of a roster that nobody holds yet."""


def assess_site(
    workspace: Workspace,
    policy: Policy,
    *,
    site_id: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    roster: pd.DataFrame | ProposedRoster | None = None,
    applicant: Mapping[str, Any] | None = None,
    reach_km: float = 3.0,
    detour_factor: float = 1.0,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
    on: dt.date | None = None,
    datum: str | None = None,
) -> SiteTest:
    """Judge a proposed workstation and show what it would change.

    Parameters
    ----------
    site_id, lon, lat
        A carrier by id, or a place in longitude and latitude; ``datum`` is their reference system (gcj02, bd09, ...),
        CGCS2000 or WGS 84 when not given.
    roster
        The proposed roster, columns of the roster table; when not given, the largest one that satisfies Art. 7(2) among
        the unserved key-industry enterprises within reach is found: where a plan could open a station, the roster that
        a plan of this one station gives it.
    applicant
        Facts of the undertaking unit that replace those of the carrier.
    travel
        How people travel and how far counts; the straight line up to ``reach_km`` when not given.
    choices
        Further limits and weights for the coverage without and with the station.

    Raises
    ------
    BadInput
        Neither carrier nor place, an unknown carrier, a place outside every service unit, a roster that does not fit;
        in a workspace that shows a part of the network, a roster with enterprises that this part does not hold.
    """
    day = day_of(workspace, on)
    site = place_of_site(workspace, site_id, lon, lat, datum)
    unit = locate_units(site.geometry, workspace.service_units).iloc[0] if site_id is None else site["unit"].iloc[0]
    if pd.isna(unit):
        raise BadInput("site.outside", where=f"{lon}, {lat}")
    entities = demand_table(workspace, policy, day)
    travel = travel or Travel(reach_km * 1000, "m", detour_factor)
    travel.refuse_elsewhere(metric_xy(workspace.enterprises, workspace.region.metric_crs))
    generated = roster is None
    loaded = roster.loaded if isinstance(roster, ProposedRoster) else LoadReport()
    given = roster.rows if isinstance(roster, ProposedRoster) else roster
    if given is not None:
        _refuse_unseen(workspace, given, entities)
        proposed = given
    else:
        found = None if site_id is None else planned_roster(workspace, policy, site_id, travel, day)
        proposed = found_roster(workspace, policy, entities, site, str(unit), travel, day) if found is None else found
    away = cost_to(site, workspace.enterprises, travel, workspace.region.metric_crs)
    assessment = compliance.assess_site(
        workspace,
        policy,
        site_id=site_id,
        geometry=None if site_id is not None else site.geometry.iloc[0],
        roster=proposed,
        applicant=applicant,
        reach=Reach.from_costs(away[:, None], travel.limit, unit=travel.unit, method=travel.method),
        on=day,
        loaded=loaded,
    )
    key = (entities["is_enterprise"] == "yes") & (entities["key_industry"] == "yes")
    population = entities.loc[key].reset_index(drop=True)
    stations = active_institutions(workspace.institutions, day, "workstation")
    on_roster = population["holder_id"].notna().to_numpy()
    served = population["entity_key"].isin(roster_keys(proposed, workspace.enterprises)).to_numpy()
    before = coverage_result(workspace, policy, population, on_roster, stations, travel, day, choices)
    beside = pd.concat([stations, site.assign(unit=unit)], ignore_index=True)
    after = coverage_result(workspace, policy, population, on_roster | served, beside, travel, day, choices)
    stated = {
        "site_id": site_id,
        "lon": lon,
        "lat": lat,
        "datum": datum if site_id is None else None,
        "generated_roster": generated,
        **travel.describe(),
    }
    return SiteTest(assessment, proposed, generated, before, after, provenance(workspace, policy, day, stated, loaded))


def _refuse_unseen(workspace: Workspace, roster: pd.DataFrame, entities: pd.DataFrame) -> None:
    """Whether others serve an enterprise is seen of those in the view alone: of any other, silence would be a pass."""
    if workspace.scope is None:
        return
    unseen = set(roster_keys(roster, workspace.enterprises)) - set(entities["entity_key"])
    if unseen:
        raise BadInput("site.roster_beyond_view", where="rosters", n=len(unseen))


def stated_place(lon: float, lat: float, datum: str | None) -> tuple[float, float]:
    """Return longitude and latitude of EPSG:4490 of a place that somebody gives in ``datum``, WGS 84 when not given.

    >>> [round(value, 4) for value in stated_place(116.4036, 39.9101, "gcj02")]
    [116.3974, 39.9087]
    """
    x, y = convert_points(np.array([lon], float), np.array([lat], float), normalised_datum(datum or "wgs84"))
    return float(x[0]), float(y[0])


def place_of_site(
    workspace: Workspace, site_id: str | None, lon: float | None, lat: float | None, datum: str | None = None
) -> gpd.GeoDataFrame:
    """Return one row (EPSG:4490): the carrier of that id, or the place in longitude and latitude.

    Raises
    ------
    BadInput
        Neither or both are given, or no such carrier.
    """
    given = (lon is not None) + (lat is not None)
    if given != (2 if site_id is None else 0):
        raise BadInput("site.no_place", where="site")
    if site_id is None:
        place = shapely.Point(stated_place(float(lon or 0), float(lat or 0), datum))
        return gpd.GeoDataFrame({"unit": [None]}, geometry=[place], crs=STORE_CRS)
    row = workspace.carriers.loc[workspace.carriers["carrier_id"] == site_id]
    if row.empty:
        raise BadInput("site.no_carrier", where="--site", carrier=site_id)
    return row.reset_index(drop=True)


def planned_roster(
    workspace: Workspace, policy: Policy, site_id: str, travel: Travel, on: dt.date
) -> pd.DataFrame | None:
    """Return the roster that a plan of one station at this carrier gives it; None where no plan can open one there.

    Along a network only this carrier is looked at, for time: the roster is as large, but among enterprises without need
    another one may stand on it than in a plan.
    """
    if travel.network is not None:
        workspace = workspace.replace(carriers=workspace.carriers.loc[workspace.carriers["carrier_id"] == site_id])
    parameters = PlanParameters(stations=1)
    instance = siting_instance(workspace, policy, parameters, on, travel)
    position = np.flatnonzero(instance.candidates["carrier_id"] == site_id)
    if not len(position):
        return None
    asked = siting_request(instance, policy, parameters, on) | {"required_sites": position.astype(np.int32)}
    plan = plan_workstations(**asked)
    if not len(plan.open_sites):
        return None
    return roster_of(instance.demand.loc[plan.assignment == position[0]])


def found_roster(
    workspace: Workspace,
    policy: Policy,
    entities: gpd.GeoDataFrame,
    site: gpd.GeoDataFrame,
    unit: str,
    travel: Travel,
    on: dt.date,
) -> pd.DataFrame:
    """Return the largest roster that one station here can have under Art. 7(2), all within reach when none can.

    One station alone needs no search: everybody with an explicit need, and as many others as the need share carries,
    first those whose need is unknown, then the nearest. When even that falls short of the minimum, everybody eligible
    is judged, so that the verdict says by how much it falls short.
    """
    answers = key_industry_answers(entities["industry_codes"], workspace.key_industries, unit, on, policy)
    placed = ~(entities.geometry.isna() | entities.geometry.is_empty)
    free = entities["free"] & (entities["is_enterprise"] == "yes") & (answers == "yes") & placed
    pool = entities.loc[free]
    away = cost_to(site, pool, travel, workspace.region.metric_crs)
    pool = pool.assign(away=away, later=pool["need"].map({1: 0, -1: 1, 0: 2})).loc[np.isfinite(away)]
    pool = pool.sort_values(["later", "away", "entity_key"], kind="stable")
    with_need = int((pool["need"] == 1).sum())
    num, den = policy.share("station_need_share", on)
    most = with_need + (den - num) * with_need // num if num else len(pool)
    return roster_of(pool.head(most) if min(most, len(pool)) >= policy.integer("station_enterprises", on) else pool)


def cost_to(site: gpd.GeoDataFrame, places: gpd.GeoDataFrame, travel: Travel, metric_crs: str) -> NDArray[np.float64]:
    """Return what it costs to reach ``site`` from each place, shape (n,): inf beyond the limit and without a place."""
    xy = metric_xy(places, metric_crs)
    known = np.isfinite(xy).all(axis=1)
    cost = np.full(len(xy), np.inf)
    ids = demand_ids(places.loc[known]), site_ids(site)
    cost[known] = nearest_cost(travel.reach(xy[known], metric_xy(site, metric_crs), ids=ids))
    return cost


def roster_of(entities: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a demand table as a roster: columns of the roster table, one row per entity."""
    roster = pd.DataFrame(
        {
            "holder_id": "proposal",
            "enterprise_id": entities["enterprise_id"],
            "uscc": entities["uscc"],
            "name": entities["name"],
            "industry_codes": entities["industry_codes"],
            "explicit_need": entities["need"].map(NEED_WORDS),
        }
    )
    return roster.reset_index(drop=True)


def read_roster(
    path: Path,
    *,
    accept_partial: bool = False,
    answers: Answers | None = None,
    saved: SavedMappings | None = None,
) -> ProposedRoster:
    """Read a roster from a file as a planner keeps it; whose it is need not stand in it.

    Raises
    ------
    BadInput
        The file cannot be read as a roster (the first fault is named, with the number of all), or it is the roster of
        several stations and nobody said which one is meant.
    """
    read = roster_read(path, accept_partial=accept_partial, answers=answers, saved=saved)
    return usable_roster(read, accept_partial=accept_partial)


def roster_read(
    path: Path,
    *,
    accept_partial: bool = False,
    answers: Answers | None = None,
    saved: SavedMappings | None = None,
    limits: Limits | None = None,
    units: Units | None = None,
) -> TableRead:
    """Return what was read of a roster file, with its problems and its questions."""
    from ipps_geo.intake import read_table

    told = {} if answers is None else answers.arguments
    told["table"] = "rosters"
    return read_table(
        path,
        **told,
        saved=saved,
        accept_partial=accept_partial,
        absent={"holder_id": PROPOSAL},
        limits=limits,
        units=units,
    )


def usable_roster(read: TableRead, *, accept_partial: bool = False) -> ProposedRoster:
    """Return the rows of a roster that was read; see :func:`read_roster`."""
    refuse_unusable(read, accept_partial=accept_partial)
    stations = stations_of(read)
    if len(stations) > 1:
        raise BadInput("station.several", where=read.file, stations=stations)
    return proposed_roster(read)


def proposed_roster(read: TableRead) -> ProposedRoster:
    """Return what was read of a roster that somebody proposes, with what was left out of it."""
    return ProposedRoster(undoubted(read, "rosters").frame, report_of(read, "rosters"))


def stations_of(read: TableRead) -> tuple[str, ...]:
    """Return the stations whose roster a file holds, as it names them; none where it names none."""
    if "holder_id" not in read.frame.columns:
        return ()
    return tuple(str(text) for text in read.frame["holder_id"].dropna().unique() if text != PROPOSAL)
