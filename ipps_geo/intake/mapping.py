"""Which column of a file is which column of a table: exact names, synonyms, likeness with a confidence, saved mappings.

>>> found = map_columns(["企业编号", "企业名称*", "统一社会信用代码"], "enterprises")
>>> found.by_header["企业名称*"], found.missing
('name', ())
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from ipps_geo.columns import DESCRIBED, TABLES
from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.identity import UsccCheck, uscc_check
from ipps_geo.intake.evidence import FEW, HALF, MOST, fit
from ipps_geo.intake.header_columns import (
    COORDINATES,
    DECIDING,
    LATITUDE,
    LIKELY,
    LONGITUDE,
    NO_NEED,
    PLACES,
    SAME_LETTERS,
    TURNED_NEED,
    WORTH_NAMING,
    column_named,
    plain_header,
)
from ipps_geo.intake.meaning import meaning_of
from ipps_geo.intake.yes_no import legend_of, told_by

MAPPING_FILE = "columns.toml"
"""File of a workspace folder that keeps mappings, one section per table."""

_ALMOST_ALL = 0.9
SavedMappings = Mapping[str, Mapping[str, str]]
"""Column by header, by table: what a file of mappings holds."""
_ROSTER = re.compile(r"服务(的)?企业|工作站|roster", re.IGNORECASE)


@dataclass(frozen=True)
class MappedColumn:
    """One column of the file read as one column of the table; ``confidence`` 1 is certain; ``unit`` as stated."""

    header: str
    column: str
    confidence: float
    unit: str = ""


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a file were understood.

    ``unread`` names headers that belong to no column; ``suggestions`` holds, for some of them, a column they resemble
    and the confidence; ``conflicts`` are headers whose column another header has already taken; ``doubts`` are columns
    that decide a verdict and are not read, each with the headers that may be it and how well they fit.
    """

    table: str
    columns: tuple[MappedColumn, ...]
    unread: tuple[str, ...] = ()
    suggestions: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str], ...] = ()
    doubts: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()

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


def map_columns(
    headers: Sequence[str],
    table: str,
    given: Mapping[str, str] | None = None,
    samples: Sequence[Sequence[str]] | None = None,
) -> ColumnMapping:
    """Return how ``headers`` fit ``table``.

    ``given`` maps headers to columns (or to "" for not reading them) and wins over every guess; its other headers are
    mapped as usual. ``samples`` holds some cells of each header: they confirm a header or contradict it, and may tell a
    column of credit codes without one. A column goes to the header that fits best, at a tie to the first.
    """
    given = dict(given or {})
    _check_given(given, headers, table)
    cells = dict(zip(headers, samples, strict=True)) if samples is not None else {}
    wishes: list[tuple[float, int, str, str]] = []
    resembles: dict[str, tuple[str, float]] = {}
    for place, header in enumerate(headers):
        if header in given:
            if given[header]:
                wishes.append((2.0, place, header, given[header]))
            continue
        column, confidence = _weighed(table, header, cells.get(header, ()))
        if confidence >= LIKELY:
            wishes.append((confidence, place, header, column))
        elif confidence >= WORTH_NAMING:
            resembles[header] = (column, confidence)
    wishes += _ticked_pair(table, headers, {wish[3] for wish in wishes})
    rivals = _rivals(wishes, cells)
    wishes = [wish for wish in wishes if wish[2] not in rivals]
    resembles |= dict.fromkeys(rivals, ("explicit_need", WORTH_NAMING))
    wishes += _by_cells(table, headers, cells, {wish[2] for wish in wishes} | set(given), {wish[3] for wish in wishes})
    taken: dict[str, str] = {}
    chosen: dict[str, MappedColumn] = {}
    conflicts = []
    for confidence, _, header, column in sorted(wishes, key=lambda wish: (-wish[0], wish[1])):
        if column in taken and header not in chosen:
            conflicts.append((header, column))
        elif header not in chosen:
            taken[column] = header
            chosen[header] = MappedColumn(header, column, min(confidence, 1.0), meaning_of(header).unit)
    clashing = {header for header, _ in conflicts}
    ordered = tuple(chosen[header] for header in dict.fromkeys(headers) if header in chosen)
    unread = tuple(h for h in dict.fromkeys(headers) if h and h not in chosen and h not in clashing)
    free = {header: found for header, found in resembles.items() if found[0] not in taken}
    doubts = _doubts(table, unread, free, cells, taken)
    return ColumnMapping(table, ordered, unread, free, tuple(conflicts), doubts)


def _check_given(given: Mapping[str, str], headers: Sequence[str], table: str) -> None:
    allowed = {*DESCRIBED[table].columns, *PLACES, NO_NEED, TURNED_NEED}
    for header, column in given.items():
        if header not in headers or (column and column.partition("@")[0] not in allowed and column not in allowed):
            raise BadInput(
                "mapping.no_such_column",
                where=table,
                header=header,
                column=column,
                headers=", ".join(headers),
                columns=", ".join(sorted(allowed)),
            )


def _weighed(table: str, header: str, cells: Sequence[str]) -> tuple[str, float]:
    """Return the column that a header means and the confidence, once its cells were heard."""
    column, confidence = column_named(table, header)
    if column == "explicit_need" and (legend := legend_of(header)):
        cells = [text if (said := told_by(legend, text)) is None else said for text in cells]
    if column == "enterprise_id" and confidence < SAME_LETTERS and fit("uscc", cells) == 1.0:
        return "uscc", LIKELY  # a firm's own number that is written as credit codes are
    share = fit(column, cells)
    if share is None:
        return column, confidence
    if column == "name" and confidence >= LIKELY and fit("uscc", cells) == 1.0:
        return column, WORTH_NAMING  # a column of codes under the header of a name: neither is certain
    if confidence < SAME_LETTERS and share < (HALF if column == "explicit_need" else FEW):
        return column, min(confidence, WORTH_NAMING)
    # Many questions are answered with yes and no: only a header that speaks of a need is confirmed by such cells.
    told = column != "explicit_need" or meaning_of(header).concept == "need"
    if WORTH_NAMING <= confidence < LIKELY and share >= MOST and told:
        return column, LIKELY
    return column, confidence


def _rivals(wishes: Sequence[tuple[float, int, str, str]], cells: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the headers that ask for the need equally well and are answered differently: which counts, people say."""
    asked = [wish for wish in wishes if wish[3] == "explicit_need"]
    best = max((wish[0] for wish in asked), default=0.0)
    equal = [header for confidence, _, header, _ in asked if confidence == best]
    several = best <= 1.0 and len({tuple(cells.get(header, ())) for header in equal}) > 1
    return equal if several else []


def _ticked_pair(table: str, headers: Sequence[str], taken: Collection[str]) -> list[tuple[float, int, str, str]]:
    """Return two columns headed 是 and 否, side by side, as the answers to the question of need, where no other is."""
    if "explicit_need" not in DESCRIBED[table].columns or {"explicit_need", NO_NEED} & set(taken):
        return []
    for place, pair in enumerate(pairwise(headers)):
        if pair in (("是", "否"), ("有", "无"), ("需要", "不需要")):
            return [(LIKELY, place, pair[0], "explicit_need"), (LIKELY, place + 1, pair[1], NO_NEED)]
    return []


def _by_cells(
    table: str,
    headers: Sequence[str],
    cells: Mapping[str, Sequence[str]],
    settled: Collection[str],
    taken: Collection[str],
) -> list[tuple[float, int, str, str]]:
    """Return the column of credit codes that only its cells tell: valid codes in one column that no header explains."""
    if "uscc" not in DESCRIBED[table].columns or "uscc" in taken:
        return []
    found = []
    for place, header in enumerate(headers):
        texts = cells.get(header, ())
        other = meaning_of(header)
        if header in settled or not texts or (other.known and other.concept != "enterprise_code"):
            continue
        if sum(uscc_check(text) is UsccCheck.VALID for text in texts) >= _ALMOST_ALL * len(texts):
            found.append((LIKELY, place, header, "uscc"))
    return found if len(found) == 1 else []


def _doubts(
    table: str,
    unread: Sequence[str],
    alike: Mapping[str, tuple[str, float]],
    cells: Mapping[str, Sequence[str]],
    taken: Collection[str],
) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Return, per column that decides a verdict and is not read, the headers that may be it, likeliest first."""
    found = []
    for column in DECIDING:
        if column in taken or column not in DESCRIBED[table].columns:
            continue
        scores = {header: score for header, (name, score) in alike.items() if name == column}
        for header in unread:
            known = meaning_of(header).known
            if column in ("explicit_need", "uscc") and not known and (fit(column, cells.get(header, ())) or 0) >= MOST:
                scores.setdefault(header, WORTH_NAMING)
        if scores:
            found.append((column, tuple(sorted(scores.items(), key=lambda item: (-item[1], item[0])))))
    return tuple(found)


def recognised(cells: Sequence[str], table: str) -> int:
    """Return how many columns of ``table`` the texts of a row name."""
    found = (column_named(table, cell) for cell in cells if cell)
    return len({column for column, confidence in found if confidence >= LIKELY})


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
        plain = plain_header(hint)
        for name, table in TABLES.items():
            if plain in (plain_header(name), plain_header(table.zh)) and recognised(cells, name) >= 1:
                return name
    scored, rivals = [], [(0, "", False)]
    for turn, (name, table) in enumerate(TABLES.items()):
        fit = map_columns(cells, name)
        placeless = table.geometry_required and not has_place(fit.by_column)
        if fit.missing or placeless:
            rivals.append((len(fit.columns) - len(fit.missing) - placeless, name, not fit.missing))
            continue
        scored.append((len(fit.columns), -turn, name))
    rival, lacking, only_place = max(rivals)
    if not scored or rival > max(scored)[0]:
        # More of the columns are those of a table that lacks something: it is named, or asked for, what that is.
        return lacking if only_place else None
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
    """Return whether mapped columns can give a place: a shape, or a pair of coordinates in one reference system."""
    return "geometry" in columns or any(
        f"{COORDINATES}{at}" in columns or {f"{LONGITUDE}{at}", f"{LATITUDE}{at}"} <= set(columns)
        for at in {name[name.find("@") :] if "@" in name else "" for name in columns}
    )


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


def _own_key(table: str, cell: str) -> bool:
    keys = [column for column in DESCRIBED[table].columns.values() if column.unique]
    return any(plain_header(cell) in (plain_header(key.name), plain_header(key.zh)) for key in keys)
