"""The map of the app under the hand: frames and processor while it is moved, in software rendering.

``python -m benchmarks.map_frames`` prints a Markdown table: a row per number of enterprises. The map of the page
Overview (units, hexagons of the enterprises, names, institutions) is opened in chromium without a graphics card
(SwiftShader), moved to and fro for ``--seconds`` and its frames are counted. The processor is that of all processes of
the browser, per frame; at rest they take none. ``--zoom`` is how much nearer the map stands than where all of the
region is seen. Needs the packages of the tests and a chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from ipps_geo import screens
from ipps_geo.report.maps import component
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.workspace import Workspace, generate_demo, load_workspace
from ipps_geo.workspace.activity import day_of

EMBEDDED = 30_000
FLAGS = (
    "--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist", "--disable-dev-shm-usage",
)  # fmt: skip
MOVE = """
seconds => new Promise(done => {
  const map = document.querySelector(".map").map;
  const frames = [];
  let last = performance.now();
  map.on("render", () => { const now = performance.now(); frames.push(now - last); last = now; });
  const middle = map.getCenter(), wide = map.getBounds().getEast() - map.getBounds().getWest();
  map.easeTo({
    center: [middle.lng + 0.2 * wide, middle.lat], duration: 1000 * seconds,
    easing: share => Math.sin(4 * Math.PI * share),
  });
  map.once("moveend", () => done(frames));
})
"""
"""Moves the map to and fro and returns the milliseconds between its frames."""


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--enterprises", type=int, nargs="+", default=[EMBEDDED, 300_000])
    asked.add_argument("--zoom", type=float, nargs="+", default=[0.0, 1.0, 3.0])
    asked.add_argument("--seconds", type=float, default=6.0)
    given = asked.parse_args()
    print("| enterprises | hexagons | nearer by | frames | frames/s | p50 ms | p95 ms | processor ms a frame |")
    print("|---|---|---|---|---|---|---|---|")
    for enterprises in given.enterprises:
        workspace = load_workspace() if enterprises == EMBEDDED else generate_demo(enterprises)
        layers = layers_of(workspace)
        hexagons = next(len(layer["data"]) for layer in layers if layer["kind"] == "hexagons")
        for nearer in given.zoom:
            frames, processor_s = moved(page_of(workspace, layers, nearer), given.seconds)
            ordered = sorted(frames)
            rate = 1000 * len(frames) / sum(frames)
            cells = (
                f"{enterprises:,}", f"{hexagons:,}", f"{nearer:g}", len(frames), f"{rate:.1f}",
                f"{ordered[len(frames) // 2]:.0f}", f"{ordered[int(0.95 * len(frames))]:.0f}",
                f"{1000 * processor_s / len(frames):.0f}",
            )  # fmt: skip
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def layers_of(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the layers of the page Overview."""
    on, lang = day_of(workspace, None), "zh"
    made = screens.layers
    points = made.institution_points(workspace, on, lang)
    kinds = {point["kind"] for point in points}
    names = [
        {"text": each["name"], "lon": each["lon"], "lat": each["lat"]} for each in made.unit_labels(workspace, lang)
    ]
    return [
        {"name": "units", "kind": "areas", "data": made.unit_outlines(workspace, lang), "fill": "ground", "tell": True},
        component.density_layer("density", made.density_cells(workspace.enterprises), "density"),
        {"name": "labels", "kind": "labels", "data": names, "size": 12},
        {"name": "institutions", "kind": "points", "data": points, "tell": True, "pick": True,
         "marks": {kind: component.mark_of(kind, 5) for kind in component.DRAWN if kind in kinds}},
    ]  # fmt: skip


def page_of(workspace: Workspace, layers: list[dict[str, Any]], nearer: float) -> str:
    """Return a page with this map alone, as large as in the app."""
    region = workspace.region
    lon, lat = region.map_centre or region.centre
    view = {"lon": lon, "lat": lat, "zoom": region.zoom - 1 + nearer}
    words = component.desk_words(catalogue("zh"))
    data = {"layers": layers, "view": view, "height": 560, "alt": "map", "words": words, "places": [], "unplaced": []}
    told = json.dumps(data).replace("</", "<\\/")
    parts = [
        f"<!DOCTYPE html><meta charset=utf-8><style>{component.library_file('maplibre-gl.css')}",
        f"{component.web_file('desk.css')}</style>",
        f"<div id=map style='width:1000px'>{component.web_file('desk.html')}</div>",
        "<script>" + component.library_file("maplibre-gl.js").replace("</script", "<\\/script") + "</script>",
        f"<script>{component.desk_script()}",
        "const desk = new Desk(document.getElementById('map'));",
        f"desk.take({{setTriggerValue() {{}}}}, {told});</script>",
    ]
    return "".join(parts)


def moved(page: str, seconds: float) -> tuple[list[float], float]:
    """Return the milliseconds between the frames of a moved map, and the seconds of processor that they took."""
    import psutil
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "map.html"
        file.write_text(page, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.set_default_timeout(300_000)
        shown.goto(file.as_uri())
        shown.wait_for_function(
            "document.querySelector('.map').map?.loaded() && document.querySelector('.map').map.areTilesLoaded()"
        )
        time.sleep(1.5)
        mine = [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]

        def worked() -> float:
            return sum(sum(each.cpu_times()[:2]) for each in mine if each.is_running())

        before = worked()
        frames = shown.evaluate(MOVE, seconds)
        processor_s = worked() - before
        browser.close()
    return frames[1:], processor_s


if __name__ == "__main__":
    main()
