"""What an interactive map draws, as plain records in longitude and latitude: small, ready to be sent to a browser."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from ipps_geo.coverage.areas import hexagon_shapes, hexagon_table
from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.intake.addresses import townships
from ipps_geo.reach.transit import TransitNetwork
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import marker_kinds
from ipps_geo.report.words.naming import names_of
from ipps_geo.screens.rows import verdict_word
from ipps_geo.vocabulary import HostType, InstitutionKind
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.reach.timetable import Timetable
    from ipps_geo.results import CoverageResult
    from ipps_geo.workspace import Workspace

OUTLINE_TOLERANCE_M = 150.0
"""Outlines are simplified to this: a fifth of a pixel on a screen that shows the whole city."""

AREA_TOLERANCE_M = 60.0
"""Areas of reach are simplified to this."""
UNIT_DIGITS = 6
"""The code of a township begins with that of its district, GB/T 2260."""
KINDS = ("district_center", "district_center_standin", "workstation", "industry_station", "other_institution")


def unit_outlines(workspace: Workspace, lang: str) -> list[dict[str, Any]]:
    """Return one GeoJSON feature per service unit: id, name, and as a word whether district or functional area."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    units, crs = workspace.service_units, workspace.region.metric_crs
    shapes = shapely.simplify(units.geometry.to_crs(crs).to_numpy(), OUTLINE_TOLERANCE_M)
    turned = transformer(crs, STORE_CRS)
    shapes = shapely.transform(shapes, lambda xy: np.round(np.column_stack(turned.transform(*xy.T)), 4))
    return [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {"id": str(code), "name": names.unit(code), "word": words.label("UnitKind", kind)},
        }
        for code, kind, shape in zip(units["code"], units["kind"], shapes, strict=True)
    ]


def unit_labels(workspace: Workspace, lang: str) -> list[dict[str, Any]]:
    """Return the short name of each unit at a place well inside it."""
    names, units, crs = names_of(workspace, lang), workspace.service_units, workspace.region.metric_crs
    shapes = shapely.simplify(units.geometry.to_crs(crs).to_numpy(), OUTLINE_TOLERANCE_M)
    spots = np.array([shapely.maximum_inscribed_circle(shape, tolerance=500.0).coords[0] for shape in shapes])
    lon, lat = transformer(crs, STORE_CRS).transform(*spots.T)
    return [
        {"name": names.short(code), "lon": round(float(x), 4), "lat": round(float(y), 4)}
        for code, x, y in zip(units["code"], lon, lat, strict=True)
    ]


def unit_corners(workspace: Workspace) -> dict[str, list[list[float]]]:
    """Return by service unit the south-west and north-east corner of its box, longitude and latitude."""
    units = workspace.service_units
    return {
        str(code): [[west, south], [east, north]]
        for code, (west, south, east, north) in zip(
            units["code"], shapely.bounds(units.geometry.to_numpy()).round(4).tolist(), strict=True
        )
    }


def gazetteer(workspace: Workspace, on: dt.date, lang: str) -> list[list[Any]]:
    """Return what a reader may look for on a map: name, what it is, longitude, latitude, and of an area its box.

    Units, their townships, institutions that are active on the day, and carriers, in this order. Of a township only the
    unit is known, and said; its place is that of the unit.
    """
    words, boxes = catalogue(lang, workspace.region), unit_corners(workspace)
    spots = {
        str(code): (each["name"], [each["lon"], each["lat"], boxes[str(code)]])
        for code, each in zip(workspace.service_units["code"], unit_labels(workspace, lang), strict=True)
    }
    found = [[name, words.label("TableName", "service_units"), *spot] for name, spot in spots.values()]
    for code, _, name in townships(workspace.region):
        if (unit := spots.get(code[:UNIT_DIGITS])) is not None:
            found.append([name, words.text("desk.township", unit=unit[0]), *unit[1]])
    found += [[each["name"], each["word"], each["lon"], each["lat"]]
              for each in institution_points(workspace, on, lang)]  # fmt: skip
    carriers = site_points(workspace.carriers, workspace, lang, "carrier_id")
    return found + [[each["name"], words.label("TableName", "carriers"), each["lon"], each["lat"]] for each in carriers]


def stops(network: TransitNetwork | Timetable, metric_crs: str) -> list[dict[str, Any]]:
    """Return the stations of a network that have a place: name, the lines that call there, lon, lat."""
    lines: dict[int, set[str]] = {}
    if isinstance(network, TransitNetwork):
        for station, line in zip(network.platform_station.tolist(), network.platform_line, strict=True):
            lines.setdefault(station, set()).add(line)
    lon, lat = transformer(metric_crs, STORE_CRS).transform(*network.station_xy.T)
    return [
        {"id": "", "name": name, "word": "、".join(sorted(lines.get(n, ()))), "lon": round(x, 5), "lat": round(y, 5)}
        for n, (name, x, y) in enumerate(zip(network.stations, lon.tolist(), lat.tolist(), strict=True))
        if np.isfinite(network.station_xy[n]).all()
    ]


def rides(network: TransitNetwork, metric_crs: str) -> list[list[list[float]]]:
    """Return from station to next station of each line, once, as two places each."""
    tail, head = network.platform_station[network.tail], network.platform_station[network.head]
    ends = np.unique(np.sort(np.column_stack((tail, head)), axis=1), axis=0)
    ends = ends[(ends[:, 0] != ends[:, 1]) & np.isfinite(network.station_xy[ends]).all(axis=(1, 2))]
    places = np.column_stack(transformer(metric_crs, STORE_CRS).transform(*network.station_xy.T)).round(5)
    return places[ends].tolist()  # type: ignore[no-any-return]


def institution_points(workspace: Workspace, on: dt.date, lang: str) -> list[dict[str, Any]]:
    """Return the active institutions that have a place: id, name, kind, its words, unit, lon, lat."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    active = _placed(active_institutions(workspace.institutions, on))
    kinds: Any = marker_kinds(active) if len(active) else []
    return [
        {
            "id": str(row["institution_id"]),
            "name": str(row["name"]),
            "kind": str(kind),
            "word": words.label("InstitutionKind", row["kind"]),
            "type": str(row["host_type"] if row["kind"] == "workstation" else row["kind"]),
            "unit": names.unit(row["unit"]),
            "lon": round(shape.x, 5),
            "lat": round(shape.y, 5),
        }
        for row, kind, shape in zip(active.to_dict("records"), kinds, active.geometry, strict=True)
    ]


def types_of(workspace: Workspace, on: dt.date, lang: str) -> dict[str, list[tuple[str, str]]]:
    """Return the types of active stations (by host) and of other institutions (by kind) with their words, in order.

    A type that no active institution has is left out, also of the count: the n-th has the n-th mark, as in the atlas.
    """
    words, active = catalogue(lang), active_institutions(workspace.institutions, on)
    stations = active["kind"] == "workstation"
    hosts, kinds = set(active.loc[stations, "host_type"].astype(str)), set(active.loc[~stations, "kind"].astype(str))
    others = [kind for kind in InstitutionKind if kind in kinds and kind not in ("workstation", "district_center")]
    return {
        "stations": [(str(host), words.label("HostType", host)) for host in HostType if host in hosts],
        "others": [(str(kind), words.label("InstitutionKind", kind)) for kind in others],
    }


def unplaced(workspace: Workspace, on: dt.date, lang: str) -> list[dict[str, Any]]:
    """Return what has no place and stands on no map: a word with the number, and the names where they may be told."""
    words = catalogue(lang)
    active = active_institutions(workspace.institutions, on)
    found = []
    for key, table, named in (
        ("institutions", active, "name"),
        ("carriers", workspace.carriers, "name_zh"),
        ("enterprises", workspace.enterprises, None),
    ):
        missing = (table.geometry.isna() | table.geometry.is_empty).to_numpy()
        if missing.any():
            told = table.loc[missing, named].astype(str).tolist() if named else []
            word = words.text(f"desk.unplaced_{key}", n=words.value(int(missing.sum())))
            found.append({"word": word, "names": told})
    return found


def uncovered_cells(workspace: Workspace, coverage: CoverageResult) -> list[tuple[int, int]]:
    """Return how many of a cell's enterprises no station reaches, and the cell's place among ``density_cells``."""
    table = coverage.tables.get("hexagons")
    placed = _placed(workspace.enterprises)
    if table is None or not len(placed):
        return []
    cells = hexagon_table(placed.geometry.x, placed.geometry.y, {})["h3_cell"]
    places = {cell: place for place, cell in enumerate(cells)}
    left = (table["enterprises"] - table["within_reach"]).astype(int)
    return [
        (count, places[cell]) for cell, count in zip(table["h3_cell"], left, strict=True) if count and cell in places
    ]


def area_shapes(areas: gpd.GeoDataFrame | None, metric_crs: str) -> list[dict[str, Any]]:
    """Return areas as GeoJSON features without properties, simplified for a screen."""
    return (
        []
        if areas is None or not len(areas)
        else metric_shapes(areas.geometry.to_crs(metric_crs).to_numpy(), metric_crs)
    )


def overlap_shapes(areas: gpd.GeoDataFrame | None, metric_crs: str) -> list[dict[str, Any]]:
    """Return what lies within two or more of the areas, as one GeoJSON feature."""
    if areas is None or not len(areas):
        return []
    shapes = areas.geometry.to_crs(metric_crs).to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    shared = shapely.union_all(shapely.intersection(shapes[first[pairs]], shapes[second[pairs]]))
    return metric_shapes([part for part in [shared] if not part.is_empty], metric_crs)


def metric_shapes(shapes: Any, metric_crs: str) -> list[dict[str, Any]]:
    """Return shapes in ``metric_crs`` as GeoJSON features without properties, simplified for a screen."""
    turned = transformer(metric_crs, STORE_CRS)
    drawn = shapely.transform(
        shapely.simplify(shapes, AREA_TOLERANCE_M), lambda xy: np.round(np.column_stack(turned.transform(*xy.T)), 4)
    )
    return [{"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": {}} for shape in drawn]


def site_points(sites: gpd.GeoDataFrame, workspace: Workspace, lang: str, key: str = "site_id") -> list[dict[str, Any]]:
    """Return sites (carriers, proposals, candidates) that have a place: id, name, unit, lon, lat; rank where known."""
    names = names_of(workspace, lang)
    placed = _placed(sites)
    return [
        {
            "id": str(row[key]),
            "name": names.subject(row[key]),
            "unit": names.unit(row["unit"]),
            "word": f"{int(row['rank'])}" if "rank" in row else "",
            "lon": round(shape.x, 5),
            "lat": round(shape.y, 5),
        }
        for row, shape in zip(placed.to_dict("records"), placed.geometry, strict=True)
    ]


def density_cells(points: gpd.GeoDataFrame) -> list[tuple[int, list[list[float]]]]:
    """Return the count and the closed ring (longitude, latitude) of each H3 cell that holds points."""
    placed = _placed(points)
    table = hexagon_table(placed.geometry.x, placed.geometry.y, {}) if len(placed) else None
    if table is None:
        return []
    rings = [shapely.get_coordinates(shape).round(5).tolist() for shape in hexagon_shapes(table["h3_cell"])]
    return list(zip(table["enterprises"].astype(int).tolist(), rings, strict=True))


def subject_places(workspace: Workspace) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of every institution, carrier, application and unit that has a place, by id."""
    found: dict[str, tuple[float, float]] = {}
    for table, key in (
        (workspace.service_units, "code"),
        (workspace.applications, "application_id"),
        (workspace.carriers, "carrier_id"),
        (workspace.institutions, "institution_id"),
    ):
        placed = _placed(table)
        spots = shapely.get_coordinates(shapely.point_on_surface(placed.geometry.to_numpy())).round(5).tolist()
        found |= {str(name): (lon, lat) for name, (lon, lat) in zip(placed[key], spots, strict=True)}
    return found


def finding_points(
    places: Mapping[str, tuple[float, float]], findings: pd.DataFrame, lang: str
) -> list[dict[str, Any]]:
    """Return the places that findings speak of, one point per subject.

    Each point has the subject's id, its name, its number of findings per verdict in words, the worst verdict as its
    kind, and the label of its first finding of that verdict, by which the table is selected.

    Parameters
    ----------
    places
        As ``subject_places`` returns them.
    findings
        Rows of ``finding_rows``.
    """
    words = catalogue(lang)
    named = words.column("subject_name")
    points: dict[str, dict[str, Any]] = {}
    for verdict in ("FAIL", "UNDETERMINED", "PASS"):
        rows = findings.loc[findings["verdict_code"] == verdict]
        for label, subject, name in zip(rows.index, rows["subject_id"], rows[named], strict=True):
            if subject not in places:
                continue
            lon, lat = places[subject]
            first = {"id": subject, "name": name, "kind": verdict, "label": str(label), "lon": lon, "lat": lat, "n": {}}
            counts: dict[str, int] = points.setdefault(subject, first)["n"]
            counts[verdict] = counts.get(verdict, 0) + 1
    for point in points.values():
        point["word"] = " · ".join(f"{verdict_word(words, name)} {count}" for name, count in point.pop("n").items())
    return list(points.values())


def _placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if not len(frame):
        return frame
    return frame.loc[pd.Series(~(frame.geometry.isna() | frame.geometry.is_empty), index=frame.index)]
