"""Carriers and centres of a region that lists none: places that do not exist, marked so in their class and name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.vocabulary import HostType
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

CARRIERS_PER_UNIT = 8
"""How many carriers each unit gets; nothing is known of where they really are."""
_SPREAD, _LARGEST_SPREAD_M = 0.16, 6_000.0
_TRIES = 60
_HOSTS = (
    HostType.SPECIALISED_PARK, HostType.INCUBATOR, HostType.DEVELOPMENT_ZONE, HostType.INDUSTRIAL_CLUSTER,
    HostType.SPECIALISED_PARK, HostType.UNIVERSITY_SCIENCE_PARK, HostType.INCUBATOR, HostType.MAKERSPACE,
)  # fmt: skip


def town_of(ground: shapely.Geometry) -> NDArray[np.float64]:
    """Return the middle of the widest part of a unit's ground, in its metres: where its town is put."""
    if ground.is_empty:
        return np.zeros(2)
    return np.asarray(shapely.maximum_inscribed_circle(ground, tolerance=200.0).coords[0], dtype=np.float64)


def drawn_centres(
    units: gpd.GeoDataFrame, grounds: Mapping[str, shapely.Geometry], metric_crs: str
) -> gpd.GeoDataFrame:
    """Return one centre per unit, in the middle of its ground."""
    codes = units["code"].astype(str).tolist()
    frame = pd.DataFrame(
        {
            "institution_id": [f"C-{code}" for code in codes],
            "kind": "district_center",
            "name": [f"演示区中心（{name}）" for name in units["name_zh"]],
            "unit": codes,
            "legacy": "yes",
            "position_precision_m": 1000,
            "position_basis": "generated: middle of the unit",
            "source": "generated demonstration",
            "source_kind": "generated",
            "data_class": "synthetic",
        }
    )
    frame["geometry"] = _points(np.array([town_of(grounds[code]) for code in codes]), metric_crs)
    made: gpd.GeoDataFrame = conform("institutions", frame)
    return made


def drawn_carriers(
    units: gpd.GeoDataFrame,
    grounds: Mapping[str, shapely.Geometry],
    industries: list[str],
    metric_crs: str,
    random: np.random.Generator,
) -> gpd.GeoDataFrame:
    """Return :data:`CARRIERS_PER_UNIT` carriers per unit around its town, each with two of ``industries`` in focus."""
    rows: list[dict[str, object]] = []
    places: list[NDArray[np.float64]] = []
    for code, name in zip(units["code"].astype(str), units["name_zh"], strict=True):
        ground = grounds[code]
        for xy, host in zip(_around(ground, random), _HOSTS, strict=False):
            number = len(rows) + 1
            rows.append(
                {
                    "carrier_id": f"P{number:03d}",
                    "name_zh": f"演示载体{number:03d}（{name}）",
                    "host_type": str(host),
                    "focus_industries": ";".join(random.choice(industries, size=2, replace=False).tolist()),
                    "unit": code,
                    "position_precision_m": 100,
                    "position_basis": "generated",
                    "source": "generated demonstration",
                    "source_kind": "generated",
                    "data_class": "synthetic",
                }
            )
            places.append(xy)
    frame = pd.DataFrame(rows)
    frame["geometry"] = _points(np.array(places), metric_crs)
    made: gpd.GeoDataFrame = conform("carriers", frame)
    return made


def _around(ground: shapely.Geometry, random: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return places on the ground about its town; where too few fall on it, fewer."""
    if ground.is_empty:
        return []
    shapely.prepare(ground)
    spread = min(_SPREAD * float(np.sqrt(ground.area)), _LARGEST_SPREAD_M)
    drawn = town_of(ground) + random.normal(size=(CARRIERS_PER_UNIT * _TRIES, 2)) * spread
    return list(drawn[shapely.contains_xy(ground, drawn[:, 0], drawn[:, 1])][:CARRIERS_PER_UNIT])


def _points(xy: NDArray[np.float64], metric_crs: str) -> NDArray[np.object_]:
    lon, lat = transformer(metric_crs, STORE_CRS).transform(xy[:, 0], xy[:, 1])
    made: NDArray[np.object_] = shapely.points(np.round(np.column_stack([lon, lat]), 5))
    return made
