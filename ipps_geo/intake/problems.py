"""Every fault of a file in one table: where it is, what is wrong, what to do.

A problem is a ``code`` with ``params``; its sentences stand in ``report/words/locales/{en,zh}/problems.toml``.
``error``: the row (or, without a row, the whole file) cannot be used. ``warning``: it was used, or left out, and a
person should look. ``note``: something was read in another writing than it was given in; the meaning is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.intake.problem_kinds import PROBLEM_KINDS

PROBLEM_COLUMNS = ("file", "sheet", "row", "column", "feature", "value", "code", "params", "severity")
"""Columns of a table of problems.

``params`` holds the values of the message as JSON (:func:`params_text`, :func:`params_of`); missing where it has none.

``feature`` is the number of a feature, or, of a file that is refused whole, the part that is at fault: ``byte 512``
(counted from 0), ``member p.dbf`` of an archive, ``json $.features``, ``object v`` of a database, ``metadata geo``.
"""

MORE_ROWS = "more_rows"
"""Parameter of the last problem that is listed of its kind: in how many more rows it stands."""

_PLACE = "\0place"
_PLACE_CODES = frozenset(
    {"missing_geometry", "half_coordinate", "bad_coordinate", "bad_geometry", "wrong_geometry_type", "outside_region"}
    | {"axes_swapped"}
)
_SHOWN_VALUE = 120
# The number of an identity card: the district is told, the person is not.
_PERSON = re.compile(
    r"(?<![0-9A-Za-z])([1-6]\d{5})(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_NOTES_EACH = 20
_WARNINGS_EACH = 1_000


class Refusal(BadInput):
    """A file that cannot be read, for a reason with a code; :func:`ipps_geo.intake.read_table` turns it into a row.

    ``code`` and ``values`` of the error are those of the problem (``problem.corrupt``); ``kind`` is the code alone.
    """

    def __init__(
        self,
        kind: str,
        /,
        *,
        sheet: str | None = None,
        row: int | None = None,
        column: str = "",
        feature: str = "",
        value: str = "",
        **params: Any,
    ) -> None:
        super().__init__(f"problem.{kind}", **params)
        self.kind = kind
        self.place: dict[str, Any] = {
            "sheet": sheet,
            "row": row,
            "column": column,
            "feature": feature,
            "value": value,
        }


def params_text(params: Mapping[str, Any]) -> str | None:
    """Return the parameters of a problem as they stand in a table of problems; None where there are none.

    >>> params_text({"found": Message("damage.missing", {"name": "p.dbf"})})
    '{"found": {"code": "damage.missing", "values": {"name": "p.dbf"}}}'
    """
    return json.dumps(params, ensure_ascii=False, default=_plain) if params else None


def params_of(text: Any) -> dict[str, Any]:
    """Return the parameters of a problem from the cell of its table: texts, numbers, messages, tuples of them.

    >>> params_of('{"found": {"code": "damage.missing", "values": {"name": "p.dbf"}}}')["found"].code
    'damage.missing'
    """
    if not isinstance(text, str):
        return {}
    found = json.loads(text, object_hook=_message)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def problem_clause(problem: Mapping[str, Any]) -> Message:
    """Return a row of a table of problems as a message that may stand inside an error."""
    return Message(f"problem.{problem['code']}", params_of(problem.get("params")))


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {"code": value.code, "values": dict(value.values)}
    return value.item() if isinstance(value, np.generic) else str(value)


def _message(content: dict[str, Any]) -> Any:
    return Message(content["code"], content["values"]) if set(content) == {"code", "values"} else content


def damage(kind: str, /, **values: Any) -> Message:
    """Return what was found in a damaged or unusable file, as a parameter of its problem."""
    return Message(f"damage.{kind}", values)


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


def problem_record(file: str, code: str) -> dict[str, Any]:
    """Return a problem of a whole file as one record of a table of problems."""
    return {"file": file, "code": code, "severity": PROBLEM_KINDS[code]}


def refusal_record(refusal: Refusal, file: str, sheet: str | None = None) -> dict[str, Any]:
    """Return a refusal as one record of a table of problems."""
    place = {key: value for key, value in refusal.place.items() if value not in (None, "")}
    if "value" in place:
        place["value"] = shown(place["value"])
    return {
        "file": file,
        "sheet": sheet,
        **place,
        "code": refusal.kind,
        "params": params_text(refusal.values),
        "severity": "error",
    }


def shown(value: Any) -> str:
    """Return a cell as text short enough for a message, on one line."""
    text = value if isinstance(value, str) else str(value)
    text = _PERSON.sub(r"\1************", text[: _SHOWN_VALUE * 2])
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return text if len(text) <= _SHOWN_VALUE else text[: _SHOWN_VALUE - 1] + "…"


class ProblemLog:
    """Collects the problems of one table and which of its rows they spoil.

    ``numbers`` holds, per row, its number as a spreadsheet shows it, or the number of the feature; ``row_sheets`` its
    sheet, where several sheets are one table. An error in a column of ``spared`` is a warning: the cell becomes
    unknown, the row stays. In a column of ``kept`` it is an error, to be mended, and the row stays nevertheless:
    nobody knows who it is.
    """

    def __init__(
        self,
        file: str,
        sheet: str | None,
        numbers: NDArray[np.int64],
        *,
        by_feature: bool,
        row_sheets: NDArray[Any] | None = None,
    ) -> None:
        self.file = file
        self.sheet = sheet
        self.row_sheets = row_sheets
        self.numbers = numbers
        self.by_feature = by_feature
        self.bad = np.zeros(len(numbers), dtype=bool)
        self.left_out = np.zeros(len(numbers), dtype=bool)
        self.refused = False
        self.spared: set[str] = set()
        self.kept: set[str] = set()
        self._faulty: dict[str, NDArray[np.bool_]] = {}
        self._blocks: list[tuple[int, NDArray[np.int64], dict[str, Any]]] = []

    def name_of(self, position: int) -> Message:
        """Return how a person finds the row at ``position``."""
        name = str(self.numbers[position])
        if self.row_sheets is not None:
            return Message("place.sheet_row", {"sheet": str(self.row_sheets[position]), "name": name})
        return Message("place.feature" if self.by_feature else "place.row", {"name": name})

    def faulty(self, column: str) -> NDArray[np.bool_]:
        """Return which rows have an error in ``column`` already, so that one fault is one problem."""
        return self._faulty.get(column, np.zeros(len(self.numbers), dtype=bool))

    def faulty_place(self) -> NDArray[np.bool_]:
        """Return which rows have an error in their place already."""
        return self.faulty(_PLACE)

    def about_file(
        self,
        code: str,
        *,
        column: str = "",
        row: int | None = None,
        value: str = "",
        sheet: str | None = None,
        **params: Any,
    ) -> None:
        """Add a problem of the whole table, or of one of its sheets; an error spoils every row."""
        if PROBLEM_KINDS[code] == "error":
            self.refused = True
        self._add(
            code,
            np.array([-1]),
            PROBLEM_KINDS[code],
            row=row,
            column=column or None,
            value=shown(value) if value else None,
            params=params_text(params),
            **({} if sheet is None else {"sheet": sheet}),
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

        ``values`` is indexable by row position; ``each`` gives parameters row by row, in the order of
        ``rows``. Errors are all listed; of notes and warnings without end only the first, with the number of the rest.
        """
        positions = np.flatnonzero(rows) if rows.dtype == bool else rows
        if not len(positions):
            return
        severity = PROBLEM_KINDS[code]
        if severity == "error":
            if column in self.spared and not self._lost(code, positions):
                severity = "warning"
            elif column not in self.kept:
                self.bad[positions] = True
            for name in (column, _PLACE) if code in _PLACE_CODES else (column,):
                self._faulty.setdefault(name, np.zeros(len(self.numbers), dtype=bool))[positions] = True
        most = {"note": _NOTES_EACH, "warning": _WARNINGS_EACH}.get(severity, len(positions))
        many = 1 if severity == "note" else most
        listed = len(positions) if len(positions) <= most else many
        at = positions[:listed]
        told: Any = params_text(params)
        if each:
            own = ({key: values[turn] for key, values in each.items()} for turn in range(listed))
            told = [params_text({**params, **values}) for values in own]
        if len(positions) > listed:
            told = told if isinstance(told, list) else [told] * listed
            told[-1] = params_text({**params_of(told[-1]), MORE_ROWS: len(positions) - listed})
        numbers = self.numbers[at]
        self._add(
            code,
            at,
            severity,
            column=column or None,
            row=None if self.by_feature else numbers.tolist(),
            feature=[str(number) for number in numbers.tolist()] if self.by_feature else None,
            value=_shown_each(values, at),
            params=told,
            **({} if self.row_sheets is None else {"sheet": self.row_sheets[at].tolist()}),
        )

    def _lost(self, code: str, positions: NDArray[np.int64]) -> bool:
        """Return whether nearly every place is lost by one fault: then the column is not what it was taken for."""
        return code in _PLACE_CODES and len(positions) > 2 and 10 * len(positions) >= 9 * len(self.numbers)

    def _add(self, code: str, positions: NDArray[np.int64], severity: str, **cells: Any) -> None:
        """Add problems as a block: each cell of a column, or one for all."""
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
