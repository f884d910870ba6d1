"""Coordinates of points as people write them: pairs of columns, columns of pairs, degrees and minutes.

Where several pairs stand side by side (GCJ-02 beside WGS 84), the one that needs no conversion is taken, gaps are
filled from the others, and the others cross-check it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipps_geo.intake import datum as dt
from ipps_geo.intake import writings
from ipps_geo.intake.cells import Cells
from ipps_geo.intake.header_columns import COORDINATES, LATITUDE, LONGITUDE
from ipps_geo.intake.problems import ProblemLog

DATUM = "datum"
"""Column that names the reference system of each row's coordinates."""
AGREES_M = 20.0
"""Pairs of columns that lie this near to each other say the same."""
DISAGREES_M = 100.0

_M_PER_DEGREE = 111_320.0
_PLAIN_PAIR = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[,，;；、/|\s]\s*([+-]?\d+(?:\.\d+)?)")
_NUMBERS = re.compile(r"[+-]?\d+(?:\.\d+)?")
_NAMED = re.compile(r"[\"'“]?(?P<name>lng|lon|longitude|lat|latitude|经度|纬度)[\"'”]?\s*[:：=]\s*", re.IGNORECASE)
_SIGN = re.compile(r"[°º˚度'′’‘分\"″”“秒]|[EWNS东西南北]", re.IGNORECASE)
_DEGREES = re.compile(
    r"(?P<before>[EWNS]|[东西][经]?|[南北][纬]?)?\s*(?P<d>[+-]?\d+(?:\.\d+)?)\s*[°º˚度]?"
    r"(?:\s*(?P<m>\d+(?:\.\d+)?)\s*['′’‘分])?(?:\s*(?P<s>\d+(?:\.\d+)?)\s*(?:[\"″”“秒]|''|′′|’’)?)?\s*(?P<after>[EWNS])?",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Places:
    """Geometries as the file gives them: coordinates of points, or shapes; ``column`` heads the problems.

    ``datum`` is the reference system that headers or rows of the file itself state, None where they state none;
    ``said`` are the texts around the table that may speak of it.
    """

    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    shapes: NDArray[Any] | None = None
    column: str = ""
    crs: str | None = None
    stated: bool = False
    shown: Any = None
    datum: str | None = None
    said: tuple[str, ...] = ()


@dataclass(eq=False)
class _Pair:
    """One way in which the file gives its places, in the reference system that its headers state."""

    datum: str | None
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    column: str
    shown: Any


class Together:
    """The two coordinates of a row as one value for a message."""

    def __init__(self, x: pa.Array, y: pa.Array) -> None:
        self.x, self.y = x, y

    def __getitem__(self, row: int) -> str:
        return f"{self.x[row]}, {self.y[row]}"


def points_of_columns(cells: dict[str, Cells], log: ProblemLog) -> Places | None:
    """Return the places that columns of coordinates give; None without a whole pair.

    The keys are ``lon`` and ``lat``, or ``lonlat``; ``lon@gcj02`` is a column whose header states its reference system.
    """
    marks = [
        at for at in dict.fromkeys(name.partition("@")[2] for name in cells if _of_place(name)) if _whole(cells, at)
    ]
    if not marks:
        return None
    chosen: _Pair | None = None
    # Only the pair that is used may spoil a row; the others fill its gaps and check it.
    aside = ProblemLog(log.file, log.sheet, log.numbers, by_feature=log.by_feature)
    for at in sorted(marks, key=_conversions):
        pair = _pair(cells, at, log if chosen is None else aside)
        if at == "" and DATUM in cells:
            _by_row(pair, cells[DATUM], log)
        if chosen is None:
            chosen = pair
        else:
            _cross_check(chosen, pair, log)
    if chosen is None:  # pragma: no cover - there is at least one mark
        return None
    return Places(chosen.x, chosen.y, column=chosen.column, shown=chosen.shown, datum=chosen.datum)


def _of_place(name: str) -> bool:
    return name.partition("@")[0] in (LONGITUDE, LATITUDE, COORDINATES)


def _key(name: str, at: str) -> str:
    return f"{name}@{at}" if at else name


def _whole(cells: dict[str, Cells], at: str) -> bool:
    return _key(COORDINATES, at) in cells or all(_key(name, at) in cells for name in (LONGITUDE, LATITUDE))


def _conversions(at: str) -> int:
    """Return the rank of a pair: what needs no conversion, what is exact, what is shifted, what nobody states."""
    if not at:
        return 3
    return 0 if at == "wgs84" else 2 if at in ("gcj02", "bd09") else 1


def _pair(cells: dict[str, Cells], at: str, log: ProblemLog) -> _Pair:
    one, lon, lat = (cells.get(_key(name, at)) for name in (COORDINATES, LONGITUDE, LATITUDE))
    if lon is None or lat is None:
        texts = cells[_key(COORDINATES, at)] if one is None else one
        x, y = _of_texts(texts, log)
        return _Pair(at or None, x, y, texts.header, texts.text)
    x, y = ordinates(lon, log), ordinates(lat, log)
    blank_x, blank_y = (own.text.is_null().to_numpy(zero_copy_only=False) for own in (lon, lat))
    for own, half in ((lon, blank_x & ~blank_y), (lat, ~blank_x & blank_y)):
        log.about_rows("half_coordinate", half & ~log.faulty(own.header), column=own.header)
    return _Pair(at or None, x, y, lon.header, Together(lon.text, lat.text))


def ordinates(cells: Cells, log: ProblemLog) -> NDArray[np.float64]:
    """Return one column of coordinates: numbers, or degrees, minutes and seconds; what is neither is named."""
    try:
        values = cells.text.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    except pa.ArrowInvalid:
        texts = cells.text.to_pylist()
        values = np.array([np.nan if text is None else _ordinate(text) for text in texts], dtype=np.float64)
        written = [text is not None and _SIGN.search(text) is not None for text in texts]
        log.about_rows("coordinate_writing", np.array(written) & np.isfinite(values), column=cells.header)
    values = np.where(np.isfinite(values), values, np.nan)
    wrong = np.isnan(values) & cells.text.is_valid().to_numpy(zero_copy_only=False)
    log.about_rows("bad_coordinate", wrong & ~log.faulty(cells.header), column=cells.header, values=cells.text)
    return values


def _ordinate(text: str) -> float:
    read, _ = writings.number(text)
    if read is not None:
        return float(str(read))
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DEGREES.fullmatch(plain)
    if found is not None:
        return _decimal(found)
    parts = re.fullmatch(r"(\d+)[:\s](\d+)[:\s](\d+(?:\.\d+)?)", plain)
    return np.nan if parts is None else _sexagesimal(float(parts[1]), float(parts[2]), float(parts[3]))


def degrees(text: str) -> float:
    """Return a coordinate as a person writes it in degrees, NaN for what is none.

    >>> round(degrees("E116°18′32″"), 6), degrees("北纬39.9度"), degrees("116°75′")
    (116.308889, 39.9, nan)
    """
    return _ordinate(text)


def _decimal(found: re.Match[str]) -> float:
    value = _sexagesimal(float(found["d"]), float(found["m"] or 0), float(found["s"] or 0))
    side = ((found["before"] or "") + (found["after"] or "")).upper()
    return -value if any(mark in side for mark in ("W", "S", "西", "南")) else value


def _sexagesimal(whole: float, minutes: float, seconds: float) -> float:
    if minutes >= 60 or seconds >= 60:
        return np.nan
    return whole + minutes / 60 + seconds / 3600


def _of_texts(cells: Cells, log: ProblemLog) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pairs of one column; latitude first is turned and told, for only one of the two can exceed 90."""
    read = [(np.nan, np.nan) if text is None else pair_of(text) for text in cells.text.to_pylist()]
    x, y = np.array(read, dtype=np.float64).reshape(-1, 2).T
    wrong = cells.text.is_valid().to_numpy(zero_copy_only=False) & ~(np.isfinite(x) & np.isfinite(y))
    log.about_rows("bad_coordinate", wrong, column=cells.header, values=cells.text)
    with np.errstate(invalid="ignore"):
        turned = (np.abs(x) <= 90) & (np.abs(y) > 90) & (np.abs(y) <= 180)
    log.about_rows("pair_turned", turned, column=cells.header, values=cells.text)
    return np.where(turned, y, x), np.where(turned, x, y)


def pair_of(text: str) -> tuple[float, float]:
    """Return the two coordinates in one text, as it orders or names them; NaN where there are not two.

    >>> pair_of("116.3,39.9"), pair_of("[116.3 39.9]"), pair_of("lat: 39.9, lng: 116.3")
    ((116.3, 39.9), (116.3, 39.9), (116.3, 39.9))
    >>> [round(value, 4) for value in pair_of("N40°2′43″ E116°18′8″")]
    [116.3022, 40.0453]
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"^(?:SRID=\d+;)?\s*POINT\s*", "", plain, flags=re.IGNORECASE).strip(" ()[]{}（）【】")
    simple = _PLAIN_PAIR.fullmatch(plain)
    if simple is not None:
        return float(simple[1]), float(simple[2])
    named = [found["name"].casefold() for found in _NAMED.finditer(plain)]
    if len(named) == 2:
        values = [float(value) for value in _NUMBERS.findall(_NAMED.sub(" ", plain))]
        if len(values) != 2:
            return np.nan, np.nan
        first_is_latitude = named[0].startswith(("lat", "纬"))
        return (values[1], values[0]) if first_is_latitude else (values[0], values[1])
    if _SIGN.search(plain) is None:
        return np.nan, np.nan
    found = [match for match in _DEGREES.finditer(plain) if match["d"]]
    if len(found) != 2:
        return np.nan, np.nan
    first, second = (_decimal(match) for match in found)
    side = ((found[0]["before"] or "") + (found[0]["after"] or "")).upper()
    return (second, first) if any(mark in side for mark in ("N", "S", "南", "北")) else (first, second)


def _by_row(pair: _Pair, said: Cells, log: ProblemLog) -> None:
    """Bring every row to what its own column states, so that the pair is in one reference system."""
    texts = said.text.to_pylist()
    names = {text: None if text is None else dt.datum_named(text) for text in set(texts)}
    own = np.array([names[text] for text in texts], dtype=object)
    unknown = np.array([text is not None and names[text] is None for text in texts], dtype=bool)
    log.about_rows("datum_word", unknown, column=said.header, values=said.text)
    pair.x, pair.y = (np.where(unknown, np.nan, each) for each in (pair.x, pair.y))  # some hundred metres off, or not
    stated = {name for name in own if name is not None}
    blank = np.array([text is None for text in texts], dtype=bool) & np.isfinite(pair.x)
    if not stated:
        return
    if len(stated) == 1:
        pair.datum = str(next(iter(stated)))
        log.about_rows("datum_blank", blank, column=said.header, datum=pair.datum)
        return
    for name in sorted(stated):
        rows = np.flatnonzero(own == name)
        pair.x[rows], pair.y[rows] = dt.convert_points(pair.x[rows], pair.y[rows], str(name))
        log.about_file("datum_of_rows", column=said.header, datum=name, count=len(rows))
    log.about_rows("datum_blank", blank, column=said.header, datum="wgs84")
    pair.datum = "wgs84"


def _cross_check(chosen: _Pair, other: _Pair, log: ProblemLog) -> None:
    """Fill the gaps of the chosen pair from another one, and name the rows in which the two differ."""
    base = chosen.datum or "wgs84"
    mine = dt.convert_points(chosen.x, chosen.y, base)
    readings = [other.datum] if other.datum is not None else ["wgs84", "gcj02", "bd09"]
    apart = {name: _metres(mine, dt.convert_points(other.x, other.y, name)) for name in readings}
    both = np.isfinite(mine[0]) & np.isfinite(other.x)
    if not both.any():
        if other.datum is None:
            return
        best = other.datum
    else:
        best = min(apart, key=lambda name: float(np.nanmedian(apart[name][both])))
        middle = float(np.nanmedian(apart[best][both]))
        log.about_file("pair_chosen", column=chosen.column, other=other.column, datum=best, found=f"{middle:.1f}")
        far = both & (apart[best] > DISAGREES_M)
        listed = [f"{value:.0f}" for value in apart[best][far]]
        log.about_rows("pairs_disagree", far, column=chosen.column, each={"found": listed}, other=other.column)
    gap = ~np.isfinite(chosen.x) & np.isfinite(other.x) & np.isfinite(other.y)
    if gap.any():
        x, y = dt.convert_points(other.x, other.y, best)
        if base not in ("wgs84",):
            chosen.x, chosen.y = mine
            chosen.datum = "wgs84"
        chosen.x, chosen.y = np.where(gap, x, chosen.x), np.where(gap, y, chosen.y)
        log.about_rows("pair_filled", gap, column=chosen.column, other=other.column)


def _metres(
    one: tuple[NDArray[np.float64], NDArray[np.float64]], other: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    east = (one[0] - other[0]) * np.cos(np.radians(np.where(np.abs(one[1]) <= 90, one[1], 0.0)))
    return np.asarray(np.hypot(east, one[1] - other[1]) * _M_PER_DEGREE, dtype=np.float64)
