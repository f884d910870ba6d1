"""An interactive map in one HTML file that asks nobody for anything: no tiles, no font, no file from outside.

The map is that of the app (``component``), with its library in the file. The page's own policy
(``default-src 'none'``) makes the browser refuse every request. Each site on the map is a row of the table beside it,
and both select the same thing; words come in both languages with a switch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.coverage.hexagons import CITY_RESOLUTION
from ipps_geo.files import write_text
from ipps_geo.media import html, script_json
from ipps_geo.report.maps import component
from ipps_geo.report.maps.canvas import source_line
from ipps_geo.report.maps.scene import Scene
from ipps_geo.report.words.catalogue import LANGUAGES, Catalogue, catalogue
from ipps_geo.report.words.figures import plan_subtitle
from ipps_geo.report.words.loads import load_line
from ipps_geo.report.words.policy import policy_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace


def write_interactive_map(
    workspace: Workspace,
    plan: PlanResult,
    path: str | Path,
    lang: str = "zh",
    *,
    resolution: int = CITY_RESOLUTION,
    suppress_below: int = 0,
    base: Mapping[str, NDArray[Any]] | None = None,
) -> Path:
    """Write the map of ``plan`` as one HTML file of about 1.3 MB and return the path.

    Parameters
    ----------
    lang
        Language at the start; the page switches.
    resolution, suppress_below
        As for the printed map: spacing of the density cells, and the smallest count that is drawn.
    base
        A bureau's own layers by kind, lines in metres of the region.

    Raises
    ------
    MissingExtra
        The package ``maplibre``, which carries the drawing library, is not installed.
    """
    scene = Scene(workspace, plan)
    data = {
        "lang": lang,
        "synthetic": plan.provenance.synthetic,
        "words": {each: _words_of(plan, catalogue(each, workspace.region)) for each in LANGUAGES},
        "map": scene.desk(),
        "look": scene.corners(),
        "ring": component.ring_mark(15),
        "layers": [
            *scene.unit_layers(),
            *component.base_layers(
                base or {}, {kind: scene.name(f"map.base_{kind}") for kind in base or {}}, scene.crs
            ),
            scene.density_layer(resolution, suppress_below),
            scene.border_layer(),
            *scene.reach_layer(),
            scene.label_layer(),
            *scene.site_layers,
            *scene.institution_layers,
            *scene.enlarged_layer,
            *scene.closing_layer(),
            *scene.proposal_layers,
        ],
        "rows": scene.rows,
        "numeric": [True, False, False, True, True],
    }
    library = {name: component.library_file(f"{component.LIBRARY}.{name}") for name in ("js", "css")}
    parts = {
        "TITLE": html(catalogue(lang).text("map.plan_title")),
        "STYLE": library["css"] + component.web_file("desk.css") + component.web_file("page.css"),
        "DESK": component.web_file("desk.html"),
        "LICENCE": html(component.web_file(f"{component.LIBRARY}.LICENSE.txt")),
        "DATA": script_json(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)),
        "LIBRARY": library["js"].replace("</script", "<\\/script"),
        "SCRIPT": component.desk_script() + component.web_file("page.js"),
    }
    before = component.web_file("page.html")
    page = []
    for name, part in parts.items():  # in the order of the page: what one part says is never taken for another's place
        head, before = before.split(f"@{name}@", 1)
        page += [head, part]
    return write_text(path, "".join((*page, before)))


def _words_of(plan: PlanResult, words: Catalogue) -> dict[str, Any]:
    """Return the words of the page in one language."""
    origin = plan.provenance
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
        "foot": " · ".join(foot), "licence": words.text("map.licence"),
        "stamp": words.text("page.synthetic"), "h-sites": words.text("map.list_name"),
        "hint": words.text("map.hint"),
        "switch": words.text("map.switch"),
        "columns": [
            words.text("map.list_rank"), words.text("map.list_name"), words.text("map.list_unit"),
            words.text("map.list_served"), words.text("map.list_need"),
        ],
    }  # fmt: skip
