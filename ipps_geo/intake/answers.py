"""What a sender answers to the questions of a file, and the file that remembers it for the next one.

>>> from ipps_geo.intake.request import Question
>>> answers = Answers().answered(Question("column", ("情况",), "explicit_need", table="rosters"), "情况")
>>> answers.mapping, answers.table
({'情况': 'explicit_need'}, 'rosters')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.columns import DESCRIBED
from ipps_geo.errors import BadInput
from ipps_geo.files import written_beside
from ipps_geo.intake.mapping import load_mappings, mappings_text

if TYPE_CHECKING:
    from ipps_geo.intake.request import Question


@dataclass(frozen=True)
class Answers:
    """What was answered: which table, sheet, station and reference system, and the column of headers."""

    table: str | None = None
    sheet: str | None = None
    station: str | None = None
    datum: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)

    def answered(self, question: Question, choice: str) -> Answers:
        """Return the answers with one more."""
        if question.kind == "column":
            table = self.table or question.table or None
            return replace(self, table=table, mapping={**self.mapping, choice: question.column})
        told: dict[str, Any] = {question.kind: choice}
        return replace(self, **told)

    @property
    def arguments(self) -> dict[str, Any]:
        """The answers as arguments of :func:`ipps_geo.intake.read_table`."""
        told = {"table": self.table, "sheet": self.sheet, "station": self.station, "datum": self.datum}
        return told | {"mapping": dict(self.mapping) or None}


def pairs_of(pairs: Sequence[str], table: str | None) -> dict[str, str]:
    """Return ``["需求情况=有明确需求"]`` as column by header; a column is named by its header or by its name.

    Raises
    ------
    BadInput
        A pair without ``=``, or a column that no table (or not this one) has.
    """
    found: dict[str, str] = {}
    tables = list(DESCRIBED) if table is None else [table]
    for pair in pairs:
        header, _, wanted = (part.strip() for part in pair.rpartition("="))
        columns = [column for name in tables if name in DESCRIBED for column in DESCRIBED[name].columns.values()]
        hits = [column.name for column in columns if wanted in (column.name, column.zh, *column.synonyms)]
        if not header or not (hits or wanted in ("lon", "lat", "lonlat", "")):
            raise BadInput("argument.no_column", where="--map", pair=pair)
        found[header] = hits[0] if hits else wanted
    return found


def remembered_in(path: Path) -> dict[str, dict[str, str]]:
    """Return the mappings that a file of them holds by table, none where there is no such file."""
    return load_mappings(path) if path.is_file() else {}


def remember(path: Path, table: str, mapping: Mapping[str, str]) -> None:
    """Add what was answered about headers to a file of mappings, for the next file that has them."""
    known = remembered_in(path)
    known[table] = {**known.get(table, {}), **mapping}
    with written_beside(path) as draft:
        draft.write_text(mappings_text(known), encoding="utf-8", newline="\n")
