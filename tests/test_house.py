"""The house itself: what rooms offer, how long modules are, and a picture that shows the rooms as they stand."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import ipps_geo

HERE = Path(ipps_geo.__file__).parent
ROOT = HERE.parent
FACES = sorted(path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in HERE.rglob("__init__.pyi"))
MOST_NAMES = 20
LONGEST = 400
SHORTEST = 30

SHORT_FOR_A_REASON = {
    "__main__.py": "how Python starts a package",
    "cli/commands/": "one command, one file",
    "compliance/answers.py": "the four answers, on which every rule stands",
    "compliance/calendar.py": "how the Measure reckons days",
    "gate/bounds.py": "the limits that the worker reads before anything else",
    "intake/limits.py": "the limits of a reading, in one list",
    "intake/packing.py": "names and zips, below those who read and those who write",
    "intake/worker.py": "what runs in the worker, named by its door",
    "ledger/schema.py": "what every table of the ledger hangs on, whoever describes it",
    "ledger/moments.py": "how a moment is written in every table",
    "ledger/migrations/": "what Alembic runs, as Alembic wants it",
    "planning/checking.py": "one use case, one module",
    "planning/findings.py": "one use case, one module",
    "results/": "one result, one module",
    "screens/": "what a page shows of one thing",
    "siting/arguments.py": "checks that every model shares",
}
"""Modules under 30 lines, or folders of them, and why they stand alone."""


def lengths():
    for path in sorted(HERE.rglob("*.py")):
        if path.name != "__init__.py" and not {"_apps", "_data"} & set(path.parts):
            yield path.relative_to(HERE).as_posix(), len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("face", FACES)
def test_a_room_lists_what_it_offers_and_no_more_than_one_remembers(face):
    room = importlib.import_module(face)
    offered = dir(room)
    assert offered == sorted(set(offered))
    assert len(offered) <= MOST_NAMES
    for name in offered:
        assert getattr(room, name) is not None
    assert not hasattr(room, "nothing_of_that_name")


@pytest.mark.parametrize("room", ["planning", "report", "screens", "siting", "intake"])
def test_importing_a_room_loads_none_of_it(room):
    heavy = ("pandas", "geopandas", "numba", "matplotlib", "scipy")
    code = f"import sys, ipps_geo.{room}; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_module_is_too_long_to_be_read_at_once():
    assert {name: lines for name, lines in lengths() if lines > LONGEST} == {}


def test_a_short_module_has_a_reason_of_its_own():
    short = [name for name, lines in lengths() if lines < SHORTEST]
    assert [name for name in short if not any(each in name for each in SHORT_FOR_A_REASON)] == []


def test_no_module_needs_itself_by_way_of_others():
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("ipps_geo", cache_dir=None)
    asks = nx.DiGraph((one, two) for one in graph.modules for two in graph.find_modules_directly_imported_by(one))
    assert [sorted(circle) for circle in nx.strongly_connected_components(asks) if len(circle) > 1] == []


def test_the_picture_of_the_house_shows_its_rooms_and_who_asks_whom():
    pytest.importorskip("grimp")
    spec = importlib.util.spec_from_file_location("draw_house", ROOT / "scripts/draw_house.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.picture() == script.TARGET.read_text(encoding="utf-8"), "run python scripts/draw_house.py"


def test_where_a_change_goes_names_files_that_are_there():
    text = (ROOT / "docs/where.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:ipps_geo|apps|docs|tests|scripts)/[\w./*-]+)`", text)
    assert len(named) >= 40
    assert [path for path in named if not re.search(r"[A-Z]{2}", path) and not list(ROOT.glob(path))] == []
