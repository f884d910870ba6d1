"""Draw the rooms of the package on their floors, from the contract in ``pyproject.toml`` and the code's own imports.

    python scripts/draw_house.py [docs/images/house.svg]

An arrow says that a room imports another. Those that follow from two others are left out: if ``cli`` asks ``planning``
and ``planning`` asks ``workspace``, the arrow from ``cli`` to ``workspace`` would add nothing to see.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from html import escape
from pathlib import Path

import grimp
import networkx as nx

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs/images/house.svg"
SAYS = {
    "apps": "the planning app: widgets",
    "cli": "arguments, exit codes",
    "screens": "tell: pages, terminal",
    "report": "tell: files, words",
    "planning": "make: use cases",
    "ledger": "one lasting record",
    "results": "frozen results, JSON",
    "compliance": "the Measure as rules",
    "siting": "models and proofs",
    "coverage": "access and equity",
    "reach": "who reaches what",
    "workspace": "validated tables",
    "intake": "any file in",
    "policy": "thresholds as data",
    "regions": "a city as data",
    "gate": "foreign files, held",
}
"""What a room is for, in a few words. Rooms that are not named here are the ground floor, drawn as one."""

GROUND = "ground floor"
WIDTH, ROOM, HEIGHT, GAP = 940, 190, 46, 34


def floors() -> list[list[str]]:
    """Return the rooms by floor, from the top, as the contract states them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    house = next(each for each in project["tool"]["importlinter"]["contracts"] if each["containers"] == ["ipps_geo"])
    listed = [[room.strip() for room in floor.replace(":", "|").split("|")] for floor in house["layers"]]
    named = [[room for room in floor if room in SAYS] for floor in listed]
    top, *others = [floor for floor in named if floor]
    return [["apps", *top], *others, [GROUND]]


def ground() -> list[str]:
    """Return the rooms of the ground floor, in the order of their names."""
    found = (path.stem for path in (ROOT / "ipps_geo").iterdir() if path.is_dir() or path.suffix == ".py")
    return sorted({room for room in found if not room.startswith("_")} - SAYS.keys())


def arrows(rooms: list[str]) -> list[tuple[str, str]]:
    """Return which room imports which, without those that follow from others."""
    graph = grimp.build_graph("ipps_geo", include_external_packages=False, cache_dir=None)
    asks = nx.DiGraph()
    asks.add_nodes_from(rooms)
    for module in sorted(graph.modules):
        for other in graph.find_modules_directly_imported_by(module):
            one, two = (f"{name}.".split(".")[1] for name in (module, other))
            if not one or not two or one == "__main__":
                continue  # the package itself, which holds its version
            one, two = (room if room in SAYS else GROUND for room in (one, two))
            if one != two and (one, two) != ("screens", "report"):
                asks.add_edge(one, two)
    asks.add_edges_from(("apps", room if room in SAYS else GROUND) for room in asked_by_the_app())
    return sorted(nx.transitive_reduction(asks).edges)


def asked_by_the_app() -> set[str]:
    """Return the rooms that the app's pages import."""
    found: set[str] = set()
    for path in sorted((ROOT / "apps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "ipps_geo":
                room = (node.module or "").split(".")[1:2]
                found |= set(room or (alias.name for alias in node.names))
    return found


def way(places: dict[str, tuple[float, float]], one: str, two: str, turn: int) -> str:
    """Return the path of an arrow: straight down to the next floor, else round the rooms between on the nearer side."""
    (x, y), (u, v) = places[one], places[two]
    if v - y <= HEIGHT + GAP:
        bend = GAP / 2
        start, end = (x + ROOM / 2, y + HEIGHT), (u + ROOM / 2, v)
        return (
            f"M{start[0]:.0f} {start[1]:.0f} C{start[0]:.0f} {start[1] + bend:.0f} "
            f"{end[0]:.0f} {end[1] - bend:.0f} {end[0]:.0f} {end[1]:.0f}"
        )
    left = x + ROOM / 2 < WIDTH / 2
    between = [a + (0 if left else ROOM) for a, b in places.values() if y <= b <= v]
    lane = 10 + 5 * (turn % 6)
    beside = min(between) - lane if left else max(between) + lane
    aside = (-1 if left else 1) * (20 + 12 * (turn % 5))
    start, foot = y + HEIGHT + 6 + 2 * (turn % 4), v - 10 - 2 * (turn % 3)
    end = beside if two == GROUND else u + ROOM / 2 + aside
    return f"M{x + ROOM / 2 + aside:.0f} {y + HEIGHT:.0f} V{start:.0f} H{beside:.0f} V{foot:.0f} H{end:.0f} V{v:.0f}"


def picture() -> str:
    """Return the drawing as SVG."""
    places = {}
    built = floors()
    for level, floor in enumerate(built):
        left = (WIDTH - len(floor) * ROOM - (len(floor) - 1) * GAP) / 2
        for turn, room in enumerate(floor):
            places[room] = (left + turn * (ROOM + GAP), 20 + level * (HEIGHT + GAP))
    height = 20 + len(built) * (HEIGHT + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0 8 4 0 8z" fill="#5b6770"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for turn, (one, two) in enumerate(arrows(list(places))):
        lines.append(f'<path d="{way(places, one, two, turn)}" fill="none" stroke="#5b6770" marker-end="url(#tip)"/>')
    for room, (x, y) in places.items():
        told, wide = (SAYS[room], ROOM) if room in SAYS else (", ".join(ground()), WIDTH - 60)
        lines.append(
            f'<rect x="{x - (wide - ROOM) / 2:.0f}" y="{y:.0f}" width="{wide}" height="{HEIGHT}" rx="6" '
            'fill="#eef3f7" stroke="#33566e"/>'
        )
        middle = x + ROOM / 2
        lines.append(
            f'<text x="{middle:.0f}" y="{y + 20:.0f}" font-size="15" font-weight="bold" '
            f'text-anchor="middle" fill="#1c2b36">{escape(room)}</text>'
        )
        lines.append(
            f'<text x="{middle:.0f}" y="{y + 37:.0f}" font-size="11.5" text-anchor="middle" fill="#44525c">'
            f"{escape(told)}</text>"
        )
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(picture(), encoding="utf-8")
    print(target)
