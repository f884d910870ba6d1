"""Coverage of the network: roster coverage beside access coverage, with the figures of equity."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.coverage import (
    catchment_overlap,
    coverage_by,
    coverage_by_unit,
    cumulative_opportunities,
    floating_catchment,
    gap_clusters,
    gaussian_decay,
    gini,
    lorenz,
    theil,
    worst,
)
from ipps_geo.coverage.areas import catchment_table, hexagon_table, overlap_table
from ipps_geo.coverage.sums import exact_means
from ipps_geo.crs import STORE_CRS, metric_xy, transformer
from ipps_geo.errors import MissingExtra
from ipps_geo.planning.access_choices import AccessChoices, cost_pairs
from ipps_geo.planning.areas import area_layers
from ipps_geo.planning.own_tables import demand_ids, site_ids
from ipps_geo.planning.travel import Travel
from ipps_geo.policy import industries_of
from ipps_geo.results import CoverageResult
from ipps_geo.results.disclosure import public_coverage
from ipps_geo.results.provenance import provenance
from ipps_geo.vocabulary import Answer, SmeClass
from ipps_geo.workspace.activity import active_institutions, active_rosters, day_of, roster_keys
from ipps_geo.workspace.demand import NEED_WORDS, demand_table
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def coverage(
    workspace: Workspace,
    policy: Policy,
    *,
    travel: Travel | None = None,
    reach_km: float = 3.0,
    detour_factor: float = 1.0,
    on: dt.date | None = None,
    public: bool = False,
    map_review_number: str = "",
    areas: bool = True,
    choices: AccessChoices | None = None,
) -> CoverageResult:
    """Return roster and access coverage of the key-industry enterprises on day ``on``, with access and equity.

    Parameters
    ----------
    travel
        How people travel and how far counts; the straight line up to ``reach_km`` when not given.
    public
        Return the public edition: see :func:`ipps_geo.results.disclosure.public_coverage`.
    map_review_number
        审图号 of the maps of a public edition.
    areas
        Draw the layers too; isochrones of far limits take a second a station.
    choices
        What an analyst asks beyond that: further limits, supply of other kinds, weights, the cost of every pair.

    Returns
    -------
    CoverageResult
        ``by_unit``. ``measures``: gini, theil, theil_between, theil_within (of E2SFCA access over enterprises, by
        unit), worst_unit and worst_unit_share (roster coverage), enterprises_per_station, enterprises_per_staff.
        ``tables``: by_industry, by_size, by_need, e2sfca, opportunities, overlap, lorenz, gaps, districts_including,
        catchments, station_overlap, hexagons; off_network (enterprises that meet no street), on_islands (that meet one
        that leads nowhere), stations_off_network; unlisted where a table of costs lacks enterprises or stations,
        network_left_out where rows of a timetable could not be used; by_limit and by_weight where asked for, as is
        ``pairs``, the cost of every pair. ``areas``: see
        :func:`ipps_geo.planning.areas.area_layers`.
    """
    day = day_of(workspace, on)
    travel = travel or Travel(reach_km * 1000, "m", detour_factor)
    travel.refuse_elsewhere(metric_xy(workspace.enterprises, workspace.region.metric_crs))
    choices = choices or AccessChoices()
    population = key_population(workspace, policy, day)
    stations = active_institutions(workspace.institutions, day, "workstation")
    on_roster = population["holder_id"].notna().to_numpy()
    result = coverage_result(workspace, policy, population, on_roster, stations, travel, day, choices)
    weight = choices.weighed(population)
    active = active_institutions(workspace.institutions, day)
    supply = active.loc[active["kind"].isin(choices.kinds)]
    unjudged = np.isnan(result.nearest.to_numpy(np.float64))  # type: ignore[union-attr]
    deeper = _Access(workspace, population, on_roster, ~unjudged, stations, supply, travel, weight)
    industries = industries_of(
        population["industry_codes"], workspace.key_industries, day, policy, unit=population["unit"]
    )
    within = deeper.within
    tables = {
        "by_industry": coverage_by(industries, on_roster, within, "industry", unjudged),
        "by_size": ordered(coverage_by(population["sme_class"], on_roster, within, "sme_class", unjudged), SmeClass),
        "by_need": ordered(
            coverage_by(population["need"].map(NEED_WORDS), on_roster, within, "explicit_need", unjudged), Answer
        ),
        "e2sfca": deeper.by_unit({"access_2sfca": deeper.plain, "access_e2sfca": deeper.enhanced}),
        "opportunities": deeper.by_unit({"stations_within_reach": deeper.opportunities}),
        "overlap": catchment_overlap(deeper.opportunities[deeper.judged].astype(np.int64)),
        "lorenz": thinned(lorenz(deeper.enhanced[deeper.judged])),
        "gaps": deeper.gaps(),
        "districts_including": _districts_including(workspace, population, on_roster, within, unjudged),
        "catchments": deeper.catchments(),
        "station_overlap": deeper.station_overlap(active_rosters(workspace.rosters, workspace.institutions, day)),
    }
    with contextlib.suppress(MissingExtra):  # hexagons are an extra: without it the rest is still whole
        tables["hexagons"] = deeper.hexagons()
    layers = area_layers(workspace, stations, travel, tables, choices.limits) if areas else {}
    unlisted = travel.unlisted(population, stations)
    if len(unlisted):
        tables["unlisted"] = unlisted
    left_out = travel.left_out()
    if len(left_out):
        tables["network_left_out"] = left_out
    off = travel.off_network(deeper.xy)
    for name, reason in (("off_network", "no_street"), ("on_islands", "island")):
        if (off == reason).any():
            tables[name] = pd.DataFrame(population.loc[off == reason, ["enterprise_id", "name", "unit"]])
    far = travel.off_network(metric_xy(stations, workspace.region.metric_crs), "arrive")
    if pd.notna(far).any():
        rows = pd.DataFrame(stations.loc[pd.notna(far), ["institution_id", "unit"]])
        tables["stations_off_network"] = rows.assign(off_network=far[pd.notna(far)])
    whole = CoverageResult(
        by_unit=result.by_unit,
        limit=result.limit,
        limit_unit=result.limit_unit,
        method=result.method,
        measures=_measures(result.by_unit, deeper, stations),
        provenance=result.provenance,
        tables=tables | dict(result.tables),
        areas=layers,
        pairs=cost_pairs(population, stations, travel, workspace.region.metric_crs) if choices.every_pair else None,
        nearest=result.nearest,
    )
    return public_coverage(whole, workspace.service_units, map_review_number) if public else whole


def ordered(table: pd.DataFrame, kinds: Iterable[str]) -> pd.DataFrame:
    """Return the rows in the order of ``kinds``, which their first column holds; others stay behind, in theirs."""
    rank = {str(kind): place for place, kind in enumerate(kinds)}
    return table.sort_values(
        table.columns[0], key=lambda codes: codes.map(rank).fillna(len(rank)), kind="stable", ignore_index=True
    )


CURVE_POINTS = 201
"""Points kept of a Lorenz curve: enough to draw it, few enough to print it."""


def thinned(curve: pd.DataFrame) -> pd.DataFrame:
    """Return a curve of ``CURVE_POINTS`` at most."""
    if len(curve) <= CURVE_POINTS:
        return curve
    return curve.iloc[np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(int)].reset_index(drop=True)


def key_population(workspace: Workspace, policy: Policy, on: dt.date) -> gpd.GeoDataFrame:
    """Return the key-industry legal entities of the demand table: the population that every coverage counts."""
    entities = demand_table(workspace, policy, on)
    chosen = (entities["is_enterprise"] == "yes") & (entities["key_industry"] == "yes")
    return entities.loc[chosen].reset_index(drop=True)


def coverage_result(
    workspace: Workspace,
    policy: Policy,
    population: gpd.GeoDataFrame,
    on_roster: NDArray[np.bool_],
    stations: gpd.GeoDataFrame,
    travel: Travel,
    on: dt.date,
    choices: AccessChoices | None = None,
) -> CoverageResult:
    """Return the coverage of ``population`` by ``stations``, ``on_roster`` given per row.

    ``stations`` has the columns unit, geometry, and those of its ids; ``choices`` may ask for tables beside.
    """
    choices = choices or AccessChoices()
    placed = stations.loc[np.isfinite(metric_xy(stations, workspace.region.metric_crs)).all(axis=1)]
    ids = demand_ids(population), site_ids(placed)
    xy = metric_xy(population, workspace.region.metric_crs)
    nearest = travel.nearest(xy, metric_xy(placed, workspace.region.metric_crs), ids=ids)
    table = coverage_by_unit(
        population["unit"],
        population["need"].to_numpy(np.int8),
        on_roster,
        nearest,
        travel.limit,
        stations["unit"],
        sorted(workspace.service_units["code"]),
        travel.unit,
    )
    kilometres = travel.unit == "m"
    return CoverageResult(
        by_unit=table,
        limit=travel.limit / 1000 if kilometres else travel.limit,
        limit_unit="km" if kilometres else travel.unit,
        method=travel.method,
        measures={},
        provenance=provenance(workspace, policy, on, travel.describe() | travel.met(xy) | choices.describe(population)),
        tables=choices.tables(population, nearest, on_roster, nearest <= travel.limit, workspace.service_units["code"]),
        nearest=pd.Series(nearest, index=population["entity_key"].to_numpy()),
    )


def staff_of(institutions: pd.DataFrame) -> NDArray[np.float64]:
    """Return the staff of each institution, unknown numbers as none."""
    everyone = institutions[["full_time_staff", "part_time_staff"]].fillna(0).sum(axis=1)
    return np.asarray(everyone, dtype=np.float64)


class _Access:
    """Access of each enterprise: opportunities and floating catchments, nan where nobody can tell."""

    def __init__(
        self,
        workspace: Workspace,
        population: gpd.GeoDataFrame,
        on_roster: NDArray[np.bool_],
        judged: NDArray[np.bool_],
        stations: gpd.GeoDataFrame,
        supply: gpd.GeoDataFrame,
        travel: Travel,
        weight: NDArray[np.float64] | None,
    ) -> None:
        self.population, self.on_roster, self.judged = population, on_roster, judged
        self.service_units, self.metric_crs = workspace.service_units, workspace.region.metric_crs
        self.units = sorted(workspace.service_units["code"])
        self.xy = metric_xy(population, self.metric_crs)
        self.located = np.isfinite(self.xy).all(axis=1)
        # A station without a place has no catchment, but its staff serve its roster.
        self.all_staff = float(staff_of(stations).sum())
        xy = metric_xy(stations, self.metric_crs)
        placed = np.isfinite(xy).all(axis=1)
        self.enterprises, self.station_ids = workspace.enterprises, stations.loc[placed, "institution_id"]
        here = demand_ids(population.loc[self.located])
        self.reach = travel.reach(self.xy[self.located], xy[placed], ids=(here, site_ids(stations.loc[placed])))
        self.within = self._everyone(cumulative_opportunities(self.reach)) > 0
        supply = supply.loc[np.isfinite(metric_xy(supply, self.metric_crs)).all(axis=1)]
        reach = self.reach
        if list(supply["institution_id"]) != list(self.station_ids):
            reach = travel.reach(
                self.xy[self.located], metric_xy(supply, self.metric_crs), ids=(here, site_ids(supply))
            )
        demand = None if weight is None else weight[self.located]
        decay = gaussian_decay(travel.limit / travel.detour_factor)
        self.opportunities = self._everyone(cumulative_opportunities(reach))
        self.plain = self._everyone(floating_catchment(reach, staff_of(supply), demand))
        self.enhanced = self._everyone(floating_catchment(reach, staff_of(supply), demand, decay=decay))

    def _everyone(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        full = np.zeros(len(self.population))
        full[self.located] = values
        full[~self.judged] = np.nan
        return full

    def by_unit(self, values: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
        """Return the mean of each value per unit, and its least and largest."""
        return means_by_unit(self.population["unit"].fillna("unknown"), values, self.units)

    def catchments(self) -> pd.DataFrame:
        """Return who has each station as the nearest within the limit, how many need it, how many it has listed."""
        here = self.population.loc[self.located]
        need, holder = here["need"].to_numpy(np.int8), here["holder_id"].to_numpy(dtype=object)
        return catchment_table(self.reach, self.station_ids, need, holder)

    def station_overlap(self, rosters: pd.DataFrame) -> pd.DataFrame:
        """Return the pairs of stations that share enterprises, within reach or on their rosters."""
        keys = roster_keys(rosters, self.enterprises)
        listed = {str(holder): set(rows) for holder, rows in keys.groupby(rosters["holder_id"])}
        return overlap_table(self.reach, self.station_ids, listed)

    def hexagons(self) -> pd.DataFrame:
        """Return enterprises per H3 cell."""
        known = self.population.geometry.where(self.located)
        counts = {
            "with_need": (self.population["need"] == 1).to_numpy(),
            "on_roster": self.on_roster,
            "within_reach": self.within,
        }
        return hexagon_table(known.x.to_numpy(), known.y.to_numpy(), counts)

    def gaps(self) -> pd.DataFrame:
        """Return the clusters of enterprises on no roster and out of reach: size, centre, unit at the centre."""
        lost = ~self.on_roster & ~self.within & self.located & self.judged
        table = gap_clusters(self.xy[lost])
        lon, lat = transformer(self.metric_crs, STORE_CRS).transform(table["x_m"].to_numpy(), table["y_m"].to_numpy())
        centres = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=STORE_CRS)
        table.insert(2, "unit", locate_units(centres, self.service_units).to_numpy())
        return table.assign(lon=lon, lat=lat).drop(columns=["x_m", "y_m"])


def means_by_unit(unit: pd.Series, values: Mapping[str, NDArray[np.float64]], units: list[str]) -> pd.DataFrame:
    """Return the mean of each value per unit, and its least and largest; nan counts nowhere."""
    place, names = pd.factorize(unit, sort=True)
    table = pd.DataFrame(
        {name: exact_means(each, place, len(names)) for name, each in values.items()},
        index=pd.Index(names, name="unit"),
    )
    grouped = pd.DataFrame({"unit": unit.to_numpy(), **values}).groupby("unit", sort=True)
    for name in values:
        table[f"{name}_min"], table[f"{name}_max"] = grouped[name].min(), grouped[name].max()
    order = [*units, *sorted(set(table.index) - set(units))]
    return table.reindex(order).rename_axis("unit").reset_index()


def _measures(by_unit: pd.DataFrame, access: _Access, stations: pd.DataFrame) -> dict[str, Any]:
    unit = access.population["unit"].fillna("unknown").to_numpy()
    told = access.enhanced[access.judged], unit[access.judged]
    return measures_of(by_unit, access.units, len(stations), access.all_staff, *told)


def measures_of(
    by_unit: pd.DataFrame,
    codes: list[str],
    stations: int,
    staff: float,
    values: NDArray[np.float64],
    unit: NDArray[np.object_],
) -> dict[str, Any]:
    """Return the measures of a coverage: ``values`` is the enhanced access of those who can be judged, in ``unit``."""
    rows = by_unit.set_index("unit")
    units = rows.loc[codes]
    share = (units["on_roster"] / units["enterprises"].where(units["enterprises"] > 0)).dropna()
    lowest = worst(share)
    parts = theil(values, unit)
    served = int(rows.loc["city", "on_roster"])
    return {
        "gini": gini(values),
        "theil": parts.total,
        "theil_between": parts.between,
        "theil_within": parts.within,
        "worst_unit": None if lowest is None else lowest[0],
        "worst_unit_share": None if lowest is None else lowest[1],
        "enterprises_per_station": served / stations if stations else None,
        "enterprises_per_staff": served / staff if staff else None,
    }


def _districts_including(
    workspace: Workspace,
    population: gpd.GeoDataFrame,
    on_roster: NDArray[np.bool_],
    within: NDArray[np.bool_],
    unjudged: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return the second view: districts with the functional areas that lie over them; the rows still add up once."""
    districts = workspace.service_units.loc[workspace.service_units["kind"] == "district"]
    located = locate_units(population.geometry, districts)
    unit = located.where(located.notna(), population["unit"])
    return coverage_by(unit, on_roster, within, "unit", unjudged)
