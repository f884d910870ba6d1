"""The files of GTFS feeds: folders and archives, one or several feeds in each, read by the columns that are needed.

Field meanings as in the GTFS Schedule reference. An archive is checked by its directory before a byte of it is
unpacked. Stop times of a metropolis are hundreds of megabytes of text: files are read in pieces, each text of a column
kept once.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.intake.archives import broken_member, check_members, open_archive
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal

if TYPE_CHECKING:
    from ipps_geo.reach.gtfs_rows import LeftOut

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
    "stop_times.txt": ("pickup_type", "drop_off_type"),
    "routes.txt": ("route_short_name", "route_long_name"),
    "transfers.txt": ("transfer_type", "min_transfer_time", "from_route_id", "to_route_id", "from_trip_id"),
}
"""Columns that are empty where a feed leaves them out."""

FEED_LIMITS = Limits(max_file_bytes=512 << 20, max_unpacked_bytes=3072 << 20, max_members=400)
"""Bounds of an archive of feeds."""

NUMBER = "\x00row"
"""Column of the row numbers, as an editor shows them: the header is row 1."""

_BLOCK = 8 << 20
_SURPLUS = "\x00surplus"


@dataclass(frozen=True, eq=False)
class FeedFiles:
    """One feed: its name for people and how to open one of its files (None for one that is not there)."""

    name: str
    open: Callable[[str], BinaryIO | None]


@contextlib.contextmanager
def open_feeds(path: str | Path, limits: Limits = FEED_LIMITS) -> Iterator[list[FeedFiles]]:
    """Yield the feeds of a zip or a folder; each folder inside that holds a whole feed is one.

    Raises
    ------
    BadInput
        No such file, no feed, one in pieces over several folders, or an archive that is too large or unsafe.
    """
    place = Path(path)
    if not place.exists():
        raise BadInput("gtfs.no_such_feed", where=str(path))
    if place.is_dir():
        yield _feeds_of_folder(place, limits)
        return
    if place.stat().st_size > limits.max_file_bytes:
        size, most = place.stat().st_size >> 20, limits.max_file_bytes >> 20
        raise BadInput("gtfs.too_large", where=place.name, size=size, most=most)
    try:
        with open_archive(place) as archive:
            check_members(archive, limits)
            names = archive.namelist()
    except Refusal as refusal:
        raise BadInput(refusal.code, where=place.name, **refusal.values) from refusal
    feeds = _grouped({PurePosixPath(name): name for name in names}, place.name)
    with zipfile.ZipFile(place) as archive:

        def opener(members: dict[str, str]) -> Callable[[str], BinaryIO | None]:
            def opened(name: str) -> BinaryIO | None:
                if name not in members:
                    return None
                try:
                    with broken_member(name):
                        return archive.open(members[name])  # type: ignore[return-value]
                except Refusal as refusal:
                    raise BadInput(refusal.code, where=f"{place.name}/{name}", **refusal.values) from refusal

            return opened

        yield [FeedFiles(name, opener(members)) for name, members in feeds]


def _feeds_of_folder(folder: Path, limits: Limits) -> list[FeedFiles]:
    listed = [*folder.iterdir(), *folder.glob("*/*")]
    present = {
        PurePosixPath(entry.relative_to(folder).as_posix()): str(entry)
        for entry in listed
        if entry.is_file() and not entry.is_symlink() and not entry.parent.is_symlink()
    }
    total = sum(Path(file).stat().st_size for path, file in present.items() if path.name.lower() in REQUIRED | OPTIONAL)
    if total > limits.max_unpacked_bytes:
        raise BadInput("gtfs.too_large", where=folder.name, size=total >> 20, most=limits.max_unpacked_bytes >> 20)

    def opener(members: dict[str, str]) -> Callable[[str], BinaryIO | None]:
        return lambda name: Path(members[name]).open("rb") if name in members else None

    return [FeedFiles(name, opener(members)) for name, members in _grouped(present, folder.name)]


def _grouped(present: dict[PurePosixPath, str], name: str) -> list[tuple[str, dict[str, str]]]:
    """Return (name, files) of every feed: by folder, since some publishers zip the folder and some several of them."""
    folders: dict[PurePosixPath, dict[str, str]] = {}
    for path, member in sorted(present.items()):
        if path.name.lower() in REQUIRED | OPTIONAL and "__MACOSX" not in path.parts:
            folders.setdefault(path.parent, {})[path.name.lower()] = member
    whole = {folder: files for folder, files in folders.items() if all(need in files for need in REQUIRED)}
    broken = [folder for folder, files in folders.items() if folder not in whole and set(files) & set(REQUIRED)]
    if not whole:
        if not folders:
            raise BadInput("gtfs.no_feed", where=name)
        if len(broken) > 1:
            raise BadInput("gtfs.in_pieces", where=name, folders=tuple(str(folder) for folder in broken))
        fullest = max(folders.values(), key=lambda files: len(set(files) & set(REQUIRED)))
        raise BadInput("gtfs.no_file", where=name, file=next(need for need in REQUIRED if need not in fullest))
    if broken:
        raise BadInput("gtfs.in_pieces", where=name, folders=tuple(str(folder) for folder in sorted(folders)))
    if len(whole) == 1:
        return [(name, files) for files in whole.values()]
    return [(f"{name}/{folder}", files) for folder, files in sorted(whole.items())]


def read_tables(feed: FeedFiles, left_out: LeftOut) -> dict[str, pd.DataFrame]:
    """Return the tables of a feed by file name, every cell as text ("" where empty); absent optional files are empty.

    The columns are those of ``REQUIRED``, ``OPTIONAL`` and ``DEFAULTED``, and ``NUMBER``. Columns of ``stop_times.txt``
    are categorical. Rows with too few or too many fields go to ``left_out``; surplus empty fields are none.

    Raises
    ------
    BadInput
        A file or column that is missing, a file that is no table, or too many bad rows in one.
    """
    tables = {}
    for name, columns in (REQUIRED | OPTIONAL).items():
        where = f"{feed.name}/{name}"
        wanted = (*columns, *DEFAULTED.get(name, ()))
        opened = feed.open(name)
        if opened is None:
            tables[name] = pd.DataFrame({column: pd.Series(dtype="str") for column in wanted}).assign(
                **{NUMBER: pd.Series(dtype="int64")}
            )
            continue
        opened.close()
        tables[name] = _table(_Again(feed, name), columns, wanted, where, left_out)
        left_out.refuse_many(where, len(tables[name]))
    if not len(tables["calendar.txt"]) and not len(tables["calendar_dates.txt"]):
        raise BadInput("gtfs.no_calendar", where=feed.name)
    return tables


@dataclass(frozen=True)
class _Again:
    """A file of a feed that can be opened from its beginning as often as it is called."""

    feed: FeedFiles
    name: str

    def __call__(self) -> BinaryIO:
        opened = self.feed.open(self.name)
        if opened is None:
            raise BadInput("gtfs.no_file", where=self.feed.name, file=self.name)
        return opened


def _table(
    again: Callable[[], BinaryIO], needed: tuple[str, ...], wanted: tuple[str, ...], where: str, left_out: LeftOut
) -> pd.DataFrame:
    with again() as stream, broken_member(where.rsplit("/", 1)[-1]):
        encoding = _encoding(stream, where)
    with again() as stream:
        head = _head(stream, encoding)
    if not head:
        raise BadInput("gtfs.empty_file", where=where)
    names = [name.strip().strip("\ufeff").lower() for name in head[0]]
    missing = [column for column in needed if column not in names]
    if missing:
        raise BadInput("gtfs.no_column", where=where, columns=", ".join(missing), found=", ".join(names)[:200])
    double = [name for name in needed if names.count(name) > 1]
    if double:
        raise BadInput("gtfs.column_twice", where=where, column=double[0])
    # A comma at the end of every row is one empty field too many, and shifts nothing.
    first = head[1] if len(head) > 1 else []
    surplus = len(first) - len(names)
    if surplus > 0 and not any(cell.strip() for cell in first[len(names) :]):
        names += [""] * surplus
    unique = [
        name if name in wanted and names.index(name) == at else f"{_SURPLUS}{at}" for at, name in enumerate(names)
    ]
    with again() as stream:
        frame, odd = _parsed(stream, unique, [name for name in wanted if name in unique], encoding, where)
    torn = next((row for row, text in odd if "\n" in text.strip()), None)
    if torn is not None:
        raise BadInput("gtfs.open_quote", where=where, row=torn)
    kept, bad = _odd_rows(odd, unique)
    left_out.add(where, [row for row, _ in bad], "", "fields", [",".join(fields)[:80] for _, fields in bad])
    if kept:
        more = pd.DataFrame([dict(zip(unique, fields, strict=False)) for _, fields in kept])[list(frame.columns)]
        numbers = np.array([row for row, _ in kept], dtype=np.int64)
        both = pd.concat([frame.astype("str"), more.astype("str")], ignore_index=True)
        dropped = np.array(sorted(row for row, _ in odd), dtype=np.int64)
        every = np.concatenate([_numbers(len(frame), dropped), numbers])
        frame = both.assign(**{NUMBER: every}).sort_values(NUMBER, kind="stable", ignore_index=True)
    else:
        frame[NUMBER] = _numbers(len(frame), np.array(sorted(row for row, _ in odd), dtype=np.int64))
    # A blank line is no row.
    written = np.zeros(len(frame), dtype=bool)
    for column in needed:
        written |= (frame[column].astype("str") != "").to_numpy()
    frame = frame.loc[written].reset_index(drop=True)
    for column in wanted:
        if column not in frame:
            frame[column] = ""
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = _stripped(frame[column])
        else:
            frame[column] = frame[column].astype("str").str.strip().astype("category")
    if not where.endswith("stop_times.txt"):
        frame = frame.astype(dict.fromkeys(wanted, "str"))
    return frame[[*wanted, NUMBER]]


def _stripped(column: pd.Series) -> pd.Series:
    old = column.cat.categories.astype("str")
    new = old.str.strip()
    if (new == old).all():
        return column
    texts, place = np.unique(new.to_numpy(dtype=object), return_inverse=True)
    codes = place.reshape(-1)[column.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype="str")), index=column.index)


def _numbers(count: int, dropped: Any) -> Any:
    """Return the row numbers of ``count`` rows that stand around the ``dropped`` ones (ascending)."""
    numbers = np.arange(2, count + len(dropped) + 2, dtype=np.int64)
    return np.setdiff1d(numbers, dropped, assume_unique=True)


def _odd_rows(odd: list[tuple[int, str]], names: list[str]) -> tuple[list[Any], list[Any]]:
    """Return (rows that only carry surplus empty fields, rows that cannot be read), each (number, fields)."""
    kept, bad = [], []
    for number, text in odd:
        fields = next(csv.reader([text]), [])
        if not any(field.strip() for field in fields):
            continue
        if len(fields) > len(names) and not any(field.strip() for field in fields[len(names) :]):
            kept.append((number, fields[: len(names)]))
        elif len(fields) < len(names) and all(name.startswith(_SURPLUS) for name in names[len(fields) :]):
            kept.append((number, [*fields, *[""] * (len(names) - len(fields))]))
        else:
            bad.append((number, fields))
    return kept, bad


def _parsed(
    stream: BinaryIO, names: list[str], wanted: list[str], encoding: str, where: str
) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Return the wanted columns of every row with as many fields as ``names``, and the other rows as (number, text)."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    odd: list[tuple[int, str]] = []

    def note(row: Any) -> str:
        odd.append((int(row.number), str(row.text)))
        return "skip"

    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        reader = arrow.open_csv(
            stream,
            read_options=arrow.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=names, skip_rows=1, encoding=encoding
            ),
            parse_options=arrow.ParseOptions(
                newlines_in_values=False, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=arrow.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, kind), strings_can_be_null=False
            ),
        )
        table = pa.Table.from_batches(list(reader), schema=reader.schema).unify_dictionaries()
    except pa.ArrowInvalid as error:
        raise BadInput("gtfs.not_a_table", where=where) from error
    return table.to_pandas(), odd


def _encoding(stream: BinaryIO, where: str) -> str:
    """Return ``utf-8``, or ``gb18030`` for a file that can only be that."""
    for name in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        stream.seek(0)
        try:
            while chunk := stream.read(_BLOCK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise BadInput("gtfs.not_utf8", where=where)


def _head(stream: BinaryIO, encoding: str) -> list[list[str]]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    try:
        return list(itertools.islice(csv.reader(text), 2))
    except csv.Error:
        return []
    finally:
        text.detach()
