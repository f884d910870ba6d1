"""The public edition of a coverage, made of the result before anything is written."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ipps_geo.results.coverage import CoverageResult
from ipps_geo.results.disclosure.coverage_counts import CITY, CoverageCounts
from ipps_geo.results.disclosure.protection import shown_cells
from ipps_geo.results.edition import PUBLIC_MINIMUM, PublicEdition

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.results.provenance import Provenance

COUNT_TABLES = ("by_industry", "by_size", "by_need", "overlap", "by_limit", "hexagons")
MEAN_TABLES = ("e2sfca", "opportunities")
"""Means over the enterprises of a unit."""

PUBLIC_PARAMETERS = (
    "on", "method", "limit", "limit_unit", "detour_factor", "limits", "supply_kinds", "network_source",
    "network_as_of", "mode", "snap_limit_m", "walked_streets",
)  # fmt: skip
"""What is said of how a result was made: choices, and nothing that counts enterprises."""

PUBLIC_SOURCE = (
    "file",
    "publisher",
    "licence",
    "date",
    "crs",
    "data_class",
    "how",
    "datum",
    "datum_basis",
    "accuracy_m",
)

NEVER = ("extremes", "registered_enterprises", "load_details")
"""What no public edition has, whatever the result."""

LORENZ_SHARES = np.linspace(0, 1, 21)
ROUND_M, ROUND_MIN = 100, 1
"""Costs of a public edition are rounded to this: a cost to the centimetre is an address."""


def public_coverage(
    result: CoverageResult, service_units: gpd.GeoDataFrame, map_review_number: str = ""
) -> CoverageResult:
    """Return the public edition of a coverage.

    Hidden counts are missing; the column ``not_shown`` of each table names the hidden columns of its row. Tables on
    single stations, clusters, weights and nested districts are left out, and so are extremes; quantiles stay where at
    least five enterprises lie beyond them. ``provenance.edition`` says what is gone.

    Parameters
    ----------
    service_units
        With their shapes: a reader knows which cells of a map lie in which unit.
    """
    counted = {name: table for name, table in result.tables.items() if name in COUNT_TABLES}
    units_of = None
    if "hexagons" in counted:
        units_of = units_of_cells(counted["hexagons"]["h3_cell"], service_units, result.by_unit["unit"])
    # What further limits need is hidden among their own counts, so that editions with and without them agree.
    settled: dict[tuple[str, str, str], bool] = {}
    for some in [{name: table for name, table in counted.items() if name != "by_limit"}, counted]:
        system = CoverageCounts(dataclasses.replace(result, tables=some), units_of)
        if len(system.counts.cells) == len(settled):
            break
        shown = shown_cells(system.counts, system.targets, PUBLIC_MINIMUM, system.unions, settled)
        settled = {cell.place: bool(told) for cell, told in zip(system.counts.cells, shown, strict=True)}
    gone: dict[tuple[str, str], set[str]] = {}
    for (table, row, column), is_shown in settled.items():
        if not is_shown:
            gone.setdefault((table, row), set()).add(column)
    by_unit = _without(result.by_unit, "by_unit", [str(unit) for unit in result.by_unit["unit"]], gone)
    by_unit = _public_costs(result.by_unit, by_unit)
    whole = {
        str(unit) for unit, hidden in zip(by_unit["unit"], by_unit["not_shown"], strict=True) if not hidden
    } - _small(result.by_unit)
    tables = {
        name: _without(frame, name, _row_names(name, frame), gone)
        for name, frame in counted.items()
        if name != "hexagons"
    }
    tables |= {name: _means(frame, whole) for name, frame in result.tables.items() if name in MEAN_TABLES}
    if "lorenz" in result.tables:
        tables["lorenz"] = _coarse(result.tables["lorenz"], int(result.by_unit["enterprises"].iloc[-1]))
    areas = {name: _without_counts(frame) for name, frame in result.areas.items() if name != "hexagons"}
    if "hexagons" in counted:
        kept = [("hexagons", str(cell)) not in gone for cell in counted["hexagons"]["h3_cell"]]
        tables["hexagons"] = pd.DataFrame(counted["hexagons"].loc[kept, ["h3_cell", "enterprises"]])
        if "hexagons" in result.areas:
            areas["hexagons"] = result.areas["hexagons"].loc[kept, ["h3_cell", "enterprises", "geometry"]]
    hidden = Counter(table for table, _ in gone for _column in gone[table, _])
    left_out = [*sorted(set(result.tables) - set(tables)), *NEVER]
    if result.pairs is not None:
        left_out.append("pairs")
    edition = PublicEdition(map_review_number, PUBLIC_MINIMUM, dict(sorted(hidden.items())), tuple(left_out))
    return dataclasses.replace(
        result,
        by_unit=by_unit,
        measures=_measures(result.measures, by_unit),
        provenance=public_provenance(result.provenance, edition),
        tables=tables,
        areas=areas,
        nearest=None,
        pairs=None,
    )


def public_provenance(provenance: Provenance, edition: PublicEdition) -> Provenance:
    """Return a provenance that counts no enterprise and names no row of a file."""
    return dataclasses.replace(
        provenance,
        parameters={name: value for name, value in provenance.parameters.items() if name in PUBLIC_PARAMETERS},
        sources=tuple({name: source.get(name, "") for name in PUBLIC_SOURCE} for source in provenance.sources),
        loaded={},
        edition=edition,
    )


def units_of_cells(cells: pd.Series, service_units: gpd.GeoDataFrame, units: pd.Series) -> dict[str, tuple[str, ...]]:
    """Return the units that each H3 cell touches; a cell on the city's border may hold somebody of any unit."""
    from ipps_geo.coverage.areas import hexagon_shapes

    names = [str(cell) for cell in cells]
    shapes: NDArray[Any] = hexagon_shapes(cells)
    touched: dict[str, list[str]] = {name: [] for name in names}
    tree = shapely.STRtree(shapes)
    for code, polygon in zip(service_units["code"], service_units.geometry, strict=True):
        for place in tree.query(polygon, predicate="intersects"):
            touched[names[place]].append(str(code))
    city = shapely.union_all(service_units.geometry.to_numpy())
    shapely.prepare(city)
    every = tuple(str(unit) for unit in units if unit != CITY)
    inside = shapely.covers(city, shapes)
    return {name: tuple(touched[name]) if is_in else every for name, is_in in zip(names, inside, strict=True)}


def _row_names(table: str, frame: pd.DataFrame) -> list[str]:
    if table == "by_limit":
        return [f"{unit}|{limit:g}" for unit, limit in zip(frame["unit"], frame["limit"], strict=True)]
    return [str(label) for label in frame[frame.columns[0]]]


def _without(
    frame: pd.DataFrame, table: str, rows: list[str], gone: Mapping[tuple[str, str], set[str]]
) -> pd.DataFrame:
    """Return a table with its hidden counts missing, and ``not_shown``."""
    public = frame.copy()
    hidden = [gone.get((table, row), set()) for row in rows]
    for column in sorted(set().union(*hidden)):
        public[column] = public[column].astype("Int64").mask([column in names for names in hidden])
    public["not_shown"] = pd.Series(
        [";".join(name for name in frame.columns if name in names) for names in hidden], index=public.index, dtype="str"
    )
    return public


def _public_costs(counts: pd.DataFrame, public: pd.DataFrame) -> pd.DataFrame:
    """Return the table with rounded means and quantiles, where enough enterprises lie beyond; without the largest."""
    enough = {"mean": PUBLIC_MINIMUM, "median": 2 * PUBLIC_MINIMUM, "p95": 20 * PUBLIC_MINIMUM}
    public = public.drop(columns=[name for name in public if str(name).startswith("nearest_max_")])
    judged = counts["enterprises"] - counts.get("not_judged", 0)
    for name in [str(name) for name in public if str(name).startswith("nearest_")]:
        _, part, unit = name.split("_")
        step = ROUND_M if unit == "m" else ROUND_MIN
        known = public["enterprises"].notna().to_numpy() & (judged >= enough[part]).to_numpy()
        public[name] = (public[name] / step).round().mul(step).where(known)
        short = ~known & (counts["enterprises"] > 0).to_numpy()
        public["not_shown"] = [
            ";".join(filter(None, [told, name])) if is_short else told
            for told, is_short in zip(public["not_shown"], short, strict=True)
        ]
    return public


def _small(counts: pd.DataFrame) -> set[str]:
    return {
        str(unit)
        for unit, number in zip(counts["unit"], counts["enterprises"], strict=True)
        if 0 < number < PUBLIC_MINIMUM
    }


def _means(table: pd.DataFrame, whole: set[str]) -> pd.DataFrame:
    """Return means of units of which every count is shown, to three digits; no extremes."""
    kept = table[[name for name in table if not str(name).endswith(("_min", "_max"))]].copy()
    shown = kept["unit"].isin(whole)
    for name in kept.columns.drop("unit"):
        kept[name] = [float(f"{value:.3g}") for value in kept[name]]
        kept[name] = kept[name].where(shown)
    return kept.assign(not_shown=["" if is_shown else ";".join(kept.columns.drop("unit")) for is_shown in shown])


def _coarse(curve: pd.DataFrame, enterprises: int) -> pd.DataFrame:
    """Return a Lorenz curve at twentieths, where at least five enterprises lie between two points; else nothing."""
    if curve.empty or enterprises < PUBLIC_MINIMUM * (len(LORENZ_SHARES) - 1):
        return curve.iloc[:0]
    values = np.interp(LORENZ_SHARES, curve["population_share"], curve["value_share"])
    return pd.DataFrame({"population_share": LORENZ_SHARES.round(2), "value_share": values.round(3)})


def _without_counts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas of stations without who lives in them."""
    kept = ("institution_id", "limit", "above", "up_to", "area_km2", "geometry")
    return frame[[name for name in kept if name in frame]]


def _measures(measures: Mapping[str, Any], by_unit: pd.DataFrame) -> dict[str, Any]:
    """Return measures without those that follow from a hidden count."""
    rows = by_unit.set_index("unit")
    kept = dict(measures)

    # Which unit is worst, and how bad it is, bounds the share of every unit that is hidden.
    if by_unit[["enterprises", "on_roster"]].isna().any(axis=None):
        kept = {name: value for name, value in kept.items() if not name.startswith("worst_unit")}
    if rows.loc[CITY, ["enterprises", "on_roster"]].isna().any():
        kept = {name: value for name, value in kept.items() if not name.startswith("enterprises_per_")}
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in kept.items()}
