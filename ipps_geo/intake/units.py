"""Service units as people write them: codes, long codes, names with and without 区, names that no longer exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    import geopandas as gpd

# Districts merged in 2010 and counties that became districts in 2015.
_FORMER: Mapping[str, str] = MappingProxyType(
    {
        "110103": "110101",
        "崇文区": "110101",
        "110104": "110102",
        "宣武区": "110102",
        "110228": "110118",
        "密云县": "110118",
        "110229": "110119",
        "延庆县": "110119",
    }
)
_BDA_NAMES = (
    "北京经济技术开发区",
    "经济技术开发区",
    "经开区",
    "北京经开区",
    "亦庄",
    "亦庄开发区",
    "北京亦庄",
    "亦庄经济技术开发区",
)
_LONG_CODE = re.compile(r"(11\d{4})0{3}(?:0{3})?")
_SUFFIX = re.compile(r"(?<=..)(?:区|县)$")
DEFAULT_PRECISION_M = 50.0


@dataclass(frozen=True, eq=False)
class Units:
    """The service units that codes, names and points are held against.

    ``frame`` has the columns code, name_zh and, where known, precedence, precision_m and geometry (EPSG:4490).
    """

    frame: pd.DataFrame

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
                for text in (own, f"北京市{own}", f"北京{own}"):
                    names.setdefault(text, code)
        if "BDA" in self.codes:
            names.update(dict.fromkeys(_BDA_NAMES, "BDA"))
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
        long = _LONG_CODE.fullmatch(text)
        if long and long[1] in self.codes:
            return long[1], False
        if text in self.names:
            return self.names[text], False
        former = _FORMER.get(text.removeprefix("北京市").removeprefix("北京"))
        return (former, True) if former in self.codes else (None, False)

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


def as_units(units: gpd.GeoDataFrame | pd.DataFrame | Units | None) -> Units:
    """Return ``units`` ready for use; None stands for the units of Beijing that come with the package."""
    if units is None:
        return beijing_units()
    return units if isinstance(units, Units) else Units(units.reset_index(drop=True))


@cache
def beijing_units() -> Units:
    """Return the 16 districts and the development area, with their polygons."""
    import json

    import shapely

    from ipps_geo.settings import data_root

    path = data_root() / "boundaries" / "service_units.geojson"
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError) as error:
        raise BadInput("intake.no_boundaries", where=str(path)) from error
    # A plain column of shapes: a worker starts a quarter faster without the libraries of layers and projections.
    rows = pd.DataFrame([feature["properties"] for feature in features])
    rows["geometry"] = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    return Units(rows)
