"""What the map of a plan in a file shows: its layers in longitude and latitude, each word in both languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ipps_geo.coverage.hexagons import hexagon_corners, hexagon_counts
from ipps_geo.crs import STORE_CRS, metric_xy, transformer
from ipps_geo.intake.addresses import townships
from ipps_geo.report.maps import component
from ipps_geo.report.maps.component import TOLERANCE_M, Layer
from ipps_geo.report.maps.ground import Ground, dense_window, ground_of
from ipps_geo.report.symbols import BLUE, BORDER, MARKS, PURPLE
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue, is_missing
from ipps_geo.report.words.figures import closed_reason, marker_kinds, site_names_of
from ipps_geo.report.words.naming import names_of
from ipps_geo.results import day_of_result
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

Told = dict[str, list[list[str]]]
"""Label and value pairs per language."""
_Pairs = Sequence[tuple[str, dict[str, str]]]
"""A column and its value per language."""


class Scene:
    """The layers of one plan in longitude and latitude, each word in both languages."""

    def __init__(self, workspace: Workspace, plan: PlanResult) -> None:
        self.workspace, self.plan, self.crs = workspace, plan, workspace.region.metric_crs
        self.on = day_of_result(plan.provenance)
        self.grounds: dict[str, Ground] = {lang: ground_of(workspace, self.on, lang) for lang in LANGUAGES}
        self.ground = self.grounds["zh"]
        self.sites = metric_xy(plan.proposals, self.crs) if len(plan.proposals) else np.zeros((0, 2))
        self._turned = transformer(self.crs, STORE_CRS)

    def places(self, xy: NDArray[np.float64], digits: int = 5) -> list[tuple[float, float]]:
        """Return metres of the region as longitude and latitude."""
        return list(zip(*(each.round(digits).tolist() for each in self._turned.transform(*xy.T)), strict=True))

    def corners(self) -> list[tuple[float, float]]:
        """Return what the map shows at first: the part where most proposals lie, else the city."""
        west, south, east, north = dense_window(self.sites, 1.2) or self.ground.extent
        return self.places(np.array([[west, south], [east, north]]))

    def desk(self) -> dict[str, Any]:
        """Return what the map is given beside its layers."""
        said: dict[str, Any] = {lang: component.desk_words(catalogue(lang)) for lang in LANGUAGES}
        west, south, east, north = self.ground.extent
        ((lon, lat),) = self.places(np.array([[(west + east) / 2, (south + north) / 2]]))
        return {
            "view": {"lon": lon, "lat": lat, "zoom": 8},
            "alt": self.name("map.plan_title"),
            "ground": False,
            "areas": False,
            "places": self.gazetteer(),
            "unplaced": self.unplaced(),
            "words": said,
            "base": None,
        }

    def gazetteer(self) -> list[list[Any]]:
        """Return what a reader may look for: units, townships (as their unit), institutions, candidates, proposals."""
        kind = {key: self.name(f"map.{key}") for key in ("district", "functional_area")}
        found, units = [], {}
        for n, (lon, lat) in enumerate(self.places(self._spots)):
            name = {lang: self.grounds[lang].labels[n] for lang in LANGUAGES}
            box = self.places(np.reshape(shapely.bounds(self.ground.shapes[n]), (2, 2)))
            units[self.ground.codes[n]] = (name, lon, lat, box)
            found.append([name, kind[self.ground.kinds[n]], lon, lat, box])
        for code, _, town in townships(self.workspace.region):
            if (unit := units.get(code[:6])) is not None:
                word = {lang: catalogue(lang).text("desk.township", unit=unit[0][lang]) for lang in LANGUAGES}
                found.append([town, word, *unit[1:]])
        layers = [*self.institution_layers, *self.enlarged_layer, *self.site_layers, self.proposal_layers[0]]
        return found + [
            [spot["name"], layer["legend"][0]["word"], spot["lon"], spot["lat"]]
            for layer in layers
            for spot in layer["data"]
        ]

    def unplaced(self) -> list[dict[str, Any]]:
        """Return what has no place: it stands beside the map."""
        active = active_institutions(self.workspace.institutions, self.on)
        names = active.loc[active.geometry.isna() | active.geometry.is_empty, "name"].astype(str).tolist()
        word = {lang: catalogue(lang).text("map.unplaced", n=len(names)) for lang in LANGUAGES}
        return [{"word": word, "names": names}] if names else []

    def told(self, pairs: _Pairs) -> Told:
        """Return label and value pairs per language from (column, value per language)."""
        return {
            lang: [[catalogue(lang).column(column), values[lang]] for column, values in pairs] for lang in LANGUAGES
        }

    @cached_property
    def _spots(self) -> NDArray[np.float64]:
        """Return the poles of inaccessibility of the units, in metres."""
        return np.array(
            [shapely.maximum_inscribed_circle(shape, tolerance=100.0).coords[0] for shape in self.ground.shapes]
        )

    def label_layer(self) -> Layer:
        """Return the units' names."""
        named = zip(self.places(self._spots), self.grounds["zh"].labels, self.grounds["en"].labels, strict=True)
        data = [{"text": {"zh": zh, "en": en}, "lon": lon, "lat": lat} for (lon, lat), zh, en in named]
        return {"name": "labels", "kind": "labels", "data": data, "size": 12}

    def unit_layers(self) -> list[Layer]:
        """Return districts and functional areas, with their coverage before and after."""
        made = []
        for kind, style, entry in (
            ("district", {"fill": "ground"}, {"line": BORDER}),
            (
                "functional_area", {"fill": PURPLE, "opacity": 0.12, "line": PURPLE, "width": 1.6, "dash": [5, 3]},
                {"line": PURPLE, "dash": True},
            ),
        ):  # fmt: skip
            word = self.name(f"map.{kind}")
            data = [
                self._area(shape, {"id": code, "name": self._unit(code), "word": word, "info": self._unit_info(code)})
                for code, shape, each in zip(self.ground.codes, self.ground.shapes, self.ground.kinds, strict=True)
                if each == kind
            ]
            if data:
                made.append(
                    {"name": kind, "kind": "areas", "data": data, "tell": True, "legend": [entry | {"word": word}]}
                    | style
                )
        return made

    def border_layer(self) -> Layer:
        """Return the outlines of all units, above the density; they have no entry of their own in the legend."""
        data = [self._area(shape, {}) for shape in self.ground.shapes]
        return {"name": "borders", "kind": "areas", "data": data, "fill": None, "group": "district"}

    def density_layer(self, resolution: int, suppress_below: int) -> Layer:
        """Return the hexagons of enterprises on no roster."""
        left = self.plan.uncovered
        left = left.loc[~(left.geometry.isna() | left.geometry.is_empty)]
        cells = hexagon_counts(metric_xy(left, self.crs) if len(left) else np.zeros((0, 2)), self.crs, resolution)
        cells = cells.loc[cells["count"] >= suppress_below]
        rings = [self.places(corner) for corner in hexagon_corners(cells["h3_cell"].tolist(), self.crs)]
        counted = [[int(count), [*ring, ring[0]]] for count, ring in zip(cells["count"], rings, strict=True)]
        return component.density_layer("density", counted, self.name("map.uncovered"))

    def reach_layer(self) -> list[Layer]:
        """Return from where each proposal is reached within the planner's limit: a circle, or along the network."""
        word = self._reach_word()
        radius_m = self.plan.coverage_after.radius_m
        entry = [{"word": word, "patch": "#0072B220", "line": BLUE}]
        if radius_m and len(self.sites):
            return [{"name": "reach", "kind": "reaches", "data": self.places(self.sites), "radius_m": radius_m,
                     "colour": BLUE, "legend": entry}]  # fmt: skip
        shapes = self.plan.coverage_after.areas.get("reach")
        if shapes is None or not len(shapes):
            return []
        drawn = [self._area(shape, {}) for shape in shapes.geometry.to_crs(self.crs)]
        return [{"name": "reach", "kind": "areas", "data": drawn, "fill": BLUE, "opacity": 0.07, "line": BLUE,
                 "legend": entry}]  # fmt: skip

    def _reach_word(self) -> dict[str, str]:
        covered = self.plan.coverage_after
        if covered.radius_m:
            return {
                lang: catalogue(lang).text("map.service_area", reach_km=covered.radius_m / 1000) for lang in LANGUAGES
            }
        return {
            lang: catalogue(lang).text(
                "page.limit_note", limit=covered.limit,
                unit=catalogue(lang).label("unit_of_measure", covered.limit_unit),
            )
            for lang in LANGUAGES
        }  # fmt: skip

    @cached_property
    def site_layers(self) -> list[Layer]:
        """Return the candidates that the plan does not open, each with its reason."""
        closed = self.plan.closed_sites
        closed = closed.loc[~(closed.geometry.isna() | closed.geometry.is_empty)]
        data = []
        for place, row in zip(
            self.places(metric_xy(closed, self.crs)) if len(closed) else [], closed.to_dict("records"), strict=True
        ):
            reason = {lang: closed_reason(catalogue(lang), row) for lang in LANGUAGES}
            name = {lang: self.grounds[lang].names.subject(row["site_id"]) for lang in LANGUAGES}
            pairs = [("name", name), ("unit", self._unit(row["unit"])), ("reason", reason)]
            data.append(self._spot(place, row["site_id"], name, pairs))
        return self._points("closed", "closed_site", data, 4, self.name("map.closed_site"))

    @cached_property
    def institution_layers(self) -> list[Layer]:
        """Return the active institutions, one layer per marker."""
        active = active_institutions(self.workspace.institutions, self.on)
        active = active.loc[~(active.geometry.isna() | active.geometry.is_empty)]
        if not len(active):
            return []
        kinds, places, records = (
            marker_kinds(active),
            self.places(metric_xy(active, self.crs)),
            active.to_dict("records"),
        )
        made = []
        for kind in MARKS:
            data = []
            for place in np.flatnonzero(kinds == kind):
                row = records[place]
                name = dict.fromkeys(LANGUAGES, str(row["name"]))
                precision = {lang: catalogue(lang).value(row["position_precision_m"]) for lang in LANGUAGES}
                pairs = [
                    ("name", name),
                    ("kind", {lang: catalogue(lang).label("InstitutionKind", row["kind"]) for lang in LANGUAGES}),
                    ("unit", self._unit(row["unit"])),
                    ("position_precision_m", precision),
                    ("data_class", {lang: catalogue(lang).label("DataClass", row["data_class"]) for lang in LANGUAGES}),
                ]  # fmt: skip
                data.append(self._spot(places[place], row["institution_id"], name, pairs))
            made += self._points(kind, kind, data, 5.5, self.name(f"map.{kind}"))
        return made

    @cached_property
    def enlarged_layer(self) -> list[Layer]:
        """Return the existing stations that take in more, with their rosters before and after."""
        table = self.plan.enlarged
        if table is None or not len(table):
            return []
        data = []
        for place, row in zip(self.places(metric_xy(table, self.crs)), table.to_dict("records"), strict=True):
            figures = ("old_members", "newly_served", "with_need", "all_members", "margin_roster", "margin_need")
            name = dict.fromkeys(LANGUAGES, str(row["name"]))
            pairs = [
                ("name", name),
                ("unit", self._unit(row["unit"])),
                *((figure, dict.fromkeys(LANGUAGES, f"{int(row[figure]):,}")) for figure in figures),
            ]
            data.append(self._spot(place, row["site_id"], name, pairs))
        return self._points("enlarged", "enlarged", data, 8, self.name("map.enlarged"))

    def closing_layer(self) -> list[Layer]:
        """Return the existing stations that close or move, with what becomes of their rosters."""
        table = self.plan.closures
        if table is None or not len(table):
            return []
        there = self.workspace.institutions.set_index("institution_id", drop=False).loc[table["institution_id"]]
        names, data = {lang: names_of(self.workspace, lang) for lang in LANGUAGES}, []
        for place, row in zip(self.places(metric_xy(there, self.crs)), table.to_dict("records"), strict=True):
            name = dict.fromkeys(LANGUAGES, str(row["name"]))
            pairs = [("name", name), ("unit", self._unit(row["unit"]))]
            pairs += [
                (figure, dict.fromkeys(LANGUAGES, f"{int(row[figure]):,}"))
                for figure in ("members", "served_again", "given_up")
            ]
            if isinstance(row["moved_to"], str):
                pairs.append(("moved_to", {lang: names[lang].subject(row["moved_to"]) for lang in LANGUAGES}))
            data.append(self._spot(place, row["institution_id"], name, pairs))
        return self._points("closures", "closing", data, 8, self.name("map.closing"))

    @cached_property
    def proposal_layers(self) -> list[Layer]:
        """Return the proposals, and their ranks written into them."""
        rows = self.rows
        data = [{name: value for name, value in row.items() if name != "cells"} for row in rows]
        ranks = [{"text": row["cells"]["zh"][0], "lon": row["lon"], "lat": row["lat"]} for row in rows]
        numbers = {"name": "numbers", "kind": "labels", "data": ranks, "size": 12, "colour": "#ffffff", "always": True,
                   "group": "proposals"}  # fmt: skip
        return [
            {"name": "proposals", "kind": "points", "data": data, "mark": component.mark_of("proposal", 10),
             "tell": True, "legend": [{"word": self.name("map.proposal"), "mark": component.mark_of("proposal", 8)}]},
            numbers,
        ]  # fmt: skip

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the table: place, cells per language, and what the box beside the map says."""
        names = {lang: site_names_of(self.plan.proposals, catalogue(lang)) for lang in LANGUAGES}
        made = []
        for place, row in enumerate(self.plan.proposals.to_dict("records")):
            spot = self.places(self.sites[place : place + 1])[0]
            cells = {
                lang: [
                    str(row["rank"]), names[lang][place], self.grounds[lang].names.short(row["unit"]),
                    f"{int(row['newly_served']):,}", f"{int(row['with_need']):,}",
                ]
                for lang in LANGUAGES
            }  # fmt: skip
            figures = ("newly_served", "with_need", "without_need", "unknown_need", "margin_roster", "margin_need")
            pairs = [
                ("name", {lang: names[lang][place] for lang in LANGUAGES}),
                ("unit", self._unit(row["unit"])),
                ("host_type", {lang: catalogue(lang).label("HostType", row["host_type"]) for lang in LANGUAGES}),
                *((key, dict.fromkeys(LANGUAGES, f"{int(row[key]):,}")) for key in figures if not is_missing(row[key])),
                ("screening", {lang: catalogue(lang).label("Verdict", row["screening"]) for lang in LANGUAGES}),
            ]
            name = {lang: names[lang][place] for lang in LANGUAGES}
            made.append(self._spot(spot, row["site_id"], name, pairs) | {"cells": cells})
        return made

    def _unit(self, code: object) -> dict[str, str]:
        return {lang: self.grounds[lang].names.unit(code) for lang in LANGUAGES}

    def _unit_info(self, code: str) -> Told:
        before, after = (
            side.by_unit.loc[side.by_unit["unit"] == code].to_dict("records")
            for side in (self.plan.coverage_before, self.plan.coverage_after)
        )
        pairs = [("unit", self._unit(code))]
        if before and after:
            words = catalogue("zh")
            pairs.append(("enterprises", dict.fromkeys(LANGUAGES, words.value(int(after[0]["enterprises"])))))
            for key, row in (("on_roster_share_before", before[0]), ("on_roster_share_after", after[0])):
                pairs.append((key, dict.fromkeys(LANGUAGES, words.share(row["on_roster"], row["enterprises"]))))
        return self.told(pairs)

    def name(self, key: str) -> dict[str, str]:
        """Return a word of the catalogue in both languages."""
        return {lang: catalogue(lang).text(key) for lang in LANGUAGES}

    def _spot(self, place: tuple[float, float], ident: object, name: dict[str, str], pairs: _Pairs) -> dict[str, Any]:
        return {"lon": place[0], "lat": place[1], "id": str(ident), "name": name, "info": self.told(pairs)}

    def _points(self, name: str, kind: str, data: list[Any], size: float, word: dict[str, str]) -> list[Layer]:
        mark = component.mark_of(kind, size)
        return [
            {"name": name, "kind": "points", "data": data, "mark": mark, "tell": True,
             "legend": [{"word": word, "mark": mark}]}
        ] if data else []  # fmt: skip

    def _area(self, shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
        """Return a polygon in metres as a GeoJSON feature, simplified."""
        simple = shapely.simplify(shape, TOLERANCE_M)
        turned = shapely.transform(simple, lambda xy: np.column_stack(self._turned.transform(*xy.T)).round(4))
        return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(turned)), "properties": properties}
