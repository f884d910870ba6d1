"""Addresses in a region: which service unit and which township they name. No coordinate is ever made from one.

The parser knows one region at a time. A general one sends 朝阳区 to another province; here its own names come first,
and an address that begins with another province or city is outside.

>>> parse_address("北京市海淀区上地街道上地东路1号").unit
'110108'
>>> parse_address("朝阳区望京东路8号").unit, parse_address("吉林省长春市朝阳区人民大街").outside
('110105', True)
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.intake.elsewhere import begins_elsewhere
from ipps_geo.intake.units import Units, units_of
from ipps_geo.regions import Region, load_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = re.compile(r"(?:地区办事处|街道办事处|办事处|街道|地区|镇|乡|民族乡|满族乡|回族乡)$")
_NOISE = re.compile(r"[\s,，。.;；:：()（）\[\]【】\"'“”]+")
_FULL = ("区", "县", "市", "旗")
_UNIT_WINDOW = 16


@dataclass(frozen=True)
class Address:
    """What an address names: the code of a service unit and a township, where it does; ``outside`` of the region."""

    unit: str | None = None
    township: str | None = None
    township_code: str | None = None
    outside: bool = False


@lru_cache(maxsize=4)
def townships(region: Region | None = None) -> tuple[tuple[str, str, str], ...]:
    """Return (code, district, name) of the townships of a region, by default the embedded one; none where unknown."""
    text = (region or load_region()).text("townships") or ""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return tuple((row["code"], row["district"], row["name"]) for row in rows)


@lru_cache(maxsize=4)
def _by_name(region: Region) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return (code, district) by every way to write a township: a name alone must be longer than two characters."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, district, name in townships(region):
        found.setdefault(name, []).append((code, district))
    official = frozenset(found)
    for code, district, name in townships(region):
        bare = _KINDS.sub("", name)
        writings = {bare + kind for kind in ("街道", "地区", "镇", "乡", "街道办事处", "地区办事处")}
        for writing in writings - official if len(bare) > 1 else ():
            found.setdefault(writing, []).append((code, district))
    return {name: tuple(places) for name, places in found.items()}


@lru_cache(maxsize=4)
def _township_pattern(region: Region) -> re.Pattern[str]:
    names = sorted(map(re.escape, _by_name(region)), key=lambda name: (-len(name), name))
    return re.compile("|".join(names) or "(?!)")


@dataclass(frozen=True)
class _Beginnings:
    """Patterns of what an address of a region begins with: its city, its functional areas, what is passed over."""

    city: re.Pattern[str]
    areas: tuple[tuple[str, re.Pattern[str]], ...]
    aside: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=4)
def _beginnings(region: Region) -> _Beginnings:
    cities = "|".join(map(re.escape, region.writings))
    again = re.escape(region.name_zh)
    areas = tuple(
        (area.code, re.compile(area.address or "|".join(map(re.escape, area.writings)) or "(?!)"))
        for area in region.functional_areas
    )
    return _Beginnings(
        re.compile(rf"^(?:中国|中华人民共和国)?(?:{cities})?(?:{again})?(?:市辖区)?"),
        areas,
        tuple(map(re.compile, region.aside)),
    )


def parse_address(text: str, units: Units | None = None) -> Address:
    """Return what ``text`` names.

    A functional area wins over the district named with it; a township alone decides its district only where a single
    district has one of that name.
    """
    units = units or units_of(load_region())
    region = units.region
    begins = _beginnings(region)
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    if not plain:
        return Address()
    if plain.removeprefix("中国").startswith(region.writings):
        for pattern in begins.aside:
            plain = pattern.sub(_short_city(region), plain)
    rest = begins.city.sub("", plain, count=1)
    if rest == plain:
        above = next((name for name in region.province if plain.startswith(name) and plain != name), "")
        plain = rest = plain.removeprefix(above)
    if rest == plain and begins_elsewhere(plain, _own_names(units), region):
        return Address(outside=True)
    unit = _unit(plain, rest, units)
    district = next((name for name in _districts(region) if name in rest[:_UNIT_WINDOW]), None)
    found = None
    for match in _township_pattern(region).finditer(rest):
        places = _by_name(region)[match[0]]
        own = [place for place in places if district is None or place[1] == district]
        if len({place[0] for place in own}) == 1:
            found = own[0]
            break
    if unit is None and found is not None:
        unit = units.recognise(found[1])[0]
    name = None if found is None else next(name for code, _, name in townships(region) if code == found[0])
    return Address(unit, name, None if found is None else found[0])


def _short_city(region: Region) -> str:
    return min(region.writings, key=len)


def parse_addresses(texts: pd.Series, units: Units) -> pd.DataFrame:
    """Return unit, township, township_code (missing where none is named) and outside of every address."""
    coded, distinct = pd.factorize(texts, use_na_sentinel=True)
    parsed = [parse_address(str(text), units) for text in distinct]

    def spread(values: list[str | None]) -> pd.Series:
        places: NDArray[np.object_] = np.array([*values, None], dtype=object)
        return pd.Series(places[coded], index=texts.index, dtype="str")

    return pd.DataFrame(
        {
            "unit": spread([item.unit for item in parsed]),
            "township": spread([item.township for item in parsed]),
            "township_code": spread([item.township_code for item in parsed]),
            "outside": np.array([*(item.outside for item in parsed), False], dtype=bool)[coded],
        },
        index=texts.index,
    )


@lru_cache(maxsize=4)
def _districts(region: Region) -> tuple[str, ...]:
    return tuple(dict.fromkeys(district for _, district, _ in townships(region)))


@lru_cache(maxsize=8)
def _unit_patterns(names: frozenset[str], former: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of a unit's full name anywhere, and of its short name as the first word."""
    full = sorted((name for name in names if name.endswith(_FULL)), key=lambda name: (-len(name), name))
    short = sorted(names - set(full), key=lambda name: (-len(name), name))
    # 海淀中关村大街 names a district without its 区; 通州路 names a street.
    tail = "(?!(?:东|西|南|北|中|内|外)?(?:路|街|大街|胡同|里|门|桥|镇|乡|公园|水库|医院))"
    either = "|".join(map(re.escape, [*full, *former])) or "(?!)"
    return re.compile(either), re.compile(f"(?:{'|'.join(map(re.escape, short)) or '(?!)'}){tail}")


def _unit(whole: str, text: str, units: Units) -> str | None:
    """Return the unit named nearest to the beginning, where a street that is called after a place cannot stand.

    ``text`` is the ``whole`` address without its city.
    """
    for code, pattern in _beginnings(units.region).areas:
        near = (whole[: _UNIT_WINDOW * 2], text[: _UNIT_WINDOW * 2])
        if code in units.codes and any(pattern.search(begin) for begin in near):
            return code
    full, short = _unit_patterns(frozenset(units.names), _former_names(units))
    found = full.search(text[:_UNIT_WINDOW]) or short.match(text)
    if found is None and whole != text:
        # Far from the beginning, of an address that is in the region: a unit that is the only one named.
        named = set(full.findall(text))
        return units.recognise(named.pop())[0] if len(named) == 1 else None
    return None if found is None else units.recognise(found[0])[0]


def _former_names(units: Units) -> tuple[str, ...]:
    return tuple(name for name in units.former if not name.isdigit())


def _own_names(units: Units) -> frozenset[str]:
    names = (*units.names, *_former_names(units))
    return frozenset(name for name in names if not name.startswith(units.region.writings))
