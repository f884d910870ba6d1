"""Addresses in Beijing: which service unit and which township they name. No coordinate is ever made from one.

The parser knows one city. A general one sends 朝阳区 to another province; here a name of Beijing is looked for first,
and an address that begins with another province or city is outside.

>>> parse_address("北京市海淀区上地街道上地东路1号").unit
'110108'
>>> parse_address("朝阳区望京东路8号").unit, parse_address("吉林省长春市朝阳区人民大街").outside
('110105', True)
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.intake.elsewhere import begins_elsewhere
from ipps_geo.intake.units import Units, beijing_units
from ipps_geo.settings import data_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOWNSHIPS_FILE = "addresses/townships.csv"
"""File of the data root with code, district and name of every township (街道, 镇, 乡)."""

_CITY = re.compile(r"^(?:中国|中华人民共和国)?(?:北京市?|首都)?(?:北京市)?(?:市辖区)?")
# The development area, by its name or by the district that it lies over; that of another district is no BDA.
_BDA = re.compile(
    r"北京(?:市)?(?:亦庄)?(?:经济技术开发区|经开区)|亦庄(?:新城)?(?:经济)?(?:技术)?(?:开发区|经开区)|"
    r"^(?:大兴区)?(?:经济技术开发区|经开区)|^(?:大兴区?)?亦庄(?!镇|桥|站|火车)"
)
_FREE_TRADE_ZONE = re.compile(r"中国?北京自由贸易试验区(?:(?:科技创新|国际商务服务|高端产业)片区)?")
_KINDS = re.compile(r"(?:地区办事处|街道办事处|办事处|街道|地区|镇|乡|民族乡|满族乡|回族乡)$")
_NOISE = re.compile(r"[\s,，。.;；:：()（）\[\]【】\"'“”]+")
_FORMER = ("崇文区", "宣武区", "密云县", "延庆县")
_UNIT_WINDOW = 16


@dataclass(frozen=True)
class Address:
    """What an address names: the code of a service unit and a township, where it does; ``outside`` of Beijing."""

    unit: str | None = None
    township: str | None = None
    township_code: str | None = None
    outside: bool = False


@cache
def townships() -> tuple[tuple[str, str, str], ...]:
    """Return (code, district, name) of the townships of Beijing."""
    with (data_root() / TOWNSHIPS_FILE).open(encoding="utf-8", newline="") as stream:
        return tuple((row["code"], row["district"], row["name"]) for row in csv.DictReader(stream))


@cache
def _by_name() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return (code, district) by every way to write a township: a name alone must be longer than two characters."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, district, name in townships():
        found.setdefault(name, []).append((code, district))
    official = frozenset(found)
    for code, district, name in townships():
        bare = _KINDS.sub("", name)
        writings = {bare + kind for kind in ("街道", "地区", "镇", "乡", "街道办事处", "地区办事处")}
        for writing in writings - official if len(bare) > 1 else ():
            found.setdefault(writing, []).append((code, district))
    return {name: tuple(places) for name, places in found.items()}


@cache
def _township_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _by_name()), key=lambda name: (-len(name), name))))


def parse_address(text: str, units: Units | None = None) -> Address:
    """Return what ``text`` names.

    The development area wins over the district named with it; a township alone decides its district only where a
    single district has one of that name.
    """
    units = units or beijing_units()
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    if not plain:
        return Address()
    plain = _FREE_TRADE_ZONE.sub("北京", plain) if plain.startswith(("北京", "中国北京")) else plain
    rest = _CITY.sub("", plain, count=1)
    if rest == plain and begins_elsewhere(plain, _own_names(units)):
        return Address(outside=True)
    unit = _unit(plain, rest, units)
    district = next((name for name in _districts() if name in rest[:_UNIT_WINDOW]), None)
    found = None
    for match in _township_pattern().finditer(rest):
        places = _by_name()[match[0]]
        own = [place for place in places if district is None or place[1] == district]
        if len({place[0] for place in own}) == 1:
            found = own[0]
            break
    if unit is None and found is not None:
        unit = units.recognise(found[1])[0]
    name = None if found is None else next(name for code, _, name in townships() if code == found[0])
    return Address(unit, name, None if found is None else found[0])


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


@cache
def _districts() -> tuple[str, ...]:
    return tuple(dict.fromkeys(district for _, district, _ in townships()))


@cache
def _unit_patterns(names: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of a unit's full name anywhere, and of its short name as the first word."""
    full = sorted((name for name in names if name.endswith(("区", "县"))), key=lambda name: (-len(name), name))
    short = sorted(names - set(full), key=lambda name: (-len(name), name))
    # 海淀中关村大街 names a district without its 区; 通州路 names a street.
    tail = "(?!(?:东|西|南|北|中|内|外)?(?:路|街|大街|胡同|里|门|桥|镇|乡|公园|水库|医院))"
    either = "|".join(map(re.escape, [*full, *_FORMER]))
    return re.compile(either), re.compile(f"(?:{'|'.join(map(re.escape, short)) or '(?!)'}){tail}")


def _unit(whole: str, text: str, units: Units) -> str | None:
    """Return the unit named nearest to the beginning, where a street that is called after a place cannot stand.

    ``text`` is the ``whole`` address without its city.
    """
    if "BDA" in units.codes and (_BDA.search(whole[: _UNIT_WINDOW * 2]) or _BDA.search(text[: _UNIT_WINDOW * 2])):
        return "BDA"
    full, short = _unit_patterns(frozenset(units.names))
    found = full.search(text[:_UNIT_WINDOW]) or short.match(text)
    if found is None and whole != text:
        # Far from the beginning, of an address that is in Beijing: a unit that is the only one named.
        named = set(full.findall(text))
        return units.recognise(named.pop())[0] if len(named) == 1 else None
    return None if found is None else units.recognise(found[0])[0]


def _own_names(units: Units) -> frozenset[str]:
    return frozenset(name for name in (*units.names, *_FORMER) if not name.startswith("北京"))
