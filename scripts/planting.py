"""Plant faults in a process that has loaded the package and collected its tests: a plugin of pytest.

For each fault the process is forked, the changed functions of the module get their changed code wherever they are known
by, and the tests that are about the fault run, the closest first, until one fails or they have had their time. A fault
outside of functions, or in what numba compiles, needs everything loaded anew, in the fork. Nothing was watched before:
the tests are chosen by what they name, so that what lives may yet be noticed by others.
"""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import os
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from mutants import Mutant

FILES = 12
"""So many test files at most are asked about one fault."""
HANGS_S = 90
"""So many seconds of a processor beyond what its tests may take, and a fault is noticed: the program hangs."""
COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
FAULTY = {"ipps_geo", "planner", "tests", "conftest"}
"""Packages that are loaded anew for a fault outside of functions."""


def near(mutant: Mutant, folder: Path) -> list[str]:
    """Return the test files that are about a mutant, the closest first, and the doctests of its module.

    Named after the module; naming the function that the line stands in; naming the module; naming a public name of it.
    """
    inside = Path(mutant.file)
    stem, dotted = inside.stem, ".".join(inside.with_suffix("").parts)
    package = dotted.rpartition(".")[0]
    own = folder / "tests" / {"apps": "app", "ground": ""}.get(mutant.room, mutant.room)
    text = (folder / mutant.file).read_text(encoding="utf-8")
    tree = ast.parse(text)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    around = [node.name for node in names if node.lineno <= mutant.line <= (node.end_lineno or 0)]
    public = [node.name for node in names if node in tree.body and not node.name.startswith("_")]
    about = [
        rf"\b(?:{'|'.join(around)})\b" if around else r"(?!)",
        rf"{re.escape(dotted)}\b|from (?:{re.escape(package)}|planner) import [^\n]*\b{stem}\b",
        rf"\b(?:{'|'.join(public)})\b" if public else r"(?!)",
    ]
    ranked = []
    for path in (folder / "tests").rglob("test_*.py"):
        code = path.read_text(encoding="utf-8")
        named = path.name.startswith(f"test_{stem}") and own in path.parents
        places = [named, *(bool(re.search(each, code)) for each in about), own == path.parent]
        if any(places):
            ranked.append((places.index(True), own not in path.parents, len(code), str(path.relative_to(folder))))
    found = [name for *_, name in sorted(ranked)][:FILES]
    return [*found[:1], *([mutant.file] if ">>>" in text else []), *found[1:]]


def functions(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of every function of a compiled module, of inner ones too."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from functions(part)


def at_import(code: CodeType) -> Iterator[tuple[bytes, list[object]]]:
    """Yield what runs when a module is loaded: its own statements, those of its classes, comprehensions there."""
    yield code.co_code, [part for part in code.co_consts if not isinstance(part, CodeType)]
    for part in code.co_consts:
        if isinstance(part, CodeType) and (not part.co_flags & inspect.CO_OPTIMIZED or part.co_name in COMPREHENSIONS):
            yield from at_import(part)


class Session:
    """Stands for a next test of which nothing is known: what the session has is kept, and no more."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        """Return what the next test needs."""
        return [self.session]


class Planting:
    """The loop of a pytest session: instead of its tests, for each fault those that are about it."""

    def __init__(self, mutants: Sequence[Mutant], folder: Path, enough_s: float) -> None:
        self.mutants, self.folder, self.enough_s = mutants, folder, enough_s
        self.noticed: list[bool] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every fault."""
        of_file: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            of_file.setdefault(item.nodeid.partition("::")[0], []).append(item)
        self._warm(session.items)
        begun = time.monotonic()
        for mutant in self.mutants:
            files = near(mutant, self.folder)
            items = [item for file in files for item in of_file.get(file, [])]
            path = self.folder / mutant.file
            was, stamp = path.read_text(encoding="utf-8"), path.stat()
            text = mutant.code(self.folder)
            path.write_text(text, encoding="utf-8")  # for what is started as a program of its own
            try:
                dead = self._fork(path, was, text, items, files)
            finally:
                path.write_text(was, encoding="utf-8")
                os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
            self.noticed.append(dead)
            told = "noticed" if dead else "lived"
            where = f"{mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}"
            print(f"{time.monotonic() - begun:6.0f} s  {told:8}{where}  [{len(items)} tests]", file=sys.__stderr__)
        return True

    def _warm(self, items: list[pytest.Item]) -> None:
        """Load what the forks would load each by itself: every module, and the fixtures of the whole suite.

        The workspace and the policy are made before a fault is planted: faults of their own rooms are looked for in
        what their tests make anew.
        """
        for path in sorted((self.folder / "ipps_geo").rglob("*.py")):
            parts = path.relative_to(self.folder).with_suffix("").parts
            if parts[-1] not in ("__init__", "__main__") and "migrations" not in parts and "tests" not in parts:
                importlib.import_module(".".join(parts))
        if {"workspace", "policy", "columns", "ground"} & {mutant.room for mutant in self.mutants}:
            return
        for item in items:
            if {"beijing", "draft"} <= set(getattr(item, "fixturenames", ())):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=Session(item.session))
                break
        items[0].session.testsfailed = 0

    def _fork(self, path: Path, was: str, text: str, items: list[pytest.Item], files: list[str]) -> bool:
        whole, changed = (compile(code, str(path), "exec", dont_inherit=True) for code in (was, text))
        others = dict(zip(functions(whole), functions(changed), strict=False))
        inside = "@kernel(" not in was and list(at_import(whole)) == list(at_import(changed))
        child = os.fork()
        if child == 0:
            code = 3
            try:
                code = self._run(others, path, items) if inside else self._anew(files, compiled="@kernel(" in was)
            finally:
                os._exit(code)
        deadline = time.monotonic() + 20 * (self.enough_s + HANGS_S)  # one that waits, and uses no processor
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status) != 0
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def _begin(self) -> float:
        os.setsid()
        void = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(void, stream)
        limit = int(time.process_time() + self.enough_s + HANGS_S)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        return time.process_time() + self.enough_s

    def _run(self, others: dict[CodeType, CodeType], path: Path, items: list[pytest.Item]) -> int:
        until = self._begin()
        for known in gc.get_objects():
            if isinstance(known, FunctionType) and known.__code__.co_filename == str(path):
                known.__code__ = others.get(known.__code__, known.__code__)
        for place, item in enumerate(items):
            after = items[place + 1] if place + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if item.session.testsfailed:
                return 1
            if time.process_time() > until:
                break
        return 0

    def _anew(self, files: list[str], *, compiled: bool) -> int:
        until = self._begin()
        for name in [name for name in sys.modules if name.partition(".")[0] in FAULTY]:
            del sys.modules[name]
        with tempfile.TemporaryDirectory() as cache:
            if compiled:  # a compiled caller does not see that its callee has changed
                os.environ["NUMBA_CACHE_DIR"] = cache
                sys.modules["numba"].config.reload_config()
                until += 60
                resource.setrlimit(resource.RLIMIT_CPU, (int(until + HANGS_S), int(until + HANGS_S)))
            for file in files:
                code = int(pytest.main([*ASKED, "-x", file]))
                if code not in (0, 5):
                    return 1
                if time.process_time() > until:
                    break
        return 0


ASKED = [
    "-q",
    "-s",
    "-p",
    "no:cacheprovider",
    "-m",
    "not browser and not reference and (not slow or slow(planted=True))",
]
"""How pytest is asked for the tests."""


def planted(mutants: Sequence[Mutant], folder: Path, enough_s: float) -> list[bool]:
    """Return which faults are noticed; the process is in ``folder``, and has loaded nothing of the package."""
    planting = Planting(mutants, folder, enough_s)
    files = dict.fromkeys(file for mutant in mutants for file in near(mutant, folder))
    pytest.main([*ASKED, *files], plugins=[planting])
    return planting.noticed
