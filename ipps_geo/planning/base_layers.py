"""What a bureau puts under its maps: subway, roads, water, green, townships, each from a file of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import BadInput

LAYERS_VARIABLE = "IPPS_GEO_LAYERS"
"""Environment variable that names a bureau's own layers for the maps of the app."""
BASE_KINDS = ("subway", "road", "water", "green", "township")
_WRITTEN: Mapping[str, str] = {
    "地铁": "subway", "轨道": "subway", "道路": "road", "环路": "road", "水系": "water", "河流": "water",
    "绿地": "green", "街道": "township", "乡镇": "township",
}  # fmt: skip


def own_layers(metric_crs: str | None = None) -> dict[str, NDArray[Any]]:
    """Return the layers that whoever runs the app has named in ``IPPS_GEO_LAYERS``: ``KIND=FILE``, apart by ``;``.

    Raises
    ------
    BadInput
        As ``read_base_layers``.
    """
    return dict(_stated(os.environ.get(LAYERS_VARIABLE, ""), metric_crs))


@lru_cache(maxsize=2)
def _stated(text: str, metric_crs: str | None) -> Mapping[str, NDArray[Any]]:
    stated = [entry.strip() for entry in text.split(";")]
    return read_base_layers([entry for entry in stated if entry], metric_crs=metric_crs, where=LAYERS_VARIABLE)


def read_base_layers(
    stated: Sequence[str], *, datum: str | None = None, metric_crs: str | None = None, where: str = "--base"
) -> dict[str, NDArray[Any]]:
    """Return the lines of each kind, in metres of ``metric_crs``; of polygons their outlines.

    Parameters
    ----------
    stated
        ``KIND=FILE`` each: a kind of ``BASE_KINDS`` or as offices write it (地铁, 环路, 水系, 绿地), and a GeoPackage,
        GeoJSON or shapefile. Several files of one kind are drawn together.

    Raises
    ------
    BadInput
        A kind that does not exist, or a file that is none or cannot be read.
    """
    found: dict[str, list[NDArray[Any]]] = {}
    for text in stated:
        written, _, file = text.partition("=")
        kind = _WRITTEN.get(written.strip(), written.strip())
        if kind not in BASE_KINDS or not file:
            raise BadInput("command.base_kind", where=where, text=text, kinds=", ".join((*BASE_KINDS, *_WRITTEN)))
        from ipps_geo.reach.street_files import read_barriers  # what reads streets loads long: nobody else waits for it

        found.setdefault(kind, []).append(read_barriers([Path(file)], datum=datum, metric_crs=metric_crs))
    return {kind: np.concatenate(found[kind]) for kind in BASE_KINDS if kind in found}
