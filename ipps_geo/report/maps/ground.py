"""What a map needs of a workspace, in metres: units with their names, active institutions by kind, sites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.crs import metric_xy, to_metric
from ipps_geo.report.maps.canvas import Extent
from ipps_geo.report.words.figures import marker_kinds
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Ground:
    """The common ground of maps of one workspace on one day.

    ``shapes`` holds the unit polygons in the metric CRS of ``names.region``, in the order of ``codes`` and ``kinds``;
    ``points`` the positions of active institutions by marker kind, shape (n, 2); ``unplaced`` how many of
    them have no position; ``base`` the lines of a bureau's own layers by kind.
    """

    names: Names
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    shapes: tuple[Any, ...]
    points: Mapping[str, NDArray[np.float64]]
    unplaced: int
    extent: Extent
    base: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the units, in their order; functional areas by their short names."""
        return tuple(self.names.short(code) for code in self.codes)


def ground_of(workspace: Workspace, on: dt.date, lang: str, base: Mapping[str, NDArray[Any]] | None = None) -> Ground:
    """Return the ground of ``workspace`` on day ``on``, with a bureau's own layers under it."""
    units = to_metric(workspace.service_units, workspace.region.metric_crs)
    active = active_institutions(workspace.institutions, on)
    placed = active.loc[~(active.geometry.isna() | active.geometry.is_empty)]
    kinds = marker_kinds(placed)
    xy = metric_xy(placed, workspace.region.metric_crs) if len(placed) else np.zeros((0, 2))
    bounds = units.total_bounds
    return Ground(
        names_of(workspace, lang),
        tuple(units["code"]),
        tuple(units["kind"]),
        tuple(units.geometry),
        {kind: xy[kinds == kind] for kind in sorted(set(kinds))},
        len(active) - len(placed),
        (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])),
        base or {},
    )


def dense_window(xy: NDArray[np.float64], ratio: float, holds: float = 0.7) -> Extent | None:
    """Return the smallest of a few windows (width / height = ``ratio``) that holds the share ``holds`` of the points.

    None without points. Ties go to the window whose points lie closer to its centre.
    """
    if not len(xy):
        return None
    for width in (12_000, 18_000, 27_000, 40_000, 60_000, 90_000):
        height = width / ratio
        best: tuple[int, float, NDArray[np.float64]] | None = None
        for centre in xy:
            inside = (np.abs(xy - centre) <= [width / 2, height / 2]).all(axis=1)
            middle = xy[inside].mean(axis=0)
            inside = (np.abs(xy - middle) <= [width / 2 * 0.92, height / 2 * 0.92]).all(axis=1)
            spread = float(((xy[inside] - middle) ** 2).sum())
            score = (int(inside.sum()), -spread, middle)
            if best is None or score[:2] > best[:2]:
                best = score
        if best is not None and best[0] >= holds * len(xy):
            x, y = best[2]
            return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return None
