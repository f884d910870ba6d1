"""A folder of files with what is expected of each, and the plain tables that they are made from."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEED = 20261122
HEADERS = ("企业编号", "统一社会信用代码", "企业名称", "所在区", "明确需求", "需求日期", "经度", "纬度")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = (
    ("海淀区", 116.300, 40.000),
    ("朝阳区", 116.480, 39.950),
    ("丰台区", 116.280, 39.850),
    ("昌平区", 116.230, 40.220),
)
Rows = list[list[str]]


@dataclass
class Case:
    """One file of the corpus and what is to be expected of it."""

    file: str
    expect: str
    codes: tuple[str, ...] = ()
    located: bool = True
    rows: int | None = None
    rejected: int | None = None
    table: str = "enterprises"
    why: str = ""


@dataclass
class Corpus:
    """A folder that files are written into, with the cases written so far."""

    folder: Path
    cases: list[Case] = field(default_factory=list)

    def add(self, file: str, content: bytes, expect: str, *codes: str, **more: Any) -> None:
        """Write one file and record what is expected of it."""
        (self.folder / file).write_bytes(content)
        self.cases.append(Case(file, expect, codes, **more))


def uscc(number: int) -> str:
    """Return a credit code with right check digit."""
    body = "91110108MA" + f"{number:07d}"
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _ALPHABET[-total % 31]


def good_rows(count: int = 12, seed: int = SEED) -> Rows:
    """Return rows of an enterprise table without a fault."""
    generator = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        unit, lon, lat = _PLACES[number % len(_PLACES)]
        lon, lat = lon + generator.uniform(-0.02, 0.02), lat + generator.uniform(-0.02, 0.02)
        need = ("是", "否", "")[number % 3]
        name = f"北京示例{number}号（集团）科技有限公司"
        rows.append(
            [f"E{number:03d}", uscc(number), name, unit, need, f"2024-03-{number:02d}", f"{lon:.6f}", f"{lat:.6f}"]
        )
    return rows


def text_of(rows: Rows, headers: Sequence[str] = HEADERS, delimiter: str = ",", end: str = "\r\n") -> str:
    """Return rows as delimited text."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows([list(headers), *rows])
    return stream.getvalue()


def with_cell(column: str, value: str, row: int = 2) -> Rows:
    """Return good rows with one cell replaced."""
    rows = good_rows()
    rows[row][HEADERS.index(column)] = value
    return rows
