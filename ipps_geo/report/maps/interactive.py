"""An interactive map in one HTML file that asks nobody for anything: no tiles, no library, no font from outside.

The page's own policy (``default-src 'none'``) makes the browser refuse every request; the drawing is SVG and a page of
script. Each site on the map is a row of the table beside it, and both select the same thing; words come in both
languages with a switch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ipps_geo.coverage.hexagons import CITY_RESOLUTION, hexagon_corners, hexagon_counts
from ipps_geo.crs import metric_xy
from ipps_geo.files import write_text
from ipps_geo.media import html, script_json
from ipps_geo.report.maps import layers
from ipps_geo.report.maps.canvas import source_line
from ipps_geo.report.maps.ground import Ground, dense_window, ground_of
from ipps_geo.report.symbols import BLUE, DENSITY_BREAKS, LAND, PURPLE, RAMP, VERMILION, class_texts, ramp_colour
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue, is_missing
from ipps_geo.report.words.figures import closed_reason, marker_kinds, plan_subtitle, site_names_of
from ipps_geo.report.words.loads import load_line
from ipps_geo.report.words.naming import short_unit
from ipps_geo.report.words.policy import policy_name
from ipps_geo.results import day_of_result
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

Told = dict[str, list[list[str]]]
"""Label and value pairs per language."""


def write_interactive_map(
    workspace: Workspace,
    plan: PlanResult,
    path: str | Path,
    lang: str = "zh",
    *,
    resolution: int = CITY_RESOLUTION,
    suppress_below: int = 0,
) -> Path:
    """Write the map of ``plan`` as one HTML file and return the path.

    Parameters
    ----------
    lang
        Language at the start; the page switches.
    resolution, suppress_below
        As for the printed map: spacing of the density cells, and the smallest count that is drawn.
    """
    scene = _Scene(workspace, plan)
    data = {
        "lang": lang,
        "synthetic": plan.provenance.synthetic,
        "words": {each: scene.words_of(each) for each in LANGUAGES},
        "extent": scene.extent(),
        "names": scene.unit_names(),
        "layers": [
            *scene.unit_layers(),
            scene.density_layer(resolution, suppress_below),
            scene.border_layer(),
            *scene.reach_layer(),
            *scene.site_layers(),
            *scene.institution_layers(),
            *scene.enlarged_layer(),
            scene.proposal_layer(),
        ],
        "rows": scene.rows(),
        "numeric": [True, False, False, True, True],
    }
    page = files("ipps_geo.report.maps").joinpath("map.html").read_text(encoding="utf-8")
    stated = script_json(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    title = catalogue(lang).text("map.plan_title")
    return write_text(path, page.replace("@TITLE@", html(title), 1).replace("@DATA@", stated, 1))


class _Scene:
    """The layers of one plan in screen metres: x to the east, y to the south, from the city's north-west corner."""

    def __init__(self, workspace: Workspace, plan: PlanResult) -> None:
        self.workspace, self.plan = workspace, plan
        self.on = day_of_result(plan.provenance)
        self.grounds: dict[str, Ground] = {lang: ground_of(workspace, self.on, lang) for lang in LANGUAGES}
        self.ground = self.grounds["zh"]
        self.west, self.north = self.ground.extent[0], self.ground.extent[3]
        self.sites = metric_xy(plan.proposals) if len(plan.proposals) else np.zeros((0, 2))

    def screen(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return metres of EPSG:4548 as screen metres, whole."""
        return np.column_stack([np.round(xy[:, 0] - self.west), np.round(self.north - xy[:, 1])])

    def extent(self) -> list[float]:
        """Return what the map shows at first: the part where most proposals lie, else the city."""
        window = dense_window(self.sites, 1.2) or self.ground.extent
        (left, top), (right, bottom) = self.screen(np.array([[window[0], window[3]], [window[2], window[1]]]))
        return [float(left), float(top), float(right), float(bottom)]

    def words_of(self, lang: str) -> dict[str, Any]:
        """Return the words of the page in one language."""
        words, plan, origin = catalogue(lang), self.plan, self.plan.provenance
        limit = words.text(
            "page.limit_note", limit=plan.coverage_after.limit,
            unit=words.label("unit_of_measure", plan.coverage_after.limit_unit),
        )  # fmt: skip
        foot = (
            words.text("page.crs_map"), words.text("page.data_date", date=origin.data_date),
            words.text("page.policy", version=policy_name(words, origin)),
            words.text("page.software", version=origin.software_version),
            words.text("page.content_hash", hash=origin.content_hash[:12]),
            words.text("page.sources", sources=source_line(words, origin)), limit, words.text("page.decides"),
            *filter(None, [load_line(words, origin.loaded)]),
        )  # fmt: skip
        return {
            "title": words.text("map.plan_title"), "subtitle": plan_subtitle(words, plan),
            "notice": words.text("page.review_notice"),
            "foot": " · ".join(foot), "stamp": words.text("page.synthetic"), "h-sites": words.text("map.list_name"),
            "h-layers": words.text("map.legend"), "north": words.text("map.north"), "hint": words.text("map.hint"),
            "switch": words.text("map.switch"), "km": words.text("map.km"), "m": words.label("unit_of_measure", "m"),
            "zoom_in": words.text("map.zoom_in"), "zoom_out": words.text("map.zoom_out"),
            "zoom_home": words.text("map.zoom_home"),
            "columns": [
                words.text("map.list_rank"), words.text("map.list_name"), words.text("map.list_unit"),
                words.text("map.list_served"), words.text("map.list_need"),
            ],
        }  # fmt: skip

    def told(self, pairs: Sequence[tuple[str, dict[str, str]]]) -> Told:
        """Return label and value pairs per language from (column, value per language)."""
        return {
            lang: [[catalogue(lang).column(column), values[lang]] for column, values in pairs] for lang in LANGUAGES
        }

    def unit_names(self) -> list[dict[str, Any]]:
        """Return the unit labels at their poles of inaccessibility."""
        spots = [shapely.maximum_inscribed_circle(shape, tolerance=100.0).coords[0] for shape in self.ground.shapes]
        places = self.screen(np.array(spots))
        return [
            {"x": float(x), "y": float(y), "zh": zh, "en": en}
            for (x, y), zh, en in zip(places, self.grounds["zh"].labels, self.grounds["en"].labels, strict=True)
        ]

    def unit_layers(self) -> list[dict[str, Any]]:
        """Return districts and functional areas, with their coverage before and after."""
        made = []
        for kind, key, style in (
            ("district", "map.district", {"swatch": LAND}),
            (
                "functional_area", "map.functional_area",
                {"stroke": PURPLE, "dash": "5 3", "width": 1.6, "opacity": 0.12, "swatch": "#CC79A720"},
            ),
        ):  # fmt: skip
            items = [
                {
                    "d": self._path(shape), "fill": LAND if kind == "district" else PURPLE,
                    "tip": self.ground.names.unit(code), "info": self._unit_info(code),
                }
                for code, shape, each in zip(self.ground.codes, self.ground.shapes, self.ground.kinds, strict=True)
                if each == kind
            ]  # fmt: skip
            if items:
                made.append({"id": kind, "kind": "area", "name": self._name(key), "items": items, **style})
        return made

    def border_layer(self) -> dict[str, Any]:
        """Return the outlines of all units, above the density; they take no clicks and no place in the legend."""
        items = [{"d": self._path(shape)} for shape in self.ground.shapes]
        return {"id": "borders", "kind": "area", "items": items, "passive": True, "stroke": "#5f5f5f", "width": 1.1}

    def density_layer(self, resolution: int, suppress_below: int) -> dict[str, Any]:
        """Return the hexagons of enterprises on no roster."""
        left = self.plan.uncovered
        left = left.loc[~(left.geometry.isna() | left.geometry.is_empty)]
        cells = hexagon_counts(metric_xy(left) if len(left) else np.zeros((0, 2)), resolution)
        cells = cells.loc[cells["count"] >= suppress_below]
        classes = np.clip(np.searchsorted(DENSITY_BREAKS, cells["count"].to_numpy(), side="right") - 1, 0, None)
        corners = hexagon_corners(cells["h3_cell"].tolist())
        items = [
            {
                "d": "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in self.screen(corner)) + "Z",
                "fill": ramp_colour(int(level)), "tip": f"{int(count):,}",
            }
            for corner, level, count in zip(corners, classes, cells["count"], strict=True)
        ]  # fmt: skip
        steps = [[ramp_colour(k), text] for k, text in enumerate(class_texts(DENSITY_BREAKS))]
        return {
            "id": "density", "kind": "area", "name": self._name("map.uncovered"), "items": items, "stroke": "#ffffff",
            "width": 0.5, "opacity": 0.85, "swatch": RAMP[2], "classes": steps,
        }  # fmt: skip

    def reach_layer(self) -> list[dict[str, Any]]:
        """Return the circles of the planned reach, where it is a straight line in km."""
        radius_m = self.plan.coverage_after.radius_m
        if not radius_m or not len(self.sites):
            return []
        items = [{"x": float(x), "y": float(y), "r": radius_m} for x, y in self.screen(self.sites)]
        name = {lang: catalogue(lang).text("map.service_area", reach_km=radius_m / 1000) for lang in LANGUAGES}
        return [{"id": "reach", "kind": "ring", "name": name, "items": items, "stroke": BLUE, "swatch": "#0072B220"}]

    def site_layers(self) -> list[dict[str, Any]]:
        """Return the candidates that the plan does not open, each with its reason."""
        closed = self.plan.closed_sites
        closed = closed.loc[~(closed.geometry.isna() | closed.geometry.is_empty)]
        if not len(closed):
            return []
        items = []
        for (x, y), row in zip(self.screen(metric_xy(closed)), closed.to_dict("records"), strict=True):
            reason = {lang: closed_reason(catalogue(lang), row) for lang in LANGUAGES}
            name = {lang: self.grounds[lang].names.subject(row["site_id"]) for lang in LANGUAGES}
            pairs = [("name", name), ("unit", self._unit(row["unit"])), ("reason", reason)]
            items.append(
                {"x": float(x), "y": float(y), "tip": name["zh"], "info": self.told(pairs), "id": str(row["site_id"])}
            )
        return [
            {"id": "closed", "kind": "point", "shape": "o", "size": 4, "fill": "#ffffff", "stroke": VERMILION,
             "name": self._name("map.closed_site"), "items": items}
        ]  # fmt: skip

    def institution_layers(self) -> list[dict[str, Any]]:
        """Return the active institutions, one layer per marker."""
        active = active_institutions(self.workspace.institutions, self.on)
        active = active.loc[~(active.geometry.isna() | active.geometry.is_empty)]
        if not len(active):
            return []
        kinds, places, records = marker_kinds(active), self.screen(metric_xy(active)), active.to_dict("records")
        made = []
        for kind, style in layers.MARKERS.items():
            if kind == "proposal" or kind not in kinds:
                continue
            items = []
            for place in np.flatnonzero(kinds == kind):
                row = records[place]
                precision = {lang: catalogue(lang).value(row["position_precision_m"]) for lang in LANGUAGES}
                pairs = [
                    ("name", dict.fromkeys(LANGUAGES, str(row["name"]))),
                    ("kind", {lang: catalogue(lang).label("InstitutionKind", row["kind"]) for lang in LANGUAGES}),
                    ("unit", self._unit(row["unit"])),
                    ("position_precision_m", precision),
                    ("data_class", {lang: catalogue(lang).label("DataClass", row["data_class"]) for lang in LANGUAGES}),
                ]  # fmt: skip
                x, y = places[place]
                items.append({"x": float(x), "y": float(y), "tip": str(row["name"]), "info": self.told(pairs)})
            made.append(
                {"id": kind, "kind": "point", "shape": style["marker"], "size": 5.5, "fill": style["facecolor"],
                 "stroke": style["edgecolor"], "name": self._name(f"map.{kind}"), "items": items}
            )  # fmt: skip
        return made

    def enlarged_layer(self) -> list[dict[str, Any]]:
        """Return the existing stations that take in more, with their rosters before and after."""
        table = self.plan.enlarged
        if table is None or not len(table):
            return []
        items = []
        for (x, y), row in zip(self.screen(metric_xy(table)), table.to_dict("records"), strict=True):
            figures = ("old_members", "newly_served", "with_need", "all_members", "margin_roster", "margin_need")
            pairs = [
                ("name", dict.fromkeys(LANGUAGES, str(row["name"]))),
                ("unit", self._unit(row["unit"])),
                *((name, dict.fromkeys(LANGUAGES, f"{int(row[name]):,}")) for name in figures),
            ]
            items.append({"x": float(x), "y": float(y), "tip": str(row["name"]), "info": self.told(pairs)})
        style = layers.MARKERS["enlarged"]
        return [
            {"id": "enlarged", "kind": "point", "shape": style["marker"], "size": 8, "fill": style["facecolor"],
             "stroke": style["edgecolor"], "name": self._name("map.enlarged"), "items": items}
        ]  # fmt: skip

    def proposal_layer(self) -> dict[str, Any]:
        """Return the proposals with their ranks."""
        items = [{**row, "label": row["cells"]["zh"][0], "tip": row["cells"]["zh"][1]} for row in self.rows()]
        for item in items:
            item.pop("cells")
        return {
            "id": "proposals", "kind": "point", "shape": "o", "size": 9.5, "fill": BLUE, "stroke": "#ffffff",
            "name": self._name("map.proposal"), "items": items,
        }  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the table: place, cells per language, and what the box beside the map says."""
        names = {lang: site_names_of(self.plan.proposals, catalogue(lang)) for lang in LANGUAGES}
        made = []
        for place, row in enumerate(self.plan.proposals.to_dict("records")):
            x, y = self.screen(self.sites[place : place + 1])[0]
            cells = {
                lang: [
                    str(row["rank"]), names[lang][place], short_unit(self.grounds[lang].names.unit(row["unit"])),
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
            made.append(
                {"x": float(x), "y": float(y), "id": str(row["site_id"]), "cells": cells, "info": self.told(pairs)}
            )
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

    def _name(self, key: str) -> dict[str, str]:
        return {lang: catalogue(lang).text(key) for lang in LANGUAGES}

    def _path(self, shape: Any) -> str:
        """Return a polygon as an SVG path, simplified to 30 m, far below the precision of the boundaries."""
        simple = shapely.simplify(shape, 30.0)
        rings = [
            ring
            for part in shapely.get_parts(simple)
            if part.geom_type == "Polygon"
            for ring in (part.exterior, *part.interiors)
        ]
        return "".join(
            "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in self.screen(np.asarray(ring.coords)[:, :2])) + "Z"
            for ring in rings
        )
