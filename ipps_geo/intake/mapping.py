"""Which column of a file is which column of a table: exact names, synonyms, likeness with a confidence, saved mappings.

>>> found = map_columns(["企业编号", "企业名称*", "统一社会信用代码"], "enterprises")
>>> found.by_header["企业名称*"], found.missing
('name', ())
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.network_columns import DESCRIBED

MAPPING_FILE = "columns.toml"
"""File of a workspace folder that keeps mappings, one section per table."""

LIKELY = 0.9
"""From this confidence on a header that is only alike is used, with a note."""
_WORTH_NAMING = 0.6
_EXACT, _SAME_LETTERS = 1.0, 0.98

LONGITUDE, LATITUDE, COORDINATES = "lon", "lat", "lonlat"
"""Names that a column of coordinates maps to beside the columns of the table."""
_PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LONGITUDE: ("lon", "lng", "long", "longitude", "x", "经度", "东经", "经度坐标", "x坐标", "横坐标", "lon_wgs84"),
        LATITUDE: ("lat", "latitude", "y", "纬度", "北纬", "纬度坐标", "y坐标", "纵坐标", "lat_wgs84"),
        COORDINATES: ("坐标", "经纬度", "lonlat", "lnglat", "coordinates", "经纬度坐标", "位置坐标"),
    }
)
SavedMappings = Mapping[str, Mapping[str, str]]
"""Column by header, by table: what a file of mappings holds."""
_GEOMETRY = ("geometry", "geom", "wkt", "the_geom", "shape", "几何")
_ROSTER = re.compile(r"服务(的)?企业|工作站|roster", re.IGNORECASE)
_DECORATION = re.compile(r"[\s*＊_\-·:：/\\]+|[(（\[【].*?[)）\]】]|必填|选填")


@dataclass(frozen=True)
class MappedColumn:
    """One column of the file read as one column of the table; ``confidence`` 1 is certain."""

    header: str
    column: str
    confidence: float


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a file were understood.

    ``unread`` names headers that belong to no column; ``suggestions`` holds, for some of them, a column they resemble
    and the confidence; ``conflicts`` are headers whose column another header has already taken.
    """

    table: str
    columns: tuple[MappedColumn, ...]
    unread: tuple[str, ...] = ()
    suggestions: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_header(self) -> dict[str, str]:
        """Column of the table by header of the file."""
        return {item.header: item.column for item in self.columns}

    @cached_property
    def by_column(self) -> dict[str, str]:
        """Header of the file by column of the table."""
        return {item.column: item.header for item in self.columns}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that no header gives, and that reading does not find by itself."""
        table = DESCRIBED[self.table]
        return tuple(name for name in table.required if name not in self.by_column and name not in table.derived)

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that was judged: read, not read, or in conflict."""
        return (*self.by_header, *self.unread, *(header for header, _ in self.conflicts))

    @property
    def score(self) -> float:
        """How well the file fits the table: certain matches, less what is missing."""
        return sum(item.confidence for item in self.columns) - 3.0 * len(self.missing)


def map_columns(headers: Sequence[str], table: str, given: Mapping[str, str] | None = None) -> ColumnMapping:
    """Return how ``headers`` fit ``table``.

    ``given`` maps headers to columns (or to "" for not reading them) and wins over every guess; its other headers are
    mapped as usual. A column goes to the header that fits best, at a tie to the first.
    """
    given = dict(given or {})
    allowed = {*DESCRIBED[table].columns, *_PLACES}
    for header, column in given.items():
        if header not in headers or (column and column not in allowed):
            raise BadInput(
                f"the mapping sends {header!r} to {column!r}",
                where=table,
                advice=f"headers of the file: {', '.join(headers)}; columns: {', '.join(sorted(allowed))}",
            )
    wishes: list[tuple[float, int, str, str]] = []
    resembles: dict[str, tuple[str, float]] = {}
    for place, header in enumerate(headers):
        if header in given:
            if given[header]:
                wishes.append((2.0, place, header, given[header]))
            continue
        column, confidence = _best(table, header)
        if confidence >= LIKELY:
            wishes.append((confidence, place, header, column))
        elif confidence >= _WORTH_NAMING:
            resembles[header] = (column, confidence)
    taken: dict[str, str] = {}
    chosen: dict[str, MappedColumn] = {}
    conflicts = []
    for confidence, _, header, column in sorted(wishes, key=lambda wish: (-wish[0], wish[1])):
        if column in taken and header not in chosen:
            conflicts.append((header, column))
        elif header not in chosen:
            taken[column] = header
            chosen[header] = MappedColumn(header, column, min(confidence, 1.0))
    clashing = {header for header, _ in conflicts}
    ordered = tuple(chosen[header] for header in dict.fromkeys(headers) if header in chosen)
    unread = tuple(h for h in dict.fromkeys(headers) if h and h not in chosen and h not in clashing)
    free = {header: found for header, found in resembles.items() if found[0] not in taken}
    return ColumnMapping(table, ordered, unread, free, tuple(conflicts))


def recognised(cells: Sequence[str], table: str) -> int:
    """Return how many of ``cells`` are headers of ``table`` beyond doubt."""
    names = _names(table)
    return len({names[key] for cell in cells if (key := _plain(cell)) and key in names})


def header_names(table: str | None) -> dict[str, str]:
    """Return every name that a header may have, as it is written, with its column; of all tables without one."""
    names: dict[str, str] = {}
    for name in TABLES if table is None else (table,):
        for column in DESCRIBED[name].columns.values():
            for text in (column.name, column.zh, *column.synonyms):
                names.setdefault(text, column.name)
    return names


def likely_table(cells: Sequence[str], hints: Sequence[str] = ()) -> str | None:
    """Return the table whose columns these headers are, or None where they fit none.

    ``hints`` are names that may name the table (a file's stem, a sheet, a layer); one that does wins.
    """
    for hint in hints:
        if _ROSTER.search(hint) and recognised(cells, "rosters") and not map_columns(cells, "rosters").missing:
            return "rosters"
        plain = _plain(hint)
        for name, table in TABLES.items():
            if plain in (_plain(name), _plain(table.zh)) and recognised(cells, name) >= 1:
                return name
    scored = []
    for turn, (name, table) in enumerate(TABLES.items()):
        fit = map_columns(cells, name)
        if fit.missing or (table.geometry_required and not has_place(fit.by_column)):
            continue
        scored.append((len(fit.columns), -turn, name))
    if not scored:
        return None
    most, _, best = max(scored)
    tied = [name for count, _, name in scored if count == most]
    if len(tied) == 1:
        return best
    # Equal counts: a table's own id decides (enterprise_id for enterprises, institution_id for institutions).
    own = [name for name in tied if any(_own_key(name, cell) for cell in cells)]
    if len(own) == 1:
        return own[0]
    # A list of names and codes with a need is a roster; without a need it is a list of enterprises.
    if set(tied) == {"enterprises", "rosters"}:
        return "rosters" if "explicit_need" in map_columns(cells, "rosters").by_column else "enterprises"
    return None


def has_place(columns: Mapping[str, object]) -> bool:
    """Return whether mapped columns can give a place."""
    return "geometry" in columns or COORDINATES in columns or (LONGITUDE in columns and LATITUDE in columns)


def as_saved(mapping: ColumnMapping) -> dict[str, str]:
    """Return a mapping as it is saved: column by header, "" for headers that are not read."""
    return {item.header: item.column for item in mapping.columns} | dict.fromkeys(mapping.unread, "")


def save_mapping(path: str | Path, mapping: ColumnMapping) -> None:
    """Write a mapping into the TOML file ``path`` (see :data:`MAPPING_FILE`), beside those of other tables."""
    path = Path(path)
    known = load_mappings(path) if path.exists() else {}
    path.write_text(mappings_text({**known, mapping.table: as_saved(mapping)}), encoding="utf-8", newline="\n")


def mappings_text(mappings: SavedMappings) -> str:
    """Return the text of a file of mappings, one section per table."""
    lines = ["# Header of the file = column of the table; an empty column is not read."]
    for table in sorted(mappings):
        lines += ["", f"[{table}]"]
        lines += [f"{_quoted(header)} = {_quoted(column)}" for header, column in mappings[table].items()]
    return "\n".join(lines) + "\n"


def load_mapping(path: str | Path, table: str) -> dict[str, str] | None:
    """Return the saved mapping of ``table`` as header to column, or None where the file has none."""
    return load_mappings(path).get(table)


def load_mappings(path: str | Path) -> dict[str, dict[str, str]]:
    """Return every saved mapping by table.

    Raises
    ------
    BadInput
        The file is no file of mappings.
    """
    path = Path(path)
    found = read_toml(path)
    for table, section in found.items():
        sound = isinstance(section, dict) and all(isinstance(column, str) for column in section.values())
        if table not in TABLES or not sound:
            raise BadInput("mapping.no_section", where=str(path), section=table)
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    """Return a header without its decoration: blanks, brackets with units, marks of required columns, width, case."""
    text = unicodedata.normalize("NFKC", text).casefold()
    bare = _DECORATION.sub("", text)
    return bare or text.strip()


@cache
def _names(table: str) -> Mapping[str, str]:
    """Return column by undecorated name; where two columns share a synonym the first column has it."""
    names: dict[str, str] = {}
    described = DESCRIBED[table]
    for column in described.columns.values():
        for name in (column.name, column.zh):
            names.setdefault(_plain(name), column.name)
    for column in described.columns.values():
        for name in column.synonyms:
            names.setdefault(_plain(name), column.name)
    if described.geometry is not None:
        for name in _GEOMETRY:
            names.setdefault(_plain(name), "geometry")
    if described.geometry == "point":
        for column_name, synonyms in _PLACES.items():
            for name in synonyms:
                names.setdefault(_plain(name), column_name)
    return MappingProxyType(names)


def _best(table: str, header: str) -> tuple[str, float]:
    if not header or len(header) > 100:
        return "", 0.0
    names = _names(table)
    plain = _plain(header)
    if plain in names:
        column = names[plain]
        described = DESCRIBED[table].columns.get(column)
        exact = described is not None and header in (described.name, described.zh, *described.synonyms)
        return column, _EXACT if exact else _SAME_LETTERS
    from rapidfuzz import fuzz, process

    best = process.extractOne(plain, list(names), scorer=fuzz.ratio, score_cutoff=_WORTH_NAMING * 100)
    # Two or three letters are alike by chance: 区 and 区号, lon and long.
    if best is None or min(len(best[0]), len(plain)) < 4:
        return "", 0.0
    return names[best[0]], round(best[1] / 100, 3)


def _own_key(table: str, cell: str) -> bool:
    keys = [column for column in DESCRIBED[table].columns.values() if column.unique]
    return any(_plain(cell) in (_plain(key.name), _plain(key.zh)) for key in keys)
