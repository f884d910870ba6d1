"""What the cells of a column say about it: credit codes, names of firms, answers, days, industries, districts, places.

>>> fit("uscc", ["91110108551385082Q", "9.11E+17"]), fit("explicit_need", ["有", "无", "专利检索"])
(1.0, 0.6666666666666666)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ipps_geo.identity import normalise_uscc
from ipps_geo.intake.elsewhere import county_names
from ipps_geo.intake.writings import day, span
from ipps_geo.intake.yes_no import answer

SAMPLE = 80
"""How many cells of a column are looked at."""
MOST, HALF, FEW = 0.8, 0.5, 0.2
"""Share of the cells from which on they confirm a header, and below which they contradict it (half, of answers)."""

_FIRM = re.compile(
    r"公司|企业|集团|中心|研究院|研究所|事务所|工作室|合作社|商行|经营部|营业部|工厂|厂$|店$|社$|所$|院$|部$|行$|站$|馆$|会$|局$|学校|大学|医院"
    r"|\b(?:ltd|inc|co|llc|corp)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"[0-9A-Z]{17,18}|[0-9](?:\.[0-9]+)?E\+?[0-9]{2}")
_PLACE = re.compile(r"[区县镇乡村路街道号园楼院座层室里巷弄]")
_DAYS = (
    "need_date", "listed_on", "delisted_on", "established_on", "revoked_on", "applied_on", "operating_since",
    "undertaking_founded_on", "agreement_signed_on",
)  # fmt: skip
_UNIT = re.compile(r"[一-鿿]{2,8}[区县旗]|.*(?:经开区|开发区|高新区|新区).*")
_INDUSTRY = re.compile(r"[A-T]?\d{0,4}|.*[一-鿿].*", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[EWNS东西南北]?[经纬]?\s*-?\d{1,8}(?:[.,]\d+)?.*", re.IGNORECASE | re.DOTALL)


def looks_like_code(text: str) -> bool:
    """Return whether a text is written like a credit code, or like what a spreadsheet makes of one."""
    return (
        _CODE.fullmatch(normalise_uscc(text.strip("=\"'“”"))) is not None or _CODE.fullmatch(text.upper()) is not None
    )


def looks_like_firm(text: str) -> bool:
    """Return whether a text is written like the name of a firm or of another organisation."""
    plain = text.strip()
    return 4 <= len(plain) <= 80 and _FIRM.search(plain) is not None and not looks_like_code(plain)


def _named(text: str) -> bool:
    return looks_like_firm(text) or (re.search(r"[一-鿿]{2}", text) is not None and answer(text)[0] is None)


def _unit(text: str) -> bool:
    plain = re.sub(r"\s", "", text)
    bare = re.sub(r"(?<=^\d{6})0{3}(?:0{3})?$", "", plain)
    return _UNIT.fullmatch(plain) is not None or bare in county_names()


def _dated(text: str) -> bool:
    return day(text)[0] is not None or span(text) is not None


_TESTS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("uscc", "parent_uscc", "undertaking_uscc"), looks_like_code),
        "name": _named,
        "explicit_need": lambda text: answer(text)[0] is not None,
        "unit": _unit,
        "address": lambda text: len(text) > 3 and _PLACE.search(text) is not None,
        "industry_codes": lambda text: _INDUSTRY.fullmatch(text.strip()) is not None and answer(text)[0] is None,
        **dict.fromkeys(("lon", "lat"), lambda text: _NUMBER.fullmatch(text.strip()) is not None),
        **dict.fromkeys(_DAYS, _dated),
    }
)


def fit(column: str, texts: Sequence[str]) -> float | None:
    """Return the share of cells that may stand in ``column``; None where there are none, or nothing is known of it."""
    test = _TESTS.get(column.partition("@")[0])
    if test is None or not texts:
        return None
    return sum(map(test, texts)) / len(texts)
