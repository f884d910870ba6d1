"""Plant small faults in the package, one at a time, and see whether the tests of its room notice: ``make mutation``.

A seeded sample is drawn over all rooms, each room with an equal share; a fault is a changed comparison, sign, number,
condition or jump (the operators of cosmic-ray), never in a docstring or a type. Each is planted in a copy of the
checkout and the tests that mirror its module are run, then those of its room. Prints a table by room, and the faults
that lived, each as a line to look at.

    python scripts/mutation.py --sample 300 --seed 1 --jobs 2 --out mutation.json
    python scripts/mutation.py --rooms compliance siting --sample 40
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
PACKAGE = "ipps_geo"
KINDS = ("Comparison", "ReplaceTrue", "ReplaceFalse", "AddNot", "NumberReplacer", "UnaryOperator", "Break", "Continue")
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "BitAnd_BitOr", "BitOr_BitAnd")
LEFT_OUT = ("Is_", "_Is", "IsNot")  # ``is`` against ``==`` is rarely a fault
DEADLINE_S = 600
COPIED = ("apps", "data", "ipps_geo", "tests", "pyproject.toml", "scripts", "benchmarks", "docs", "README.md")


@dataclass(frozen=True)
class Mutant:
    """One planted fault: where, by which operator, and the lines before and after."""

    room: str
    file: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str


def rooms(folder: Path) -> dict[str, list[Path]]:
    """Return the modules of each room; those that stand alone are the room ``ground``."""
    found: dict[str, list[Path]] = {}
    for path in sorted((folder / PACKAGE).rglob("*.py")):
        inside = path.relative_to(folder / PACKAGE)
        room = inside.parts[0] if len(inside.parts) > 1 else "ground"
        if path.name not in ("__init__.py", "__main__.py"):
            found.setdefault(room, []).append(path)
    return found


def operators() -> list[str]:
    """Return the operators whose faults a reader of the code would call one."""
    return [
        name
        for name in operator_names()
        if (any(kind in name for kind in KINDS) or name.endswith(ARITHMETIC)) and not any(x in name for x in LEFT_OUT)
    ]


def drawn(paths: Sequence[Path], room: str, count: int, seed: int) -> list[Mutant]:
    """Return ``count`` mutants of a room, drawn evenly over its lines of code; fewer where there are no more."""
    draw = random.Random(f"{seed} {room}")
    names, mutants, tries = operators(), [], 0
    weights = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    while len(mutants) < count and tries < 200 * count:
        tries += 1
        path, name = draw.choices(paths, weights)[0], draw.choice(names)
        mutant = one(path, room, name, draw.randrange(12))
        if mutant is not None and mutant not in mutants:
            mutants.append(mutant)
    return mutants


def one(path: Path, room: str, name: str, occurrence: int) -> Mutant | None:
    """Return the mutant of a file by one operator; None where there is none, or it changes words or types alone."""
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(name)(), occurrence)
    if changed is None or ast.dump(ast.parse(code)) == ast.dump(ast.parse(changed)):
        return None
    number, before, after = next(different(code, changed))
    if before.strip().startswith(("@", "def ", "class ", "from ", "import ")) or "raise " in before:
        return None
    return Mutant(room, str(path.relative_to(ROOT)), name, occurrence, number, before.strip(), after.strip())


def different(code: str, changed: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line number, line before, line after) where two texts differ."""
    old, new = code.splitlines(), changed.splitlines()
    for tag, start, _, begin, _ in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start + 1, old[min(start, len(old) - 1)], new[min(begin, len(new) - 1)]


def tests_of(mutant: Mutant, folder: Path) -> list[list[str]]:
    """Return the runs that may kill a mutant: the mirror of its module with its doctests, then the room."""
    inside = Path(mutant.file).relative_to(PACKAGE)
    mirror = folder / "tests" / inside.with_name(f"test_{inside.name}")
    near = [str(mirror.relative_to(folder))] if mirror.is_file() else []
    room = folder / "tests" / mutant.room
    whole = [str(room.relative_to(folder))] if room.is_dir() else [f"tests/test_{inside.stem}.py"]
    whole = [part for part in whole if (folder / part).exists()]
    return [run for run in ([*near, mutant.file], whole) if run]


def killed(mutant: Mutant, folder: Path) -> bool:
    """Plant a mutant in a copy of the checkout, run the tests, and put the file back."""
    path = folder / mutant.file
    code = path.read_text(encoding="utf-8")
    path.write_text(mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        with tempfile.TemporaryDirectory() as cache:
            if "njit" in code:  # a compiled caller does not see that its callee has changed
                environment["NUMBA_CACHE_DIR"] = cache
            return any(fails(run, folder, environment) for run in tests_of(mutant, folder))
    finally:
        path.write_text(code, encoding="utf-8")


def fails(run: Sequence[str], folder: Path, environment: dict[str, str]) -> bool:
    """Whether a run of pytest fails or takes too long."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow and not browser", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run([*command, *run], cwd=folder, env=environment, capture_output=True, timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)


def main() -> None:
    """Draw, plant, run, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="faults in all (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="*", default=[], help="these rooms only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write every fault and whether it was noticed")
    asked = parser.parse_args()
    known = {room: paths for room, paths in rooms(ROOT).items() if not asked.rooms or room in asked.rooms}
    share = -(-asked.sample // len(known))
    mutants = [mutant for room, paths in known.items() for mutant in drawn(paths, room, share, asked.seed)]
    with tempfile.TemporaryDirectory(prefix="ipps-mutation-") as base, ThreadPoolExecutor(asked.jobs) as pool:
        places: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.jobs):
            places.put(copied(Path(base) / str(number)))

        def tried(mutant: Mutant) -> bool:
            folder = places.get()
            try:
                return killed(mutant, folder)
            finally:
                places.put(folder)

        noticed = []
        for mutant, dead in zip(mutants, pool.map(tried, mutants), strict=True):
            noticed.append(dead)
            if not dead:
                print(f"lived  {mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}", flush=True)
    print(f"\n{'room':<12}{'faults':>8}{'noticed':>9}{'share':>8}")
    for room in known:
        dead = [one for mutant, one in zip(mutants, noticed, strict=True) if mutant.room == room]
        if dead:
            print(f"{room:<12}{len(dead):>8}{sum(dead):>9}{100 * sum(dead) / len(dead):>7.0f}%")
    if asked.out is not None:
        rows = [asdict(mutant) | {"noticed": dead} for mutant, dead in zip(mutants, noticed, strict=True)]
        asked.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def copied(folder: Path) -> Path:
    """Return a copy of what the tests need."""
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(".git", "artifacts"))
        elif source.is_file():
            shutil.copy2(source, folder / name)
    return folder


if __name__ == "__main__":
    main()
