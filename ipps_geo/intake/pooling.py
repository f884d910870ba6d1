"""One reference system per source: what the layers of a workspace show together, and what that means for each of them.

The layers of one workspace come out of one system. The evidence of all of them is added up; a layer that is too small
to tell follows the verdict, a layer that proves to be different keeps its own, and one that merely seems different is
for a person to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from ipps_geo.intake.datum import (
    OVERWHELMING_POINTS,
    OVERWHELMING_SIGMAS,
    SUSPICIOUS_SIGMAS,
    DatumVerdict,
    Evidence,
    normalised_datum,
    of_degrees,
)
from ipps_geo.intake.problems import params_text, problem_record, problem_table
from ipps_geo.intake.request import Request, TableRead
from ipps_geo.regions.model import INSIDE_SHARE

_UNDECIDED = ("assumed", "suspected", "detected")


@dataclass(frozen=True)
class Pooled:
    """What the pooled verdict means for one layer.

    ``action``: it ``follows`` (read again as ``datum``), it is ``apart`` (its points prove another system), or it is
    ``mixed`` (they speak for another one and do not prove it).
    """

    action: Literal["follows", "apart", "mixed"]
    datum: str
    own: str


def stated_datums(described: Mapping[str, Any]) -> tuple[str | None, dict[str, str]]:
    """Return what ``workspace.toml`` states: the reference system of all files, and those of single files by label.

    >>> stated_datums({"datum": "GCJ-02", "datums": {"carriers.csv": "WGS84"}})
    ('gcj02', {'carriers.csv': 'wgs84'})

    Raises ``BadInput`` for a reference system that nobody knows.
    """
    whole, single = described.get("datum"), described.get("datums", {})
    return (
        None if whole is None else normalised_datum(str(whole)),
        {str(label): normalised_datum(str(name)) for label, name in dict(single).items()},
    )


def one_datum(
    requests: Sequence[Request], reads: Sequence[TableRead], read: Callable[[Request], TableRead], share: float
) -> list[TableRead]:
    """Return the layers of a workspace as read, those that follow the pooled reference system read again in it.

    A layer that proves to be in another one keeps it, with a warning; one that merely seems so has an error.
    ``share`` is the region's ``inside_share``.
    """
    changed = list(reads)
    for turn, meaning in pooled({str(turn): found.datum for turn, found in enumerate(reads)}, share).items():
        own = reads[int(turn)]
        if meaning.action == "follows":
            changed[int(turn)] = read(replace(requests[int(turn)], datum=meaning.datum, datum_scope="pooled"))
            continue
        record = problem_record(own.file, "datum_apart" if meaning.action == "apart" else "datum_mixed")
        told = {"sheet": own.sheet, "params": params_text({"datum": meaning.datum, "own": meaning.own})}
        problems = pd.concat([problem_table([record | told]), own.problems], ignore_index=True)
        changed[int(turn)] = replace(own, problems=problems)
    return changed


def pooled_verdict(verdicts: Sequence[DatumVerdict], share: float = INSIDE_SHARE) -> DatumVerdict | None:
    """Return the verdict on all layers whose reference system nobody states; None where none of them has evidence.

    >>> def layer(gained, lost): return DatumVerdict("wgs84", "assumed", points=gained + lost, evidence=(
    ...     Evidence("wgs84", 1.0, 0.9), Evidence("gcj02", 1.0, 0.95, gained, lost), Evidence("bd09", 1.0, 0.9),
    ...     Evidence("swapped", 0.0, 0.0)))
    >>> pooled_verdict([layer(20, 0), layer(14, 2), layer(9, 0)]).datum
    'gcj02'
    """
    counted = [verdict for verdict in verdicts if verdict.basis in _UNDECIDED and _of_degrees(verdict)]
    if not counted:
        return None
    names = [item.hypothesis for item in counted[0].evidence]
    evidence = tuple(_together(name, counted) for name in names)
    datum, basis, converted, proposed = of_degrees(evidence, stated=False, share=share)
    return DatumVerdict(datum, basis, converted, proposed, sum(verdict.points for verdict in counted), evidence)


def _of_degrees(verdict: DatumVerdict) -> bool:
    return bool(verdict.evidence) and verdict.evidence[0].hypothesis == "wgs84"


def _together(name: str, verdicts: Sequence[DatumVerdict]) -> Evidence:
    rows = [
        (verdict.points, next(item for item in verdict.evidence if item.hypothesis == name)) for verdict in verdicts
    ]
    points = sum(count for count, _ in rows)
    told = [(count, item) for count, item in rows if item.in_declared_unit is not None]
    declared = sum(count for count, _ in told)
    return Evidence(
        name,
        sum(count * item.in_region for count, item in rows) / max(points, 1),
        sum(count * (item.in_declared_unit or 0.0) for count, item in told) / declared if declared else None,
        sum(item.gained for _, item in rows),
        sum(item.lost for _, item in rows),
    )


def pooled(verdicts: Mapping[str, DatumVerdict], share: float = INSIDE_SHARE) -> dict[str, Pooled]:
    """Return, for the layers that the pooled verdict concerns, what it means for them, by name.

    Layers whose reference system is stated, that have no points, or that were read as the verdict says already, are not
    among them.
    """
    whole = pooled_verdict(list(verdicts.values()), share)
    if whole is None:
        return {}
    found = {}
    for name, verdict in verdicts.items():
        if verdict.basis not in _UNDECIDED or not _of_degrees(verdict) or verdict.datum == whole.datum:
            continue
        if not whole.converted and not verdict.converted:
            continue
        action: Literal["follows", "apart", "mixed"] = "follows"
        sigmas, margin = _against(verdict, whole.datum)
        if sigmas >= OVERWHELMING_SIGMAS and margin >= OVERWHELMING_POINTS:
            action = "apart"
        elif sigmas >= SUSPICIOUS_SIGMAS:
            action = "mixed"
        found[name] = Pooled(action, whole.datum, verdict.datum)
    return found


def _against(verdict: DatumVerdict, datum: str) -> tuple[float, int]:
    """Return by how many standard deviations, and points, a layer fits its own reading better than ``datum``."""
    items = {item.hypothesis: item for item in verdict.evidence}
    if datum == "wgs84":
        own = items[verdict.datum]
        return own.sigmas, own.gained - own.lost
    other = items[datum]
    if verdict.datum == "wgs84":
        return -other.sigmas, other.lost - other.gained
    mine = items[verdict.datum]
    margin = (mine.gained - mine.lost) - (other.gained - other.lost)
    differ = mine.gained + mine.lost + other.gained + other.lost
    return margin / max(1.0, differ**0.5), margin
