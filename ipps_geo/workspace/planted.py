"""What is wrong on purpose: the manifest that an audit of a demonstration is held to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml


@dataclass(frozen=True, order=True)
class PlantedFlaw:
    """One verdict that was planted: the rule, its subject (the id of an institution, application or unit), and why."""

    rule: str
    subject: str
    verdict: str
    why: str


def planted_text(planted: Iterable[PlantedFlaw]) -> str:
    """Return the manifest as TOML, one ``[[planted]]`` per verdict, sorted."""
    blocks = []
    for flaw in sorted(planted):
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in asdict(flaw).items()]
        blocks.append("[[planted]]\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def read_planted(path: Path) -> tuple[PlantedFlaw, ...]:
    """Return the verdicts of a manifest, sorted.

    Raises
    ------
    BadInput
        If it is not such a manifest.
    """
    entries = read_toml(path).get("planted", [])
    try:
        return tuple(sorted(PlantedFlaw(**entry) for entry in entries))
    except TypeError as error:
        raise BadInput("workspace.not_planted", where=str(path)) from error
