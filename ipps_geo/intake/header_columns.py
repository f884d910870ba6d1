"""Which column of a table one header names: by the names of the table, by what its words mean, by likeness.

>>> column_named("rosters", "是否有知识产权服务需求"), column_named("enterprises", "经度（高德）")
(('explicit_need', 0.95), ('lon@gcj02', 0.98))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from ipps_geo.columns import DESCRIBED
from ipps_geo.intake.meaning import Meaning, meaning_of, without_brackets

LIKELY = 0.9
"""From this confidence on a header that is only alike is used, with a note."""
WORTH_NAMING = 0.6
_EXACT, SAME_LETTERS = 1.0, 0.98
LONGEST_HEADER = 100
"""Characters of a header; a longer text is a sentence and names no column."""

LONGITUDE, LATITUDE, COORDINATES = "lon", "lat", "lonlat"
"""Names that a column of coordinates maps to beside the columns of the table."""
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LONGITUDE: ("lon", "lng", "long", "longitude", "x", "经度", "东经", "经度坐标", "x坐标", "横坐标", "lon_wgs84"),
        LATITUDE: ("lat", "latitude", "y", "纬度", "北纬", "纬度坐标", "y坐标", "纵坐标", "lat_wgs84"),
        COORDINATES: ("坐标", "经纬度", "lonlat", "lnglat", "coordinates", "经纬度坐标", "位置坐标"),
    }
)
NO_NEED = "explicit_need@no"
"""Column of ticks for no, beside one of ticks for yes."""
TURNED_NEED = "explicit_need@turned"
"""Column whose yes says that there is no need: 是否无需求, 未提出需求."""
DATUM = "datum"
"""Column that names the reference system of each row's coordinates."""
DECIDING = ("holder_id", "uscc", "explicit_need", "industry_codes", "parent_uscc")
"""Columns that decide a verdict of the Measure: where one may be there and is not read, somebody is asked."""
_CONCEPTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "name_zh"), "uscc": ("uscc", "undertaking_uscc"), "parent_uscc": ("parent_uscc",),
        "need": ("explicit_need",), "need_date": ("need_date",), "need_evidence": ("need_evidence",),
        "industry": ("industry_codes", "focus_industries"), "unit": ("unit",), "address": ("address",),
        "station": ("name",), "station_code": ("institution_id",), "carrier": ("name_zh", "carrier_id"),
        "carrier_code": ("carrier_id",), "operator": ("undertaking_name",), "operator_uscc": ("undertaking_uscc",),
        "enterprise_code": ("enterprise_id",), "size": ("sme_class",), "host": ("host_type",), "legal": ("legal_form",),
        "kind": ("kind",), "founded": ("undertaking_founded_on",), "established": ("established_on",),
        "operating": ("operating_since",), "listed": ("listed_on",), "delisted": ("delisted_on",),
        "revoked": ("revoked_on",), "applied": ("applied_on",), "signed": ("agreement_signed_on",),
        "full_time": ("full_time_staff",), "part_time": ("part_time_staff",), "cost": ("annual_cost",),
        "capacity": ("capacity",), "former": ("former_names",),
    }
)  # fmt: skip
"""Columns by what a header means, the first that the table has."""
_GEOMETRY = ("geometry", "geom", "wkt", "the_geom", "shape", "几何")
_DECORATION = re.compile(r"[\s*＊_\-·:：/\\]+|必填|选填")


def plain_header(text: str) -> str:
    """Return a header without its decoration: blanks, brackets with units, marks of required columns, width, case."""
    text = unicodedata.normalize("NFKC", text).casefold()
    bare = _DECORATION.sub("", without_brackets(text)[0])
    return bare or text.strip()


@cache
def _names(table: str) -> Mapping[str, str]:
    """Return column by undecorated name; where two columns share a synonym the first column has it."""
    names: dict[str, str] = {}
    described = DESCRIBED[table]
    for column in described.columns.values():
        for name in (column.name, column.zh):
            names.setdefault(plain_header(name), column.name)
    for column in described.columns.values():
        for name in column.synonyms:
            names.setdefault(plain_header(name), column.name)
    if described.geometry is not None:
        for name in _GEOMETRY:
            names.setdefault(plain_header(name), "geometry")
    if described.geometry == "point":
        for column_name, synonyms in PLACES.items():
            for name in synonyms:
                names.setdefault(plain_header(name), column_name)
    return MappingProxyType(names)


@lru_cache(maxsize=1 << 14)
def column_named(table: str, header: str) -> tuple[str, float]:
    """Return the column that a header names and the confidence: by name, by meaning, by likeness, in this order."""
    if not header or len(header) > LONGEST_HEADER:
        return "", 0.0
    names, plain, meaning = _names(table), plain_header(header), meaning_of(header)
    if plain in names:
        column = names[plain]
        described = DESCRIBED[table].columns.get(column)
        exact = described is not None and header in (described.name, described.zh, *described.synonyms)
        return _with_datum(column, meaning), _EXACT if exact else SAME_LETTERS
    column = _column_of(table, meaning.concept)
    if column and meaning.confidence >= WORTH_NAMING:
        return _with_datum(column, meaning), meaning.confidence
    if meaning.known:
        return "", 0.0  # understood, and nothing that this table asks for
    from rapidfuzz import fuzz, process

    best = process.extractOne(plain, list(names), scorer=fuzz.ratio, score_cutoff=WORTH_NAMING * 100)
    # Two or three letters are alike by chance: 区 and 区号, lon and long.
    if best is None or min(len(best[0]), len(plain)) < 4:
        return "", 0.0
    return names[best[0]], round(best[1] / 100, 3)


def _with_datum(column: str, meaning: Meaning) -> str:
    return f"{column}@{meaning.datum}" if column in PLACES and meaning.datum else column


def _column_of(table: str, concept: str) -> str:
    """Return the column of ``table`` for what a header means, "" where the table has none."""
    described = DESCRIBED[table]
    if concept in ("lon", "lat", "lonlat", "frame"):
        return (DATUM if concept == "frame" else concept) if described.geometry == "point" else ""
    if concept in ("need_no", "need_turned"):
        own = NO_NEED if concept == "need_no" else TURNED_NEED
        return own if "explicit_need" in described.columns else ""
    if concept in ("station", "station_code") and table == "rosters":
        return "holder_id"
    return next((name for name in _CONCEPTS.get(concept, ()) if name in described.columns), "")
