"""Plant small faults in the package, one at a time, and see whether the tests notice: ``make mutation``.

A seeded sample is drawn over all rooms, each room with an equal share (``scripts/mutants.py``). First the tests of the
rooms are run once and watched: which test passes through which line. Then each fault is planted in a copy of the
checkout and the tests that pass through its line are run, the closest first, until one fails. A process that has
loaded the libraries is forked for each fault. Prints a table by room, and the faults that lived, each as a line to
look at.

    python scripts/mutation.py --sample 300 --seed 1 --out mutation.json
    python scripts/mutation.py --rooms compliance siting --sample 40
    python scripts/mutation.py --files ipps_geo/siting/verify.py --every
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from mutants import ROOT, Mutant, drawn, one, rooms
from planting import planted

COPIED = ("apps", "data", "ipps_geo", "tests", "pyproject.toml", "scripts", "benchmarks", "docs", "README.md")
LOADED = (
    "geopandas", "highspy", "hypothesis", "jsonschema", "matplotlib.pyplot", "networkx", "numba", "openpyxl", "osmium",
    "pandera.pandas", "pulp", "pyarrow.parquet", "pyogrio", "python_calamine", "rapidfuzz", "rich", "scipy.optimize",
    "scipy.sparse.csgraph", "spopt", "streamlit.testing.v1", "typer", "xlrd", "xlsxwriter",
)  # fmt: skip
"""What is loaded before the fork: libraries alone."""
NOT_RUN = "not browser and not reference"


class Map:
    """What each test passes through; read from the files of the rooms."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[int, set[str]]] = {}
        self.width: Counter[str] = Counter()
        for file in files:
            told = json.loads(file.read_text(encoding="utf-8"))
            self.seconds |= told["seconds"]
            for module, lines in told["lines"].items():
                known = self.lines.setdefault(module, {})
                for line, tests in lines.items():
                    names = {told["tests"][test] for test in tests}
                    known.setdefault(int(line), set()).update(names)
                    self.width.update(names)

    def tests(self, mutant: Mutant, compiled: bool, enough_s: float) -> list[str]:
        """Return the tests to run for a mutant: of its line, else of its module, then the others of their files.

        Those that pass through the fewest lines of the package go first: they are about these.
        """
        lines = self.lines.get(mutant.file, {})
        inside = Path(mutant.file)
        mirror = f"tests/{'/'.join(inside.with_name(f'test_{inside.name}').parts[1:])}::"
        here = set() if compiled else lines.get(mutant.line, set())
        module = {test for tests in lines.values() for test in tests}
        if compiled or not here:
            here, near = module, {test for test in self.seconds if test.startswith((mirror, f"{mutant.file}::"))}
            here = here | near
        files = {test.partition("::")[0] for test in here}
        whole = {test for test in self.seconds if test.partition("::")[0] in files}
        told, spent = [], 0.0
        for group in (here, whole - here):
            for test in sorted(group, key=lambda test: (self.width[test], self.seconds[test], test)):
                spent += self.seconds[test]
                if told and spent > enough_s:
                    break
                told.append(test)
        return told


def tests_of(room: str, folder: Path) -> list[str]:
    """Return the tests of a room: its folder, and the doctests of its modules."""
    if room == "ground":
        own = sorted((folder / "tests").glob("test_*.py")) + sorted((folder / "ipps_geo").glob("*.py"))
        return [str(path.relative_to(folder)) for path in own]
    room = "app" if room == "apps" else room
    return [part for part in (f"tests/{room}", f"ipps_geo/{room}") if (folder / part).is_dir()]


def watched(name: str, parts: Sequence[str], folder: Path, maps: Path, slow: bool) -> Path:
    """Run some tests once, quick ones alone unless ``slow``, and return the file that says what they pass through."""
    kept = maps / f"{name}.json"
    if kept.is_file():
        return kept
    print(f"watching the tests of {name}", file=sys.stderr, flush=True)
    environment = _environment(folder) | {"MUTATION_MAP": str(kept)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "mutation_map", "-p", "no:cacheprovider", "-m", NOT_RUN]
    command[-1] += "" if slow else " and (not slow or slow(planted=True))"
    done = subprocess.run([*command, *parts], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        kept.unlink(missing_ok=True)
        raise SystemExit(f"the tests of {name} fail as they are:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    return kept


def _environment(folder: Path) -> dict[str, str]:
    paths = os.pathsep.join((str(folder), str(ROOT / "scripts")))
    return dict(os.environ) | {
        "PYTHONPATH": paths,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def copied(folder: Path) -> Path:
    """Return a copy of what the tests need."""
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(".git", "artifacts"))
        elif source.is_file():
            shutil.copy2(source, folder / name)
    return folder


# ---------------------------------------------------------------------- one process for each fault
class Chosen:
    """A plugin of pytest: these tests alone, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.place = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the others."""
        items[:] = sorted((item for item in items if item.nodeid in self.place), key=lambda i: self.place[i.nodeid])


_place: Path
_map: Map
_enough_s: float


def prepare(base: str, maps: Sequence[Path], enough_s: float) -> None:
    """Make ready a process that forks: its own copy of the checkout, libraries loaded, nothing of the package."""
    global _place, _map, _enough_s
    _place, _map, _enough_s = copied(Path(base) / str(os.getpid())), Map(maps), enough_s
    os.environ.update(_environment(_place))
    sys.dont_write_bytecode = True
    os.chdir(_place)
    sys.path[:] = [str(_place), *(part for part in sys.path if Path(part) != ROOT)]
    for name in LOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def tried(mutant: Mutant | None) -> tuple[bool, int]:
    """Whether the tests notice a fault, and how many are run for it; None: of the code as it stands, every test."""
    tests = list(_map.seconds) if mutant is None else []
    if mutant is None:
        return _fails(tests, {}), len(tests)
    path = _place / mutant.file
    was, stamp = path.read_text(encoding="utf-8"), path.stat()
    compiled = "@kernel(" in was
    tests = _map.tests(mutant, compiled, _enough_s)
    path.write_text(mutant.code(_place), encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory() as cache:  # a compiled caller does not see that its callee has changed
            return _fails(tests, {"NUMBA_CACHE_DIR": cache} if compiled else {}), len(tests)
    finally:
        path.write_text(was, encoding="utf-8")
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def _fails(tests: Sequence[str], environment: dict[str, str]) -> bool:
    """Whether one of the tests fails, or they take far longer than they should."""
    if not tests:
        return False
    expected = sum(_map.seconds[test] for test in tests)
    deadline = time.monotonic() + 60 + 10 * expected + 120 * bool(environment)
    child = os.fork()
    if child == 0:
        os.setsid()
        os.environ.update(environment)
        if environment and "numba" in sys.modules:
            sys.modules["numba"].config.reload_config()
        void = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(void, stream)
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        code = 3
        try:
            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[Chosen(tests)]))
        finally:
            os._exit(code)
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) not in (0, 5)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def tried_near(mutants: Sequence[Mutant]) -> list[bool]:
    """Which faults of one room are noticed by the tests that are about them."""
    return planted(mutants, _place, _enough_s)


def main() -> None:
    """Draw, plant, run, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="faults in all (default 300)")
    parser.add_argument("--every", action="store_true", help="every fault there is, instead of a sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="*", default=[], help="these rooms only")
    parser.add_argument("--files", nargs="*", default=[], type=Path, help="these modules only")
    parser.add_argument("--tests", nargs="*", default=[], help="these tests only (default: those of the rooms)")
    parser.add_argument("--maps", type=Path, help="keep what the tests pass through in this folder, and go by it again")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--enough", type=float, default=60, help="seconds of tests for one fault")
    parser.add_argument("--near", action="store_true", help="watch nothing: the test files that name the module")
    parser.add_argument("--slow", action="store_true", help="watch the slow tests too")
    parser.add_argument("--again", type=Path, help="those faults of an earlier --out that lived, and no others")
    parser.add_argument("--out", type=Path, help="write every fault and whether it was noticed")
    asked = parser.parse_args()
    only = {file.resolve() for file in asked.files}
    known = {
        room: [path for path in paths if not only or path in only]
        for room, paths in rooms(ROOT).items()
        if not asked.rooms or room in asked.rooms
    }
    known = {room: paths for room, paths in known.items() if paths}
    share = None if asked.every else -(-asked.sample // len(known))
    if asked.again is not None:
        earlier = json.loads(asked.again.read_text(encoding="utf-8"))
        lived = [(row["file"], row["operator"], row["occurrence"]) for row in earlier if not row["noticed"]]
        room_of = {path: room for room, paths in known.items() for path in paths}
        again = [(room_of[ROOT / file], ROOT / file, *rest) for file, *rest in lived if ROOT / file in room_of]
        mutants = [mutant for fault in again if (mutant := one(*fault)) is not None]
    else:
        mutants = [mutant for room, paths in known.items() for mutant in drawn(paths, room, share, asked.seed)]
    with tempfile.TemporaryDirectory(prefix="ipps-mutation-") as base:
        maps = asked.maps or Path(base) / "maps"
        maps.mkdir(parents=True, exist_ok=True)
        sound = copied(Path(base) / "sound")
        spawned = multiprocessing.get_context("spawn")
        noticed: list[bool] = []
        if asked.near:
            for room in dict.fromkeys(mutant.room for mutant in mutants):
                with ProcessPoolExecutor(1, spawned, prepare, (base, [], asked.enough)) as pool:
                    noticed += pool.submit(tried_near, [mutant for mutant in mutants if mutant.room == room]).result()
        else:
            told = {"asked": asked.tests} if asked.tests else {room: tests_of(room, sound) for room in known}
            files = [watched(name, parts, sound, maps.resolve(), asked.slow) for name, parts in told.items()]
            with ProcessPoolExecutor(asked.jobs, spawned, prepare, (base, files, asked.enough)) as pool:
                for mutant, (dead, count) in zip(mutants, pool.map(tried, mutants), strict=True):
                    noticed.append(dead)
                    if not dead:
                        lived = f"{mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}"
                        print(f"lived  {lived}  [{count} tests]", flush=True)
    print(table(known, mutants, noticed))
    if asked.out is not None:
        rows: list[dict[str, Any]] = [
            asdict(mutant) | {"noticed": dead} for mutant, dead in zip(mutants, noticed, strict=True)
        ]
        asked.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def table(known: Sequence[str] | dict[str, Any], mutants: Sequence[Mutant], noticed: Sequence[bool]) -> str:
    """Return the score of each room as text."""
    told = [f"\n{'room':<12}{'faults':>8}{'noticed':>9}{'share':>8}"]
    for room in known:
        dead = [one for mutant, one in zip(mutants, noticed, strict=True) if mutant.room == room]
        if dead:
            told.append(f"{room:<12}{len(dead):>8}{sum(dead):>9}{100 * sum(dead) / len(dead):>7.0f}%")
    return "\n".join(told)


if __name__ == "__main__":
    main()
