"""How people write numbers, days, answers and lists, one cell at a time: (value or None, code of a note or "")."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from ipps_geo.vocabulary import Answer, recognise

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
_BEIJING = dt.timedelta(hours=8)
_YEARS = (1900, 2100)
_SERIALS = (15_000, 80_000)
_LIST = re.compile(r"[;；,，、|/\n]+")
_NAMES = re.compile(r"[;；、\n]+")
_EXACT_INTEGERS = 2**53

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


def day(text: str, *, base_1904: bool = False) -> Reading:
    """Read a day: year first, or a spreadsheet's number of a day. What could be two days is none.

    A time stamp that states its zone is the day that it was in Beijing.

    >>> day("2024年3月1日"), day("45352"), day("03/04/2024")
    ((datetime.date(2024, 3, 1), 'date_writing'), (datetime.date(2024, 3, 1), 'date_serial'), (None, ''))
    >>> day("2025-12-31T17:00:00Z")
    (datetime.date(2026, 1, 1), 'zone_day')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found:
        try:
            value = dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None, ""
        if not _YEARS[0] <= value.year <= _YEARS[1]:
            return None, ""
        clock = found[4] if found.re is _YEAR_FIRST else None
        stamp = _ZONED.fullmatch(clock) if clock else None
        if stamp:
            return _beijing_day(value, stamp)
        if clock and not _MIDNIGHT.fullmatch(clock):
            return (value, "time_dropped") if _CLOCK.fullmatch(clock) else (None, "")
        return value, "" if text.startswith(value.isoformat()) else "date_writing"
    serial = _SERIAL.fullmatch(plain)
    if serial and _SERIALS[0] <= int(serial[1]) <= _SERIALS[1]:
        base = dt.date(1904, 1, 1) if base_1904 else dt.date(1899, 12, 30)
        return base + dt.timedelta(days=int(serial[1])), "date_serial"
    return None, ""


def _beijing_day(written: dt.date, stamp: re.Match[str]) -> Reading:
    """Return the day in Beijing of a time stamp that states its zone; the note says so where it is another day."""
    hour, minute, utc, sign, hours, minutes = stamp.groups()
    ahead = dt.timedelta() if utc else dt.timedelta(hours=int(hours), minutes=int(minutes))
    moment = dt.datetime.combine(written, dt.time(int(hour), int(minute))) - (-ahead if sign == "-" else ahead)
    value = (moment + _BEIJING).date()
    if value != written:
        return value, "zone_day"
    return value, "" if moment.time() == dt.time() or (moment + _BEIJING).time() == dt.time() else "time_dropped"


def boolean(text: str) -> Reading:
    """Read yes or no in the writings of an answer; unknown is neither."""
    answer = recognise(Answer, text)
    return (None, "") if answer in (None, Answer.UNKNOWN) else (answer is Answer.YES, "")


def choice(kind: type[StrEnum]) -> Callable[[str], Reading]:
    """Return the reader of one code of ``kind``, by code or Chinese term."""

    def read(text: str) -> Reading:
        member = recognise(kind, text)
        return (None, "") if member is None else (member.value, "")

    return read


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
