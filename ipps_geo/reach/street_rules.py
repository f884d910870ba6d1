"""Who may travel on a street, and in which direction: the rules of ``street_rules.toml``, applied to its tags.

>>> [passage({"highway": name, "foot": said}, "walk").open for name, said in (("trunk", "no"), ("cycleway", "yes"))]
[False, True]
>>> way = passage({"highway": "residential", "oneway": "-1"}, "car")
>>> way.forward, way.backward
(False, True)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.reach.streets import Mode


@dataclass(frozen=True)
class Passage:
    """Whether a street may be travelled from its first node to its last, and back.

    ``unknown`` holds the (tag, value) of access that no rule knows: the street was left as its class has it.
    ``direction`` is the (tag, value) of a direction that no rule knows.
    """

    forward: bool
    backward: bool
    unknown: tuple[tuple[str, str], ...] = ()
    direction: tuple[str, str] | None = None

    @property
    def open(self) -> bool:
        """Whether it may be travelled at all."""
        return self.forward or self.backward


@dataclass(frozen=True)
class _Rules:
    """The rules of one mode, as sets."""

    dead: frozenset[str]
    life_cycle: tuple[str, ...]
    closed: frozenset[str]
    closed_service: frozenset[str]
    access: tuple[str, ...]
    one_way: tuple[str, ...]
    both_ways: Mapping[str, frozenset[str]]
    said: Mapping[str, str]
    words: Mapping[str, str]
    implied: Mapping[str, frozenset[str]]
    motorroad: Mapping[str, str] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag that these rules look at."""
        return tuple(
            dict.fromkeys(
                ("highway", "area", "service", *self.life_cycle, *self.access, *self.one_way, *self.both_ways)
            )
        )


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("ipps_geo") / "reach/street_rules.toml").read_text(encoding="utf-8"))


@cache
def _rules(mode: Mode) -> _Rules:
    table = _table()
    own, access, one_way = table[mode], table["access"], table["one_way"]
    return _Rules(
        frozenset(table["dead"]),
        tuple(table["life_cycle"]),
        frozenset(own["closed"]),
        frozenset(own["closed_service"]),
        tuple(own["access"]),
        tuple(own["one_way"]),
        {tag: frozenset(values) for tag, values in own["both_ways"].items()},
        {value: verdict for verdict in ("opens", "leaves", "closes") for value in access[verdict]},
        {word: meaning for meaning in ("forward", "backward", "both", "closed") for word in one_way[meaning]},
        {tag: frozenset(one_way[tag]) for tag in ("junction", "highway")},
        access["motorroad"],
    )


def rule_tags(mode: Mode) -> tuple[str, ...]:
    """Return the tags that the rules of ``mode`` look at: the columns of a table that are worth reading."""
    return _rules(mode).tags


def first_value(text: str) -> str:
    """Return the first of several values that OSMnx keeps as the text of a list.

    >>> first_value("['primary', 'trunk']"), first_value("yes")
    ('primary', 'yes')
    """
    text = text.strip()
    return text.strip("[]").split(",")[0].strip(" '\"") if text.startswith("[") else text


def class_of(text: str) -> str:
    """Return the OpenStreetMap class that a word for a class means; other words stay as they are.

    >>> class_of("主干路"), class_of("track_grade2"), class_of("['residential', 'service']")
    ('primary', 'track', 'residential')
    """
    name = first_value(text).split(";")[0].strip()
    return str(_table()["classes"].get(name, name))


def passage(tags: Mapping[str, str], mode: Mode) -> Passage:
    """Return in which directions ``mode`` may travel on a street with these tags; without a class it is a street."""
    rules = _rules(mode)
    street_class = tags.get("highway", "")
    if (
        street_class in rules.dead
        or tags.get("area") == "yes"
        or any(tags.get(key) == "yes" for key in rules.life_cycle)
    ):
        return Passage(forward=False, backward=False)
    is_open = street_class not in rules.closed and tags.get("service") not in rules.closed_service
    unknown = []
    for tag in rules.access:
        said = tags.get(tag)
        if said is None:
            continue
        if tag == "motorroad":
            said = rules.motorroad.get(said, "unknown")
        verdicts = [rules.said.get(part.strip()) for part in said.split(";")]
        if None in verdicts:
            unknown.append((tag, said))
        elif "opens" in verdicts:
            # access=yes says that anybody may enter, not that cars may use a footpath: only the mode's own tag does.
            is_open = is_open or tag not in ("access", "vehicle") or street_class not in rules.closed
        elif verdicts[-1] == "closes":
            is_open = False
    if not is_open:
        return Passage(forward=False, backward=False, unknown=tuple(unknown))
    return _directed(tags, rules, tuple(unknown))


def _directed(tags: Mapping[str, str], rules: _Rules, unknown: tuple[tuple[str, str], ...]) -> Passage:
    meaning, direction = "both", None
    for tag in rules.one_way:
        said = tags.get(tag)
        if said is None:
            continue
        if tag in rules.implied:
            meaning = "forward" if said in rules.implied[tag] else meaning
        elif said.strip().casefold() in rules.words:
            meaning = rules.words[said.strip().casefold()]
        else:
            direction = (tag, said)
    if any(tags.get(tag) in values for tag, values in rules.both_ways.items()):
        meaning = "both"
    return Passage(meaning in ("forward", "both"), meaning in ("backward", "both"), unknown, direction)


@dataclass(frozen=True, eq=False)
class Passages:
    """The passages of many streets: ``forward`` and ``backward`` of shape (e,), and what no rule knows.

    ``unknown`` counts the streets by (tag, value) of access; ``direction`` is the first street whose direction no rule
    knows, with its tag and value.
    """

    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    unknown: Mapping[tuple[str, str], int]
    direction: tuple[int, str, str] | None = None


def passages(tags: pd.DataFrame, mode: Mode) -> Passages:
    """Return the passages of a table of streets whose columns are tags; missing cells are tags that are not there."""
    known = [name for name in rule_tags(mode) if name in tags.columns]
    count = len(tags)
    if not known or not count:
        return Passages(np.ones(count, dtype=bool), np.ones(count, dtype=bool), {})
    codes, first = _distinct(tags[known])
    cells = tags[known].iloc[first]
    found = [
        passage({name: str(value) for name, value in zip(known, row, strict=True) if pd.notna(value)}, mode)
        for row in cells.itertuples(index=False, name=None)
    ]
    unknown: dict[tuple[str, str], int] = {}
    sizes = np.bincount(codes, minlength=len(found))
    for item, size in zip(found, sizes.tolist(), strict=True):
        for pair in item.unknown:
            unknown[pair] = unknown.get(pair, 0) + size
    odd = [(int(first[turn]), *item.direction) for turn, item in enumerate(found) if item.direction is not None]
    return Passages(
        np.array([item.forward for item in found])[codes],
        np.array([item.backward for item in found])[codes],
        unknown,
        min(odd) if odd else None,
    )


def _distinct(cells: pd.DataFrame) -> tuple[NDArray[np.int64], Sequence[int]]:
    """Return (the kind of each row, the first row of each kind): rows with the same tags are judged once."""
    groups = cells.groupby(list(cells.columns), sort=False, dropna=False)
    codes = groups.ngroup().to_numpy(np.int64)
    _, first = np.unique(codes, return_index=True)
    return codes, first.tolist()
