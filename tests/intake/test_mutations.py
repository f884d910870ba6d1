"""Good files with random bytes changed: read, refused, never a crash, and the rows always add up."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from ipps_geo.intake import Limits
from ipps_geo.intake.problem_kinds import PROBLEM_KINDS
from ipps_geo.intake.request import Request
from ipps_geo.intake.sandbox import Sandbox

SEEDS = (
    "good_utf-8.csv",
    "good_gbk.csv",
    "good_utf-16.csv",
    "good.xlsx",
    "good.geojson",
    "good.gpkg",
    "good_geo.parquet",
    "good_gbk_shape.zip",
)


def mutated(content: bytes, generator: random.Random) -> bytes:
    """Return the content with a few bytes changed, cut out, doubled, or its end lost."""
    data = bytearray(content)
    for _ in range(generator.choice((1, 1, 2, 8))):
        place = generator.randrange(len(data)) if data else 0
        length = generator.choice((1, 4, 64))
        kind = generator.randrange(5)
        if kind == 0:
            data[place : place + 1] = bytes([generator.randrange(256)])
        elif kind == 1:
            del data[place : place + length]
        elif kind == 2:
            data[place:place] = data[place : place + length]
        elif kind == 3:
            data[place : place + length] = generator.randbytes(length)
        else:
            del data[max(place, len(data) - 400) :]
    return bytes(data)


@pytest.mark.slow
def test_no_mutation_crashes_and_rows_add_up(corpus: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    generator = random.Random(7)
    contents = [(name, (corpus / name).read_bytes()) for name in SEEDS]
    outcomes: dict[str, int] = {}
    wrong: list[Any] = []
    with Sandbox(Limits(seconds=10), files=[tmp_path]) as box:
        for turn in range(pytestconfig.getoption("--mutations")):
            name, content = contents[turn % len(contents)]
            path = tmp_path / f"m{Path(name).suffix}"
            path.write_bytes(mutated(content, generator))
            read = box.read(Request(path, "enterprises", accept_partial=True))
            codes = set(read.problems["code"])
            adds_up = read.accepted + read.rejected == read.rows_in_file and len(read.frame) == read.accepted
            if (
                not adds_up
                or codes & {"worker_died", "out_of_time", "out_of_memory"}
                or not codes <= set(PROBLEM_KINDS)
            ):
                wrong.append((turn, name, read.problems[["code", "params"]].to_numpy().tolist()))
            outcome = "refused" if not read.accepted else "partial" if read.has_errors else "whole"
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert not wrong, wrong[:5]
    assert set(outcomes) == {"refused", "partial", "whole"}
