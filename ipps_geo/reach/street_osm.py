"""Streets of OpenStreetMap extracts: PBF or XML, their tags judged way by way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ipps_geo.errors import BadInput, Message, MissingExtra
from ipps_geo.reach.street_places import to_metres
from ipps_geo.reach.street_raw import RawStreets
from ipps_geo.reach.street_rules import Passage, passage, rule_tags
from ipps_geo.reach.streets import Mode

ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml")


def read_osm(file: Path, mode: Mode, datum: str | None = None, metric_crs: str | None = None) -> RawStreets:
    """Return the streets of an extract that ``mode`` may use; a street is cut at each of its nodes.

    Raises
    ------
    MissingExtra
        The reader of such files is not installed.
    BadInput
        No extract, or one without streets.
    """
    try:
        import osmium
    except ImportError as error:
        raise MissingExtra("streets.osm_extra", where=file.name) from error
    looked_at = rule_tags(mode)
    judged: dict[tuple[str | None, ...], Passage] = {}
    unknown: Counter[tuple[str, str]] = Counter()
    refs: list[list[int]] = []
    lon: list[float] = []
    lat: list[float] = []
    classes: list[str] = []
    ways: list[Passage] = []
    closed = lost = total = 0
    try:
        # Only ways that are streets reach Python; their nodes come with their places.
        found: Any = osmium.FileProcessor(str(file)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
        for way in found:
            if not way.is_way():
                continue
            total += 1
            tags = way.tags
            own = tuple(tags.get(name) for name in looked_at)
            if own not in judged:
                judged[own] = passage(
                    {name: said for name, said in zip(looked_at, own, strict=True) if said is not None}, mode
                )
            verdict = judged[own]
            if verdict.direction is not None:
                tag, said = verdict.direction
                raise BadInput("streets.way_direction", where=file.name, way=way.id, tag=tag, value=said)
            unknown.update(verdict.unknown)
            if not verdict.open:
                closed += 1
                continue
            for part in _placed(way.nodes):
                refs.append([node.ref for node in part])
                lon += [node.lon for node in part]
                lat += [node.lat for node in part]
                classes.append(tags["highway"])
                ways.append(verdict)
            lost += sum(not node.location.valid() for node in way.nodes)
    except RuntimeError as error:
        raise BadInput("streets.not_osm", where=file.name) from error
    told = [
        Message("streets.access_unknown", {"tag": tag, "value": said, "count": count})
        for (tag, said), count in sorted(unknown.items())
    ]
    if closed:
        told.append(Message("streets.closed", {"count": closed, "of": total}))
    if lost:
        told.append(Message("streets.nodes_outside", {"count": lost}))
    if not ways:
        raise BadInput(
            "streets.none_open" if total else "streets.no_edges", where=file.name, mode=Message(f"mode.{mode}")
        )
    return _cut(file, refs, lon, lat, classes, ways, datum, tuple(told), metric_crs)


def _placed(nodes: Any) -> list[list[Any]]:
    """Return the stretches of a way whose nodes have places: an extract is cut at its border."""
    stretches: list[list[Any]] = [[]]
    for node in nodes:
        if node.location.valid():
            stretches[-1].append(node)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if len(stretch) > 1]


def _cut(
    file: Path,
    refs: list[list[int]],
    lon: list[float],
    lat: list[float],
    classes: list[str],
    ways: list[Passage],
    datum: str | None,
    told: tuple[Message, ...],
    metric_crs: str | None,
) -> RawStreets:
    sizes = np.array([len(part) for part in refs])
    every = np.concatenate([np.array(part, dtype=np.int64) for part in refs])
    node_id, first = np.unique(every, return_index=True)
    metres, noticed = to_metres(np.array(lon)[first], np.array(lat)[first], None, datum, file.name, metric_crs)
    begins = np.ones(len(every), dtype=bool)
    begins[np.cumsum(sizes) - 1] = False
    at = np.flatnonzero(begins)
    way = np.repeat(np.arange(len(refs)), sizes)[at]
    return RawStreets(
        node_id,
        metres,
        every[at],
        every[at + 1],
        np.array([item.forward for item in ways])[way],
        np.array([item.backward for item in ways])[way],
        np.array(classes, dtype=object)[way],
        file=file.name,
        remarks=told + noticed,
    )
