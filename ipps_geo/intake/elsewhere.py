"""Addresses of other cities, told by their beginning: provinces, cities and counties of China, and their namesakes.

朝阳区 is in two cities, 鼓楼区 in four, 通州区 in two, a 经济技术开发区 in two hundred.
What an address begins with decides: another province or city, in full, or in short with a place of its own behind it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from ipps_geo.regions import Region, load_region
from ipps_geo.regions.national import short_name

# What may follow a short name and still be of that city: a zone, or a county or town that the table does not have.
_ZONE = re.compile(
    r"^(?:[\u4e00-\u9fff]{0,8}?(?:经济技术开发区|经济开发区|高新技术产业开发区|高新技术开发区|高新区|开发区|经开区|工业园|科技园|产业园|"
    r"保税[港区]|自贸|新区|示范区|度假区))"
)
_TOWN = re.compile(r"^[\u4e00-\u9fff]{1,4}?(?:区|县|镇|乡|街道)")
# Streets and houses are called after other cities: 苏州街, 上海大厦, 河南饭店.
_CALLED_AFTER = re.compile(
    r"^(?:东|西|南|北|中|内|外)?(?:路|街|大街|胡同|巷|条|道|里|门|桥|村|庄|园|大厦|饭店|宾馆|酒店|会馆|公园|大院|营|寺|庙|楼|塔)"
)


_NEW_AREAS = frozenset({"雄安新区", "西咸新区", "贵安新区", "天府新区", "两江新区", "湘江新区", "赣江新区", "滇中新区"})
_LONGEST = 20


@dataclass(frozen=True)
class _Atlas:
    """Names of places by level: full names, and short ones with the names of the counties behind them."""

    full: frozenset[str]
    short: frozenset[str]
    counties: dict[str, frozenset[str]]


@lru_cache(maxsize=4)
def places_of(region: Region) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of the provinces, cities and counties outside a region; none where it lists none."""
    text = region.text("places") or ""
    return tuple((row["code"], row["name"]) for row in csv.DictReader(io.StringIO(text, newline="")))


@lru_cache(maxsize=4)
def _atlas(own: frozenset[str], region: Region) -> _Atlas:
    """Return the names outside a region; ``own`` are the names of its units, which stay its own."""
    rows = places_of(region)
    tops = [(code, name) for code, name in rows if code.endswith("00")]
    counties: dict[str, set[str]] = {}
    for code, name in rows:
        if code.endswith("00"):
            continue
        for top, top_name in tops:
            if code.startswith(top.rstrip("0").ljust(2, "0")):
                counties.setdefault(short_name(top_name), set()).update({name, short_name(name)})
    for code, name in tops:
        if not code.endswith("0000"):
            above = next((short_name(other) for top, other in tops if top == f"{code[:2]}0000"), None)
            if above is not None:
                counties.setdefault(above, set()).update({name, short_name(name)})
    cities = {f"{name}市" for name in own if len(name) == 2}
    full = frozenset({name for _, name in rows} - own | cities | _NEW_AREAS)
    short = frozenset(short_name(name) for _, name in tops)
    return _Atlas(full, short, {name: frozenset(names) for name, names in counties.items()})


def _beginning(text: str, names: frozenset[str]) -> str | None:
    """Return the longest of ``names`` that ``text`` begins with."""
    return next((text[:size] for size in range(min(len(text), _LONGEST), 1, -1) if text[:size] in names), None)


def begins_elsewhere(text: str, own: frozenset[str], region: Region | None = None) -> bool:
    """Return whether an address (half width, no blanks) begins with another province, city or county than ``region``'s.

    >>> own = frozenset({"朝阳区", "朝阳", "通州区", "通州", "海淀区", "海淀"})
    >>> [begins_elsewhere(text, own) for text in ("长春朝阳区人民大街", "朝阳市双塔区", "朝阳区建国路", "苏州街33号")]
    [True, True, False, False]
    """
    atlas = _atlas(own, region or load_region())
    text = re.sub(r"^(?:中国|中华人民共和国)", "", text)
    whole = _beginning(text, atlas.full)
    if whole is not None:
        return _CALLED_AFTER.match(text[len(whole) :]) is None or len(whole) > 2
    found = _beginning(text, atlas.short)
    if found is None:
        return False
    behind = text[len(found) :]
    if re.match(r"省|市|自治区|特别行政区|地区|(?:壮族|回族|维吾尔)自治区", behind) or not behind:
        return True
    inner = _beginning(behind, atlas.counties.get(found, frozenset()))
    if inner is not None:
        return _CALLED_AFTER.match(behind[len(inner) :]) is None or inner.endswith(("市", "区", "县"))
    if found in own or _CALLED_AFTER.match(behind):
        return False
    return _ZONE.match(behind) is not None or _TOWN.match(behind) is not None


@cache
def city_names() -> frozenset[str]:
    """Return the names of every province and prefecture, in full and in short."""
    region = load_region()
    tops = [name for code, name in places_of(region) if code.endswith("00")]
    return frozenset((*tops, *map(short_name, tops), region.name_zh, *region.writings))


@cache
def county_names() -> frozenset[str]:
    """Return the names of every county and district, in full and in short, and the codes of all."""
    from ipps_geo.intake.units import units_of

    region = load_region()
    rows = [(code, name) for code, name in places_of(region) if not code.endswith("00")]
    names = {text for code, name in rows for text in (code, name, short_name(name))}
    return frozenset(names | set(units_of(region).names) | units_of(region).codes)
