"""What an analyst asks of coverage beyond its limit: further limits, other facilities, weights, every travel time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.planning.own_tables import demand_ids, site_ids, weights_of
from ipps_geo.planning.travel import FAR, Travel
from ipps_geo.planning.weighting import UNKNOWN, ColumnWeights, check_numbers
from ipps_geo.vocabulary import InstitutionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ipps_geo.planning.parameters import PlanParameters


@dataclass(frozen=True, eq=False)
class AccessChoices:
    """Choices of an analyst; without any, coverage is what it always was.

    Attributes
    ----------
    limits
        Further limits, in the unit of the travel, ascending: a table of who is within each, and isochrones.
    kinds
        Kinds of institution whose staff count as supply in the access measures; workstations alone decide who is
        within reach.
    weights
        Weight of each enterprise by its number or credit code.
    unlisted
        Weight of those whom ``weights`` do not list; without it they are an error, which says how many they are.
    by
        Weight of each enterprise by its value in a column instead.
    every_pair
        A table of what it costs from every enterprise to every station.
    """

    limits: tuple[float, ...] = ()
    kinds: tuple[str, ...] = (InstitutionKind.WORKSTATION,)
    weights: pd.Series | None = None
    unlisted: float | None = None
    by: ColumnWeights | None = None
    every_pair: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that reach nobody and kinds that do not exist."""
        if any(not 0 < limit < np.inf for limit in self.limits):
            raise BadInput("access.limits", where="limits")
        unknown = [kind for kind in self.kinds if kind not in set(InstitutionKind)]
        if unknown or not self.kinds:
            kinds = ", ".join(InstitutionKind)
            raise BadInput("access.kinds", where="kinds", unknown=", ".join(unknown), kinds=kinds)
        if self.weights is not None and self.by is not None:
            raise BadInput("weight.one_way", where="weights")
        if self.unlisted is not None:
            check_numbers({UNKNOWN: self.unlisted})

    def weighed(self, population: pd.DataFrame) -> NDArray[np.float64] | None:
        """Return the weight of each enterprise, None without weights.

        Raises
        ------
        BadInput
            The weights name none of them, or leave some out and nothing says what these weigh.
        """
        if self.by is not None:
            return self.by.weights(population)
        if self.weights is None:
            return None
        found = weights_of(self.weights, demand_ids(population))
        unlisted = np.isnan(found)
        if unlisted.all() and len(found):
            raise BadInput("own_table.nobody", where=str(self.weights.name))
        if unlisted.any() and self.unlisted is None:
            raise BadInput("weight.unlisted", where=str(self.weights.name), n=int(unlisted.sum()))
        return np.where(unlisted, 0.0 if self.unlisted is None else self.unlisted, found)

    def unlisted_in(self, population: pd.DataFrame) -> NDArray[np.bool_]:
        """Return whom the table of weights does not list."""
        if self.weights is None:
            return np.zeros(len(population), dtype=bool)
        return np.isnan(weights_of(self.weights, demand_ids(population)))

    def tables(
        self,
        population: pd.DataFrame,
        nearest: NDArray[np.float64],
        on_roster: NDArray[np.bool_],
        within: NDArray[np.bool_],
        units: pd.Series,
    ) -> dict[str, pd.DataFrame]:
        """Return the tables ``by_limit`` and ``by_weight`` where they are asked for."""
        tables = {}
        weight = self.weighed(population)
        if self.limits:
            tables["by_limit"] = limits_table(population["unit"], nearest, self.limits, sorted(units))
        if weight is not None:
            tables["by_weight"] = weighted_table(population["unit"], weight, on_roster, within, np.isnan(nearest))
        return tables

    def describe(self, population: pd.DataFrame) -> dict[str, object]:
        """Return what an output has to say of the choices that were made."""
        stated: dict[str, object] = {}
        if self.limits:
            stated["limits"] = list(self.limits)
        if tuple(self.kinds) != (InstitutionKind.WORKSTATION,):
            stated["supply_kinds"] = [str(kind) for kind in self.kinds]
        if self.weights is not None:
            n = int(self.unlisted_in(population).sum())
            stated |= {"weights": str(self.weights.name), "weights_unlisted": n, "weight_unlisted": self.unlisted}
        if self.by is not None:
            stated |= {"weight_by": self.by.column, "weight_of": dict(self.by.of)}
        return stated


def united(parameters: PlanParameters, choices: AccessChoices) -> tuple[PlanParameters, AccessChoices]:
    """Return both with the weights by column that either states: parameters for who plans again, choices to count by.

    Raises
    ------
    BadInput
        A column and a table of weights, or two different columns.
    """
    own = None if parameters.weight_by is None else ColumnWeights(parameters.weight_by, dict(parameters.weight_of))
    if own is not None and (choices.weights is not None or choices.by not in (None, own)):
        raise BadInput("weight.one_way", where="weight_by")
    by = own or choices.by
    if by is None:
        return parameters, choices
    return replace(parameters, weight_by=by.column, weight_of=dict(by.of)), replace(choices, by=by)


def weight_table(choices: AccessChoices, demand: pd.DataFrame, served: NDArray[np.bool_]) -> pd.DataFrame | None:
    """Return one row per value: value, weight (missing in a table of them), enterprises, weight_sum, newly_served.

    ``demand`` are those whom the plan may serve, ``served`` those whom it serves.
    """
    weight = choices.weighed(demand)
    if weight is None:
        return None
    if choices.by is not None:
        value = choices.by.values(demand).to_numpy()
    else:
        value = np.where(choices.unlisted_in(demand), UNKNOWN, "listed")
    frame = pd.DataFrame({"value": value, "weight": weight, "newly_served": served.astype(np.int64)})
    told = frame.groupby("value", sort=True).agg(
        enterprises=("weight", "size"),
        least=("weight", "min"),
        most=("weight", "max"),
        weight_sum=("weight", "sum"),
        weightless=("weight", lambda each: int((each == 0).sum())),
        newly_served=("newly_served", "sum"),
    )
    told.insert(0, "weight_each", told["least"].where(told["least"] == told["most"]))
    return told.drop(columns=["least", "most"]).reset_index()


def limits_of(text: str) -> list[float]:
    """Return ``15,30,45`` as numbers; an empty text is none.

    >>> limits_of("15，30, 45")
    [15.0, 30.0, 45.0]

    Raises
    ------
    BadInput
        A part that is no number.
    """
    try:
        return [float(part) for part in text.replace("，", ",").split(",")] if text.strip() else []
    except ValueError as error:
        raise BadInput("access.limits", where="limits") from error


def limits_table(
    units: pd.Series, nearest: NDArray[np.float64], limits: Sequence[float], order: Sequence[str]
) -> pd.DataFrame:
    """Return, per unit and limit, enterprises, how many have a station within it and of how many nobody can tell."""
    unit = units.fillna("unknown").to_numpy()
    rows = []
    for name in [*order, *sorted({"unknown", *unit} - set(order)), "city"]:
        here = np.ones(len(unit), dtype=bool) if name == "city" else unit == name
        for limit in limits:
            within = int((nearest[here] <= limit).sum())
            rows.append((name, float(limit), int(here.sum()), within, int(np.isnan(nearest[here]).sum())))
    return pd.DataFrame(rows, columns=["unit", "limit", "enterprises", "within_reach", "not_judged"])


def weighted_table(
    units: pd.Series,
    weight: NDArray[np.float64],
    on_roster: NDArray[np.bool_],
    within: NDArray[np.bool_],
    not_judged: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return, per unit, the weight of all, on a roster, within reach, and of whom nobody can tell; the city last."""
    frame = pd.DataFrame(
        {
            "unit": units.fillna("unknown").to_numpy(),
            "weight": weight,
            "on_roster_weight": weight * on_roster,
            "within_reach_weight": weight * within,
            "not_judged_weight": weight * not_judged,
        }
    )
    table = frame.groupby("unit", sort=True).sum().reset_index()
    city = table.drop(columns="unit").sum().to_frame().T.assign(unit="city")
    return pd.concat([table, city], ignore_index=True)[list(table.columns)]


def cost_pairs(population: pd.DataFrame, stations: gpd.GeoDataFrame, travel: Travel, metric_crs: str) -> pd.DataFrame:
    """Return enterprise_id, institution_id and minutes or metres of every pair that can be reached at all."""
    xy, station_xy = metric_xy(population, metric_crs), metric_xy(stations, metric_crs)
    rows, columns = (np.flatnonzero(np.isfinite(points).all(axis=1)) for points in (xy, station_xy))
    people, placed = population.iloc[rows], stations.iloc[columns]
    reach = travel.reach(xy[rows], station_xy[columns], FAR[travel.unit], ids=(demand_ids(people), site_ids(placed)))
    pairs = reach.pairs
    row = np.repeat(np.arange(reach.n_demand), np.diff(pairs.indptr))
    cost = pairs.data * (travel.detour_factor if travel.network is None else 1.0)
    return pd.DataFrame(
        {
            "enterprise_id": people["enterprise_id"].to_numpy()[row],
            "institution_id": placed["institution_id"].to_numpy()[pairs.indices],
            "minutes" if travel.unit == "min" else "length_m": np.round(cost, 2),
        }
    )


def isochrones(
    stations: gpd.GeoDataFrame, travel: Travel, limits: Sequence[float], metric_crs: str
) -> gpd.GeoDataFrame:
    """Return from where each station is reached within each limit: institution_id, limit, geometry (``metric_crs``)."""
    xy = metric_xy(stations, metric_crs)
    placed = np.isfinite(xy).all(axis=1)
    ids = stations["institution_id"].to_numpy()[placed]
    parts = [
        gpd.GeoDataFrame(
            {"institution_id": ids, "limit": float(limit)},
            geometry=replace(travel, limit=limit).areas(xy[placed]),
            crs=metric_crs,
        )
        for limit in limits
    ]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=metric_crs)
