"""Sound networks, feeds, bundles and policies with random bytes changed: read or refused, never a crash or a hang.

300 in every run; ``pytest tests/security/test_mutations.py --attacks 10000`` tries more of the same sequence.
"""

from __future__ import annotations

import importlib.util
import io
import random
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ipps_geo.errors import IppsGeoError, PolicyError
from ipps_geo.gate import Bounds, Worker
from ipps_geo.policy.files import parse_policy
from ipps_geo.reach.street_raw import RawStreets
from ipps_geo.reach.timetable import Timetable
from ipps_geo.workspace import save_workspace
from ipps_geo.workspace.demo import generate_demo

pytestmark = pytest.mark.slow(planted=True)

BOUNDS = Bounds(memory_bytes=1_536 << 20, seconds=20.0)
CONTAINED = {"gate.out_of_memory"}
"""What may become of a file besides being read and being refused: it asked for more than there is."""


def other_tests(name: str) -> ModuleType:
    """Return the module of another room's tests, which draws sound files."""
    file = Path(__file__).parents[1] / "reach" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"security_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mutated(content: bytes, generator: random.Random) -> bytes:
    """Return the content with bytes changed, cut out, doubled, exchanged for others of the file, or its end lost."""
    data = bytearray(content)
    for _ in range(generator.choice((1, 1, 2, 8))):
        place = generator.randrange(len(data)) if data else 0
        length = generator.choice((1, 4, 64))
        match generator.randrange(6):
            case 0:
                data[place : place + 1] = bytes([generator.randrange(256)])
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length]
            case 3:
                data[place : place + length] = generator.randbytes(length)
            case 4:
                other = generator.randrange(len(data)) if data else 0
                data[place : place + length] = data[other : other + length]
            case _:
                del data[max(place, len(data) - 400) :]
    return bytes(data)


def with_members(content: bytes, generator: random.Random) -> bytes:
    """Return an archive one of whose members is mutated: the archive itself is sound."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        names = source.namelist()
        chosen = generator.choice(names)
        for name in names:
            member = source.read(name)
            target.writestr(name, mutated(member, generator) if name == chosen else member)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Sound files by name."""
    folder = tmp_path_factory.mktemp("seeds")
    streets, feeds = other_tests("test_street_files"), other_tests("test_gtfs")
    found: dict[str, bytes] = {}
    for write in (streets.write_geopackage, streets.write_graphml, streets.write_pbf):
        path = write(folder)["path"]
        found[path.name] = path.read_bytes()
    found["feed.zip"] = packed({name: text.encode() for name, text in feeds.feed().items()})
    saved = save_workspace(generate_demo(300, seed=1), folder / "w")
    found["bundle.zip"] = packed({path.name: path.read_bytes() for path in saved if path.parent == folder / "w"})
    return found


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Worker, Path]]:
    folder = tmp_path_factory.mktemp("attacks")
    modules = ("ipps_geo.reach.street_files", "ipps_geo.reach.gtfs", "ipps_geo.planning.workspace_files")
    with Worker(BOUNDS, [folder], modules) as made:
        yield made, folder


def calls(worker: Worker, file: Path) -> Callable[[], Any]:
    """Return the reading of a file, as its room does it in the worker."""
    if file.name == "bundle.zip":
        return lambda: worker.call("ipps_geo.planning.workspace_files:unpacked", packed=file)
    if file.name == "feed.zip":
        asked = {"window": ("07:00", "09:00"), "day": None, "percentile": 50, "change_min": 4.0, "walk_m": 250.0}
        return lambda: worker.call(
            "ipps_geo.reach.gtfs:read_gtfs_here", records=(Timetable,), paths=[file], source="", **asked
        )
    asked = {"mode": "walk", "crs": None, "datum": None, "tolerance_m": 1.0}
    return lambda: worker.call(
        "ipps_geo.reach.street_files:read_streets_here", records=(RawStreets,), file=file, **asked
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the kinds of ends are told apart by signals")
def test_no_mutation_of_a_file_crashes_or_hangs_its_reader(
    seeds: dict[str, bytes], worker: tuple[Worker, Path], pytestconfig: pytest.Config
) -> None:
    generator = random.Random(11)
    made, folder = worker
    outcomes: Counter[str] = Counter()
    wrong: list[tuple[int, str, str]] = []
    for turn in range(pytestconfig.getoption("--attacks")):
        name = list(seeds)[turn % len(seeds)]
        inside = name.endswith(".zip") and turn % 2
        content = with_members(seeds[name], generator) if inside else mutated(seeds[name], generator)
        file = folder / name
        file.write_bytes(content)
        try:
            calls(made, file)()
            outcomes["read"] += 1
        except IppsGeoError as error:
            outcomes["refused"] += 1
            if error.code.startswith("gate.") and error.code not in CONTAINED | {"gate.not_among", "gate.empty"}:
                wrong.append((turn, name, error.code))
                (folder / f"wrong{turn}-{name}").write_bytes(content)
    assert not wrong, (folder, wrong[:10], len(wrong))
    assert outcomes["refused"] > outcomes.total() / 10


def test_no_mutation_of_a_policy_raises_anything_but_its_error(pytestconfig: pytest.Config) -> None:
    draft = (resources.files("ipps_geo.policy") / "versions" / "beijing-draft.toml").read_bytes()
    generator = random.Random(12)
    codes: set[str] = set()
    for _ in range(pytestconfig.getoption("--attacks")):
        text = mutated(draft, generator).decode("utf-8", "replace")
        try:
            parse_policy(text, where="sent.toml")
        except PolicyError as error:
            codes.add(error.code)
    assert "" not in codes
    assert len(codes) > 3, codes
