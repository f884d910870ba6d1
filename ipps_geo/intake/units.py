"""Service units as people write them: codes, long codes, names with and without 区, names that no longer exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.errors import BadInput
from ipps_geo.regions import Region, load_region

if TYPE_CHECKING:
    import geopandas as gpd

_LONG_CODE = re.compile(r"(\d{6})0{3}(?:0{3})?")
_SUFFIX = re.compile(r"(?<=..)(?:区|县|市|旗)$")
DEFAULT_PRECISION_M = 50.0


@dataclass(frozen=True, eq=False)
class Units:
    """The service units that codes, names and points are held against.

    ``frame`` has the columns code, name_zh and, where known, precedence, precision_m and geometry (EPSG:4490);
    ``region`` is where they lie.
    """

    frame: pd.DataFrame
    region: Region = field(default_factory=load_region)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of the units."""
        return frozenset(self.frame["code"])

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Code by every way to write a name."""
        names: dict[str, str] = {}
        for code, name in zip(self.frame["code"], self.frame["name_zh"], strict=True):
            for own in (name, _SUFFIX.sub("", name)):
                for text in (own, *(f"{city}{own}" for city in self.region.writings)):
                    names.setdefault(text, code)
        for area in self.region.functional_areas:
            if area.code in self.codes:
                names.update(dict.fromkeys(area.writings, area.code))
        return MappingProxyType(names)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Name by code."""
        return MappingProxyType(dict(zip(self.frame["code"], self.frame["name_zh"], strict=True)))

    def recognise(self, text: str) -> tuple[str | None, bool]:
        """Return (the code that a text means or None, whether it is a former unit)."""
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
        if text in self.codes:
            return text, False
        upper = text.upper()
        if upper in self.codes:
            return upper, False
        long = _LONG_CODE.fullmatch(text) if text.startswith(self.region.code_prefix) else None
        if long and long[1] in self.codes:
            return long[1], False
        if text in self.names:
            return self.names[text], False
        city = next((name for name in self.region.writings if text.startswith(name)), "")
        former = self.former.get(text.removeprefix(city))
        return (former, True) if former in self.codes else (None, False)

    @cached_property
    def former(self) -> Mapping[str, str]:
        """Code of the unit of today by code or name of a former one."""
        return MappingProxyType(dict(self.region.former))

    def positions(self, codes: pd.Series) -> NDArray[np.int16]:
        """Return, for each code, its row in ``frame``, -1 where it is missing or unknown."""
        found = pc.index_in(pa.array(codes, pa.large_string(), from_pandas=True), value_set=self._code_set)
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int16)

    @cached_property
    def _code_set(self) -> pa.Array:
        return pa.array(self.frame["code"].tolist(), pa.large_string())

    @cached_property
    def shapes(self) -> NDArray[Any] | None:
        """The polygons in the order of ``frame``, or None where there are none."""
        if "geometry" not in self.frame or self.frame["geometry"].isna().any():
            return None
        import shapely

        shapes = np.asarray(self.frame["geometry"].array, dtype=object)
        shapely.prepare(shapes)
        return shapes

    @cached_property
    def precision_m(self) -> NDArray[np.float64]:
        """How far off the border of each unit may be, in metres."""
        if "precision_m" not in self.frame:
            return np.full(len(self.frame), DEFAULT_PRECISION_M)
        known = pd.to_numeric(self.frame["precision_m"]).fillna(DEFAULT_PRECISION_M)
        return np.asarray(np.maximum(known.to_numpy(np.float64), DEFAULT_PRECISION_M), dtype=np.float64)


def as_units(units: gpd.GeoDataFrame | pd.DataFrame | Units | None, region: Region | None = None) -> Units:
    """Return ``units`` ready for use; None stands for the units of ``region``, by default of the embedded one."""
    here = region or load_region()
    if units is None:
        return units_of(here)
    return units if isinstance(units, Units) else Units(units.reset_index(drop=True), here)


@lru_cache(maxsize=4)
def units_of(region: Region) -> Units:
    """Return the service units of a region as its boundaries give them, with their polygons."""
    import json

    import shapely

    where = f"{region.folder}: {region.file('boundaries')}"
    try:
        features = json.loads(region.text("boundaries") or "")["features"]
        # A plain column of shapes: a worker starts a quarter faster without the libraries of layers and projections.
        rows = pd.DataFrame([feature["properties"] for feature in features])
        rows["geometry"] = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
        known = dict(zip(rows["code"], rows["precedence"], strict=True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("intake.no_boundaries", where=where) from error
    for area in region.functional_areas:
        if known.get(area.code) != area.precedence:
            raise BadInput("region.area_differs", where=where, code=area.code)
    return Units(rows, region)
