"""The files of a GTFS feed (a zip or a folder) as tables of text, with the columns that the network needs.

Field meanings as in the GTFS Schedule reference. A feed is checked by its directory before a byte of it is unpacked.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.intake.archives import check_members, open_archive, read_member
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal

REQUIRED = {
    "stops.txt": ("stop_id",),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
}
OPTIONAL = {
    "routes.txt": ("route_id",),
    "calendar.txt": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "start_date",
        "end_date",
    ),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "transfers.txt": ("from_stop_id", "to_stop_id"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
}  # fmt: skip
"""Files read and the columns they must have; a feed needs one of the two calendars."""

DEFAULTED = {
    "stops.txt": ("stop_name", "stop_lon", "stop_lat", "parent_station", "location_type"),
    "trips.txt": ("direction_id",),
    "routes.txt": ("route_short_name", "route_long_name"),
    "transfers.txt": ("transfer_type", "min_transfer_time", "from_route_id", "to_route_id", "from_trip_id"),
}
"""Columns that are added empty where a feed leaves them out."""

FEED_LIMITS = Limits(max_file_bytes=512 << 20, max_unpacked_bytes=1536 << 20, max_members=200)
"""Bounds of a feed: the stop times of a metropolis are hundreds of megabytes of text."""


def read_feed(path: str | Path, limits: Limits = FEED_LIMITS) -> dict[str, pd.DataFrame]:
    """Return the tables of a feed by file name, every cell as text ("" where empty); absent optional files are empty.

    Raises
    ------
    BadInput
        No such feed, one that is too large or unsafe to unpack, or a file or column that is missing; ``where`` names
        the file.
    """
    feed = Path(path)
    if not feed.exists():
        raise BadInput("no such feed", where=str(path), advice="name a GTFS zip or its folder")
    tables: dict[str, pd.DataFrame] = {}
    try:
        with _members(feed, limits) as read:
            for name, columns in (REQUIRED | OPTIONAL).items():
                content = read(name)
                if content is None and name in REQUIRED:
                    raise BadInput(f"the feed has no {name}", where=str(feed), advice="give a whole GTFS feed")
                tables[name] = _table(content, name, columns, f"{feed.name}/{name}")
    except Refusal as refusal:
        raise BadInput(refusal.code, where=str(feed), **refusal.values) from refusal
    if not len(tables["calendar.txt"]) and not len(tables["calendar_dates.txt"]):
        raise BadInput("neither calendar.txt nor calendar_dates.txt says when the feed runs", where=str(feed))
    return tables


def seconds_of(times: pd.Series, where: str, *, blank: bool = False) -> pd.Series:
    """Return ``H:MM:SS`` of a service day as seconds (float); hours may pass 24. Blanks are nan where ``blank`` allows.

    >>> seconds_of(pd.Series(["07:00:30", "25:00:00"]), "stop_times.txt: departure_time").tolist()
    [25230.0, 90000.0]
    """
    text = times.str.strip()
    parts = text.str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$").astype("float64")
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    wrong = seconds.isna() & ~((text == "") & blank)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadInput(f"row {row + 2}: {times.iloc[row]!r} is not a time", where=where, advice="write it as HH:MM:SS")
    return seconds


def whole(values: pd.Series, where: str) -> pd.Series:
    """Return a column of whole numbers; the first that is none is named."""
    numbers = pd.to_numeric(values.str.strip(), errors="coerce")
    wrong = numbers.isna() | (numbers < 0) | (numbers % 1 != 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadInput(f"row {row + 2}: {values.iloc[row]!r} is not a whole number", where=where)
    return numbers.astype("int64")


@contextlib.contextmanager
def _members(feed: Path, limits: Limits) -> Iterator[Callable[[str], bytes | None]]:
    """Yield a reader of the feed's files by name, None for one that is not there."""
    if feed.is_dir():
        present = {entry.name: entry for entry in feed.iterdir() if entry.is_file() and not entry.is_symlink()}
        total = sum(present[name].stat().st_size for name in REQUIRED | OPTIONAL if name in present)
        if total > limits.max_unpacked_bytes:
            raise BadInput(
                f"{total >> 20} MB of tables, more than {limits.max_unpacked_bytes >> 20}",
                where=str(feed),
                advice="keep the lines and days that matter",
            )
        yield lambda name: present[name].read_bytes() if name in present else None
        return
    if feed.stat().st_size > limits.max_file_bytes:
        raise BadInput(
            f"{feed.stat().st_size >> 20} MB, more than {limits.max_file_bytes >> 20}",
            where=str(feed),
            advice="keep the lines and days that matter",
        )
    with open_archive(feed) as archive:
        check_members(archive, limits)
        # Some publishers zip the folder and not its files.
        inside = {name.rsplit("/", 1)[-1]: name for name in sorted(archive.namelist(), reverse=True)}
        yield lambda name: read_member(archive, inside[name], limits) if name in inside else None


def _table(content: bytes | None, name: str, columns: tuple[str, ...], where: str) -> pd.DataFrame:
    if content is None:
        frame = pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    else:
        try:
            frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
        except (ValueError, pd.errors.ParserError) as error:
            raise BadInput(f"not a table ({error})", where=where, advice="GTFS is comma-separated UTF-8") from error
        frame.columns = [str(column).strip() for column in frame.columns]
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            raise BadInput(f"no column {', '.join(missing)}", where=where)
    return frame.assign(**{column: "" for column in DEFAULTED.get(name, ()) if column not in frame.columns})
