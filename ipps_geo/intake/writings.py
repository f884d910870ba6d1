"""How people write numbers, days, answers and lists, one cell at a time: (value or None, code of a note or "")."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction

from ipps_geo.intake.yes_no import answer
from ipps_geo.vocabulary import Answer, LegalForm, recognise

PLACEHOLDERS = frozenset(
    {"无", "-", "--", "---", "—", "——", "/", "\\", "n/a", "na", "null", "none", "nan", "暂无", "空", "缺", "nil", "*"}
)
"""What people type into a cell they cannot fill; read as missing, with a warning, where no text is asked for."""

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(\d{1,2}:\d{2}.*))?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_MIDNIGHT = re.compile(r"0?0:00(:00(\.0+)?)?\s*(z|utc|[+-]00:?00)?", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?\s*(z|utc|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_ZONED = re.compile(
    r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?\s*(?:(z|utc)|([+-])([01]\d|2[0-3]):?([0-5]\d))", re.IGNORECASE
)
_CHINA = dt.timedelta(hours=8)
_YEARS = (1900, 2100)
_SERIALS = (15_000, 80_000)
_LIST = re.compile(r"[;；,，、|/\n]+")
_NAMES = re.compile(r"[;；、\n]+")
_EXACT_INTEGERS = 2**53

_WHOLE_DAY_TAIL = re.compile(r"\s*(?:[(（][^()（）]*[)）]|(?:星期|周)[一二三四五六日天]|[.。,，;；])$")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?|(20\d{2}|19\d{2})(0[1-9]|1[0-2])")
_YEAR = re.compile(r"(\d{4})\s*年度?")
_HAN_DAY = re.compile(
    r"([〇零○Ｏ一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_HAN = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "O": 0, "十": 10}
# A branch says so before anything else; the company it belongs to stands in the same words.
_FORMS: tuple[tuple[str, LegalForm], ...] = (
    (r"分公司|分支机构|分厂|非法人分支", LegalForm.BRANCH),
    (
        r"^(?!.*(分公司|分支)).*(有限责任公司|股份有限公司|有限公司|股份公司|全民所有制|集体所有制|国有独资)",
        LegalForm.COMPANY,
    ),
    (r"^(?!.*(分支)).*个体工商户", LegalForm.INDIVIDUAL_BUSINESS),
    (r"^(?!.*(分支)).*合伙企业", LegalForm.PARTNERSHIP),
    (r"^(?!.*(分支)).*个人独资企业", LegalForm.SOLE_PROPRIETORSHIP),
    (r"^(?!.*(分支)).*专业合作社", LegalForm.COOPERATIVE),
)
_LEVEL = re.compile(r"^(国家级|国家|市级|省级|区级|[\u4e00-\u9fff]{2,6}?(?:市级|省级|市|省))")
_COUNTED = "人名位家个户条项处次件"
NOTHING = frozenset({"无", "没有", "零", "〇", "暂无", "无人"})
"""What people write for none where a number of people is asked for."""

Reading = tuple[object | None, str]


def number(text: str) -> Reading:
    """Read a number: full width, thousands separators and exponents are understood, units and percent signs are not.

    >>> number("１,234.5")
    (1234.5, 'thousands')
    >>> number("12万")
    (None, '')
    """
    plain = unicodedata.normalize("NFKC", text)
    note = "half_width" if plain != text else ""
    if _THOUSANDS.fullmatch(plain):
        plain, note = plain.replace(",", ""), "thousands"
    if not _NUMBER.fullmatch(plain):
        return None, ""
    value = float(plain)
    return (value, note) if math.isfinite(value) else (None, "")


def integer(text: str) -> Reading:
    """Read a whole number; 12.0 is one, 12.5 is not, and none beyond 2^53 is exact.

    >>> integer("12.0"), integer("12.5")
    ((12, ''), (None, ''))
    """
    value, note = number(text)
    if not isinstance(value, float) or not value.is_integer() or abs(value) >= _EXACT_INTEGERS:
        return None, ""
    return int(value), note


def measure(text: str, scales: Mapping[str, Fraction]) -> Reading:
    """Read a number that may carry its unit; ``scales`` gives the factor of every unit that is understood.

    >>> measure("35万元", {"万元": Fraction(1), "元": Fraction(1, 10_000)}), measure("约10", {})
    ((35.0, 'unit_in_cell'), (None, ''))
    """
    value, note = number(text)
    if value is not None:
        return value, note
    plain = unicodedata.normalize("NFKC", text).strip()
    for unit in sorted(scales, key=len, reverse=True):
        if plain.casefold().endswith(unit):
            value, _ = number(plain[: -len(unit)].strip())
            if isinstance(value, float):
                return float(Fraction(str(value)) * scales[unit]), "unit_in_cell"
    return None, ""


def count(text: str) -> Reading:
    """Read a number of people or things: 12, 12人, and 无, which is none.

    >>> count("12人"), count("无"), count("12.5")
    ((12, 'unit_in_cell'), (0, 'nothing_is_zero'), (None, ''))
    """
    if text.strip() in NOTHING:
        return 0, "nothing_is_zero"
    value, note = measure(text, {unit: Fraction(1) for unit in _COUNTED})
    if not isinstance(value, float) or not value.is_integer() or abs(value) >= _EXACT_INTEGERS:
        return None, ""
    return int(value), note


def day(text: str, *, base_1904: bool = False) -> Reading:
    """Read a day: year first, or a spreadsheet's number of a day. What could be two days is none.

    A stamp with a zone is a day in China. A month or a year alone is no day: ``day_of_month``; see :func:`span`.

    >>> day("2024年3月1日"), day("45352")
    ((datetime.date(2024, 3, 1), 'date_writing'), (datetime.date(2024, 3, 1), 'date_serial'))
    >>> day("03/04/2024"), day("2024年3月")
    ((None, ''), (None, 'day_of_month'))
    """
    plain = _dated(text)
    found = _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found:
        value = _date(int(found[1]), int(found[2]), int(found[3]))
        if value is None:
            return None, ""
        clock = found[4] if found.re is _YEAR_FIRST else None
        stamp = _ZONED.fullmatch(clock) if clock else None
        if stamp:
            return _day_in_china(value, stamp)
        if clock and not _MIDNIGHT.fullmatch(clock):
            return (value, "time_dropped") if _CLOCK.fullmatch(clock) else (None, "")
        return value, "" if text.startswith(value.isoformat()) else "date_writing"
    serial = _SERIAL.fullmatch(plain)
    if serial and _SERIALS[0] <= int(serial[1]) <= _SERIALS[1]:
        base = dt.date(1904, 1, 1) if base_1904 else dt.date(1899, 12, 30)
        return base + dt.timedelta(days=int(serial[1])), "date_serial"
    return None, "day_of_month" if span(text) is not None else ""


def span(text: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of a month or a year that a text names, None where it names neither.

    >>> span("2021年3月")
    (datetime.date(2021, 3, 1), datetime.date(2021, 3, 31))
    """
    plain = _dated(text)
    month, year = _MONTH.fullmatch(plain), _YEAR.fullmatch(plain)
    if month:
        first = _date(int(month[1] or month[3]), int(month[2] or month[4]), 1)
        # 2021.1 may have been 2021.10 in a cell of numbers: no month.
        if first is None or re.fullmatch(r"\d{4}\.1", plain):
            return None
        return first, (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    first = _date(int(year[1]), 1, 1) if year else None
    return None if first is None else (first, first.replace(month=12, day=31))


def _dated(text: str) -> str:
    """Return a text with its day in half-width digits and plain hyphens, without weekday, remark and full stop."""
    plain = re.sub(r"\s*[—–―－‐]+\s*", "-", unicodedata.normalize("NFKC", text).strip()).replace("号", "日")
    han = _HAN_DAY.fullmatch(plain)
    if han:
        year = "".join(str(_HAN[sign]) for sign in han[1])
        return "-".join([year, *(f"{_tens(part):02d}" for part in han.groups()[1:] if part)])
    for _ in range(3):
        plain = _WHOLE_DAY_TAIL.sub("", plain)
    return plain


def _tens(signs: str) -> int:
    """Return a number up to 39 in Chinese: 五, 十五, 二十, 三十一."""
    if "十" not in signs:
        return int("".join(str(_HAN[sign]) for sign in signs))
    tens, _, ones = signs.partition("十")
    return (_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0)


def _date(year: int, month: int, on: int) -> dt.date | None:
    try:
        value = dt.date(year, month, on)
    except ValueError:
        return None
    return value if _YEARS[0] <= value.year <= _YEARS[1] else None


def _day_in_china(written: dt.date, stamp: re.Match[str]) -> Reading:
    """Return the day in China of a time stamp that states its zone; the note says so where it is another day."""
    hour, minute, utc, sign, hours, minutes = stamp.groups()
    ahead = dt.timedelta() if utc else dt.timedelta(hours=int(hours), minutes=int(minutes))
    moment = dt.datetime.combine(written, dt.time(int(hour), int(minute))) - (-ahead if sign == "-" else ahead)
    value = (moment + _CHINA).date()
    if value != written:
        return value, "zone_day"
    return value, "" if moment.time() == dt.time() or (moment + _CHINA).time() == dt.time() else "time_dropped"


def boolean(text: str) -> Reading:
    """Read yes or no in the writings of an answer; unknown is neither."""
    said, note = answer(text)
    return (None, "") if said in (None, Answer.UNKNOWN) else (said == Answer.YES, note)


def choice(kind: type[StrEnum]) -> Callable[[str], Reading]:
    """Return the reader of one code of ``kind``, by code or Chinese term."""
    if kind is Answer:
        return answer
    if kind is LegalForm:
        return legal_form

    def read(text: str) -> Reading:
        member = recognise(kind, text) or recognise(kind, _LEVEL.sub("", text.strip()))
        return (None, "") if member is None else (member.value, "")

    return read


def legal_form(text: str) -> Reading:
    """Read a legal form: the terms of the Measure, and the types of a business register.

    >>> legal_form("有限责任公司(自然人投资或控股)"), legal_form("有限责任公司分公司")
    (('company', 'code_writing'), ('branch', 'code_writing'))
    """
    member = recognise(LegalForm, text)
    if member is not None:
        return member.value, ""
    plain = unicodedata.normalize("NFKC", text).strip()
    said = {form.value for pattern, form in _FORMS if re.search(pattern, plain)}
    return (said.pop(), "code_writing") if len(said) == 1 else (None, "")


def choices(kind: type[StrEnum]) -> Callable[[str], Reading]:
    """Return the reader of a list of codes of ``kind``; every part must be one."""

    def read(text: str) -> Reading:
        members = [recognise(kind, part) for part in _parts(text, _LIST)]
        if None in members or not members:
            return None, ""
        joined = ";".join(member.value for member in members if member is not None)
        return joined, ""

    return read


def codes(text: str) -> Reading:
    """Read a list of identifiers: half width, separated by any of ; , 、 / | or a line end."""
    plain = unicodedata.normalize("NFKC", text)
    joined = ";".join(re.sub(r"\s+", "", part) for part in _parts(plain, _LIST))
    return (joined or None), ("" if joined == text else "list_writing")


def names(text: str) -> Reading:
    """Read a list of names: separated by ; 、 or a line end; a comma may belong to a name."""
    joined = ";".join(_parts(text, _NAMES))
    return (joined or None), ("" if joined == text else "list_writing")


def _parts(text: str, separator: re.Pattern[str]) -> list[str]:
    return [part.strip() for part in separator.split(text) if part.strip()]
