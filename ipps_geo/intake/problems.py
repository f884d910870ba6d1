"""Every fault of a file in one table: where it is, what is wrong, what to do.

A problem has a stable ``code``; the short English message and advice stand here, other languages look them up by code.
``error``: the row (or, without a row, the whole file) cannot be used. ``warning``: it was used, or left out, and a
person should look. ``note``: something was read in another writing than it was given in; the meaning is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ipps_geo.errors import BadInput

PROBLEM_COLUMNS = ("file", "sheet", "row", "column", "feature", "value", "code", "severity", "message", "advice")
"""Columns of a table of problems.

``feature`` is the number of a feature, or, of a file that is refused whole, the part that is at fault: ``byte 512``
(counted from 0), ``member p.dbf`` of an archive, ``json $.features``, ``object v`` of a database, ``metadata geo``.
"""

_PLACE = "\0place"
_PLACE_CODES = frozenset(
    {"missing_geometry", "half_coordinate", "bad_coordinate", "bad_geometry", "wrong_geometry_type", "outside_beijing"}
    | {"axes_swapped"}
)
_SHOWN_VALUE = 120
_NOTES_EACH = 20
_WARNINGS_EACH = 1_000


@dataclass(frozen=True)
class ProblemKind:
    """What a code means: its severity, the message (with the placeholders of its parameters), the advice."""

    severity: str
    message: str
    advice: str


def _kinds(severity: str, **texts: tuple[str, str]) -> dict[str, ProblemKind]:
    return {code: ProblemKind(severity, message, advice) for code, (message, advice) in texts.items()}


PROBLEM_KINDS: Mapping[str, ProblemKind] = MappingProxyType(
    {
        # the file as a whole
        **_kinds(
            "error",
            not_a_file=("this is not a regular file", "name a file or a folder"),
            empty_file=("the file is empty", "send the file that holds the table"),
            no_rows=("there is a header and no row below it", "fill in at least one row"),
            file_too_large=("the file has {found} bytes, more than {limit}", "split it"),
            too_many_rows=("the file has {found} rows, more than {limit}", "split it"),
            too_many_columns=("the file has {found} columns, more than {limit}", "keep the columns of the table"),
            too_many_cells=(
                "the sheet reaches to {found}, which would take too much memory",
                "delete the stray cells at its far end",
            ),
            unsupported_format=("{found} files are not read", "save it as .xlsx, .csv, .geojson, .gpkg or .parquet"),
            old_excel=("an old Excel workbook (.xls) is not read", "open it in Excel or WPS and save it as .xlsx"),
            binary_excel=("a binary Excel workbook (.xlsb) is not read", "open it in Excel and save it as .xlsx"),
            password=("the workbook is protected by a password", "save it without a password as .xlsx"),
            corrupt=("the file is damaged: {found}", "open it in the program that made it and save it again"),
            suffix_mismatch=("the file is named {suffix} and its content is {found}", "give it its right name ending"),
            remote_reference=("addresses and connection strings are not opened", "copy the file to this computer"),
            connection=("the workbook holds a data connection", "save a copy that holds values only"),
            xml_entities=("an XML part declares a document type or entities", "do not open it; ask where it is from"),
            archive_bomb=("the archive unpacks to too much: {found}", "do not open it; ask where it is from"),
            archive_members=("the archive has {found} members, more than {limit}", "send the one table in it"),
            archive_path=("the archive has a member with an unsafe name: {found}", "pack the files without folders"),
            archive_link=("the archive has a member that is a link: {found}", "pack the file itself"),
            archive_nested=("the archive has another archive in it: {found}", "pack the files of one table alone"),
            archive_encrypted=("the archive is protected by a password", "pack it without a password"),
            archive_content=("the archive has no table that can be read", "pack one shapefile: .shp .shx .dbf .prj"),
            several_layers=("the file has several layers: {found}", "name one"),
            active_content=("the database holds {found}", "export the layer to a new GeoPackage"),
            too_deep=("the JSON is nested deeper than {limit}", "do not open it; ask where it is from"),
            bad_json=("not valid JSON: {found}", "export it again"),
            not_geojson=("the JSON is no GeoJSON FeatureCollection", "export the layer as GeoJSON"),
            out_of_memory=(
                "reading the file takes more than {limit} MB of memory",
                "split it, or ask where it is from",
            ),
            out_of_time=("reading the file takes more than {limit} s", "split it, or ask where it is from"),
            worker_died=("the reader stopped ({found})", "open the file in the program that made it, save it again"),
            encoding_unknown=("byte {offset} fits no known encoding", "save the file as UTF-8"),
            nul_bytes=("the text holds NUL characters", "export it again as UTF-8"),
            csv_quotes=("a quotation mark is not closed or stands inside a cell: {found}", "double it or remove it"),
            table_unknown=("the columns fit no known table", "name the table, or use the headers of a template"),
            header_missing=("no header of table {table} was found", "use the headers of a template"),
            missing_column=("the required column {name} ({zh}) is missing", "add it{hint}"),
            duplicate_header=("the header stands more than once", "keep one column of this name"),
            mapping_unknown=("the mapping names {found}, which is not there", "mend the mapping"),
            geometry_missing=("the table needs places and the file has none", "add 经度 and 纬度, or a WKT column"),
            crs_unknown=("the reference system cannot be used: {found}", "save the layer in EPSG:4490"),
            datum_unclear=(
                "the coordinates fit Beijing under no known reference system",
                "say which one they are in; longitude first",
            ),
            lost_cells=("the workbook cannot be read whole: {found}", "save it again as .xlsx"),
        ),
        # a row or a cell
        **_kinds(
            "error",
            missing_value=("the value is required and missing", "fill it in"),
            bad_choice=("not one of the values of this column", "use one of: {choices}"),
            bad_date=("not a day of the calendar, or not clear which", "write it as 2024-03-01"),
            bad_number=("not a number", "write digits only, the unit belongs in the header"),
            bad_integer=("not a whole number", "write a whole number"),
            bad_boolean=("neither yes nor no", "write 是 or 否"),
            out_of_range=("outside {range}", "mend the number"),
            bad_code=("an identifier cannot be written like this", "write it as text, without line breaks"),
            digits_lost=(
                "digits are lost: a spreadsheet turned the code into a number",
                "format the column as text and enter the code again",
            ),
            uscc_malformed=("not a credit code of 18 characters", "compare it with the licence"),
            duplicate_id=("the id stands already in {other}", "give each row its own id, or delete one"),
            duplicate_row=("the row repeats {other}", "delete one"),
            unknown_reference=("it names nothing in {found}", "mend the id, or add the row it names"),
            unknown_unit=("no service unit has this code or name", "use a code such as 110108, or 海淀区"),
            nested_value=("the cell holds a list or an object", "write one value, or a list with semicolons"),
            cell_error=("the cell holds an error value", "mend the formula, or enter the value"),
            formula_without_value=("the formula has no stored value", "open the file in Excel or WPS and save it"),
            ragged_row=("the row has {found} cells, the header {expected}", "look for a missing or extra comma"),
            control_character=("the text holds characters that cannot be shown", "enter it again"),
            lost_character=("characters were lost before the file was saved", "enter the text again"),
            cell_too_long=("the text is longer than {limit} characters", "shorten it"),
            missing_geometry=("the place is required and missing", "give longitude and latitude"),
            half_coordinate=("only one of longitude and latitude is there", "give both"),
            bad_coordinate=("not a coordinate in degrees or metres", "write it as 116.397"),
            bad_geometry=("the geometry cannot be read: {found}", "draw it again"),
            wrong_geometry_type=("a {found} where a {expected} belongs", "send a layer of one kind"),
            outside_beijing=("the place lies outside Beijing", "look for swapped or mistyped coordinates"),
            axes_swapped=("latitude stands where longitude belongs", "swap the two"),
        ),
        **_kinds(
            "warning",
            suffix_differs=("the content is {found}, the name says otherwise", "rename the file"),
            other_sheet=("sheet {found} also holds rows and was not read", "name it to have it read"),
            other_layer=("layer {found} was not read", "name it to have it read"),
            macros=("the workbook has macros; they are ignored", "save it as .xlsx"),
            external_links=("values come from another workbook, as last stored", "check that they are current"),
            hidden_sheet=("the sheet that was read is hidden", "show it, or name the sheet to read"),
            not_text=("a day or an answer where text belongs", "format the column as text and enter it again"),
            hidden_rows=("{found} hidden rows were read like the others", "delete them or show them"),
            merged_cells=("merged cells: only the first holds a value", "undo the merge and fill each cell"),
            column_conflict=("{name} is already read from column {other}", "keep one of them"),
            file_ignored=("the columns fit no table; the file was not read", "name it after its table, or remove it"),
            loose_reference=("it names nothing in {found}", "mend the id, or add the row it names"),
            totals_row=("a row of totals was left out", "delete it"),
            footnote_row=("a remark below the table was left out", "delete it"),
            wrong_check_digit=("the check digit of the credit code does not fit", "compare it with the licence"),
            duplicate_uscc=("the credit code stands already in {other}", "one legal entity needs one row"),
            old_unit=("a district that no longer exists, read as {found}", "use the present name"),
            unit_from_address=("the unit was missing and was taken from the address: {found}", "check it"),
            address_elsewhere=("the address lies in {found}", "check unit and address"),
            address_outside=("the address is not in Beijing", "give the operating address in Beijing"),
            point_in_other_unit=("the place lies in {found}", "check unit and coordinates"),
            unusual_industry=("not a code of GB/T 4754", "write codes such as 6510, separated by ;"),
            placeholder=("a placeholder, read as missing", "leave the cell blank"),
            datum_converted=(
                "the coordinates were read as {datum} (in Beijing / in their unit: {shares})",
                "name the reference system to be sure",
            ),
            datum_suspected=(
                "the coordinates look like {datum}; nothing was converted (in Beijing / in their unit: {shares})",
                "name the reference system: wgs84, cgcs2000, gcj02 or bd09",
            ),
            geometry_repaired=("the polygon crosses itself ({found}) and was repaired", "check its outline"),
            mixed_encoding=("some characters are unusual for {found}", "save the file as UTF-8"),
            formula_number=("a whole number too long to be exact", "format the column as text"),
        ),
        **_kinds(
            "note",
            title_rows=("{found} rows above the header were passed over", ""),
            merged_header=("the header takes {found} rows", ""),
            column_guessed=("read as {name} ({confidence} %)", "rename it to {zh} to be sure"),
            column_cut=("the cut name {name} was read as this column", ""),
            column_not_read=("no column of this table", "{hint}"),
            blank_rows=("{found} blank rows were passed over", ""),
            invisible_removed=("invisible characters in the text were removed", ""),
            blanks_trimmed=("blanks around the text were removed", ""),
            half_width=("full-width characters were read as half-width", ""),
            apostrophe=("the leading apostrophe of a spreadsheet was removed", ""),
            number_as_text=("a number stored as text", ""),
            number_as_code=("a number where text belongs; leading zeros may be lost", "format the column as text"),
            thousands=("the thousands separators were removed", ""),
            date_writing=("the day was read as {found}", ""),
            date_serial=("the spreadsheet's number of a day was read as {found}", "format the column as a date"),
            time_dropped=("the time of day was left out", ""),
            code_writing=("the code was read as {found}", ""),
            list_writing=("the list was read as {found}", ""),
            sheet_read=("this sheet was read", ""),
            datum_checked=("the coordinates count as WGS 84 / CGCS2000 (in Beijing / in their unit: {shares})", ""),
            point_near_border=("the place lies {found} m outside its declared unit, within the border's precision", ""),
            hidden_columns=("hidden columns were read like the others", ""),
            heights_dropped=("heights were left out", ""),
        ),
    }
)
"""What each problem code means."""


class Refusal(BadInput):
    """A file that cannot be read, for a reason with a code; :func:`ipps_geo.intake.read_table` turns it into a row."""

    def __init__(
        self,
        code: str,
        *,
        sheet: str | None = None,
        row: int | None = None,
        column: str = "",
        feature: str = "",
        value: str = "",
        **params: Any,
    ) -> None:
        kind = PROBLEM_KINDS[code]
        super().__init__(kind.message.format(**params), advice=kind.advice.format(**params))
        self.code = code
        self.place: dict[str, Any] = {
            "sheet": sheet,
            "row": row,
            "column": column,
            "feature": feature,
            "value": value,
        }
        self.params = params


def no_problems() -> pd.DataFrame:
    """Return an empty table of problems."""
    return _typed(pd.DataFrame(columns=list(PROBLEM_COLUMNS)))


def problem_table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return records with the keys of :data:`PROBLEM_COLUMNS` (absent ones are missing) as a table of problems."""
    if not records:
        return no_problems()
    # Column by column in its final kind: small tables of problems are made for every file of a folder.
    columns: dict[str, Any] = {}
    for name in PROBLEM_COLUMNS:
        values = [record.get(name) for record in records]
        columns[name] = pd.array(values, dtype="Int64" if name == "row" else "str")
    return pd.DataFrame(columns)


def refusal_record(refusal: Refusal, file: str, sheet: str | None = None) -> dict[str, Any]:
    """Return a refusal as one record of a table of problems."""
    place = {key: value for key, value in refusal.place.items() if value not in (None, "")}
    if "value" in place:
        place["value"] = shown(place["value"])
    return {
        "file": file,
        "sheet": sheet,
        **place,
        "code": refusal.code,
        "severity": "error",
        "message": refusal.message,
        "advice": refusal.advice,
    }


def shown(value: Any) -> str:
    """Return a cell as text short enough for a message, on one line."""
    text = value if isinstance(value, str) else str(value)
    text = text[: _SHOWN_VALUE * 2]
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return text if len(text) <= _SHOWN_VALUE else text[: _SHOWN_VALUE - 1] + "…"


class ProblemLog:
    """Collects the problems of one table and which of its rows they spoil.

    ``numbers`` holds, per row, its number as a spreadsheet shows it, or the number of the feature.
    """

    def __init__(self, file: str, sheet: str | None, numbers: NDArray[np.int64], *, by_feature: bool) -> None:
        self.file = file
        self.sheet = sheet
        self.numbers = numbers
        self.by_feature = by_feature
        self.bad = np.zeros(len(numbers), dtype=bool)
        self.left_out = np.zeros(len(numbers), dtype=bool)
        self.refused = False
        self._faulty: dict[str, NDArray[np.bool_]] = {}
        self._blocks: list[tuple[int, NDArray[np.int64], dict[str, Any]]] = []

    def name_of(self, position: int) -> str:
        """Return how a person finds the row at ``position``."""
        return f"{'feature' if self.by_feature else 'row'} {self.numbers[position]}"

    def faulty(self, column: str) -> NDArray[np.bool_]:
        """Return which rows have an error in ``column`` already, so that one fault is one problem."""
        return self._faulty.get(column, np.zeros(len(self.numbers), dtype=bool))

    def faulty_place(self) -> NDArray[np.bool_]:
        """Return which rows have an error in their place already."""
        return self.faulty(_PLACE)

    def about_file(
        self, code: str, *, column: str = "", row: int | None = None, value: str = "", **params: Any
    ) -> None:
        """Add a problem of the whole table; an error spoils every row."""
        kind = PROBLEM_KINDS[code]
        if kind.severity == "error":
            self.refused = True
        self._add(
            code,
            np.array([-1]),
            row=row,
            column=column or None,
            value=shown(value) if value else None,
            message=kind.message.format(**params),
            advice=kind.advice.format(**params),
        )

    def about_rows(
        self,
        code: str,
        rows: NDArray[Any],
        *,
        column: str = "",
        values: Any = None,
        each: Mapping[str, Sequence[Any]] | None = None,
        **params: Any,
    ) -> None:
        """Add one problem per row of ``rows`` (a mask, or positions).

        ``values`` is indexable by row position; ``each`` gives parameters of the message row by row, in the order of
        ``rows``. Errors are all listed; of notes and warnings without end only the first, with the number of the rest.
        """
        positions = np.flatnonzero(rows) if rows.dtype == bool else rows
        if not len(positions):
            return
        kind = PROBLEM_KINDS[code]
        if kind.severity == "error":
            self.bad[positions] = True
            for name in (column, _PLACE) if code in _PLACE_CODES else (column,):
                self._faulty.setdefault(name, np.zeros(len(self.numbers), dtype=bool))[positions] = True
        most = {"note": _NOTES_EACH, "warning": _WARNINGS_EACH}.get(kind.severity, len(positions))
        many = 1 if kind.severity == "note" else most
        listed = len(positions) if len(positions) <= most else many
        rest = len(positions) - listed
        at = positions[:listed]
        messages: str | list[str] = kind.message.format(**params) if not each else []
        advice: str | list[str] = kind.advice.format(**params) if not each else []
        if each:
            told = [{**params, **{key: texts[turn] for key, texts in each.items()}} for turn in range(listed)]
            messages = [kind.message.format(**own) for own in told]
            advice = [kind.advice.format(**own) for own in told]
        if rest:
            messages = [messages] * listed if isinstance(messages, str) else messages
            messages[-1] += f" (and in {rest} more rows)"
        numbers = self.numbers[at]
        self._add(
            code,
            at,
            column=column or None,
            row=None if self.by_feature else numbers.tolist(),
            feature=[str(number) for number in numbers.tolist()] if self.by_feature else None,
            value=_shown_each(values, at),
            message=messages,
            advice=advice,
        )

    def _add(self, code: str, positions: NDArray[np.int64], **cells: Any) -> None:
        """Add problems as a block: each cell of a column, or one for all."""
        severity = PROBLEM_KINDS[code].severity
        place = {"file": self.file, "sheet": self.sheet, "code": code, "severity": severity}
        self._blocks.append((("error", "warning", "note").index(severity), positions, {**place, **cells}))

    def frame(self) -> pd.DataFrame:
        """Return the problems: errors, warnings, notes; those of the file first, then row by row."""
        if not self._blocks:
            return no_problems()
        sizes = [len(positions) for _, positions, _ in self._blocks]
        order = np.repeat([order for order, _, _ in self._blocks], sizes)
        # Stable, so that within a row the problems stay in the order in which they were found.
        sequence = np.lexsort((np.concatenate([positions for _, positions, _ in self._blocks]), order))
        columns: dict[str, list[Any]] = {name: [] for name in PROBLEM_COLUMNS}
        for (_, _, cells), size in zip(self._blocks, sizes, strict=True):
            for name, column in columns.items():
                cell = cells.get(name)
                column.extend(cell if isinstance(cell, list) else [cell] * size)
        return pd.DataFrame(
            {
                name: pd.array(column, dtype="Int64" if name == "row" else "str").take(sequence)
                for name, column in columns.items()
            }
        )


def _shown_each(values: Any, at: NDArray[np.int64]) -> list[str | None] | None:
    if values is None:
        return None
    cells = values.take(pa.array(at)).to_pylist() if isinstance(values, pa.Array) else [values[p] for p in at.tolist()]
    return [None if cell is None else shown(cell) for cell in cells]


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "Int64" if name == "row" else "str" for name in PROBLEM_COLUMNS})
