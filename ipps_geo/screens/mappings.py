"""What a file that was sent in leaves to its sender: which column is which, and in which system its coordinates are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.intake.header_columns import COORDINATES, LATITUDE, LONGITUDE
from ipps_geo.intake.mapping import has_place
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.datums import datum_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipps_geo.intake import TableRead
    from ipps_geo.intake.mapping import ColumnMapping
    from ipps_geo.results import UploadCheck

UNREAD = ""
"""The target of a header that is not read."""


@dataclass(frozen=True)
class MappingChoice:
    """A mapping that a planner chose: column by header, and what is wrong with it, one sentence each.

    ``doubles`` names columns that two headers give: such a choice cannot be read. ``missing`` names what is required
    and given by none: the file can be read again, and its problems say so.
    """

    by_header: dict[str, str]
    doubles: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def mapping_rows(check: UploadCheck, lang: str) -> pd.DataFrame:
    """Return one row per header of the file: header, what it was understood as, how certain that is."""
    words = catalogue(lang)
    header, target, certainty = mapping_columns(lang)
    mapping = check.read.mapping
    if mapping is None:
        return pd.DataFrame(columns=[header, target, certainty], dtype="str")
    names = {column: word for word, column in mapping_targets(check, lang).items()}
    return pd.DataFrame(
        {
            header: list(mapping.headers),
            target: [names[mapping.by_header.get(each, UNREAD)] for each in mapping.headers],
            certainty: [_certainty(check, mapping, each, words, names) for each in mapping.headers],
        },
        dtype="str",
    )


def mapping_columns(lang: str) -> tuple[str, str, str]:
    """Return the headers of :func:`mapping_rows`: header in the file, target, certainty."""
    words = catalogue(lang)
    return words.text("app.header_in_file"), words.text("app.understood_as"), words.text("app.certainty")


def mapping_targets(check: UploadCheck, lang: str) -> dict[str, str]:
    """Return what a header can be read as: column by its word, "" for not reading it; required ones are marked."""
    words = catalogue(lang)
    targets = {words.text("app.not_read"): UNREAD}
    if check.read.table is None:
        return targets
    table = TABLES[check.read.table]
    places = [LONGITUDE, LATITUDE, COORDINATES] if table.geometry == "point" else []
    for name in [*table.columns, *places]:
        targets[_column_word(check.read.table, name, words)] = name
    return targets


def mapping_choice(check: UploadCheck, rows: pd.DataFrame, lang: str) -> MappingChoice:
    """Return what the rows of :func:`mapping_rows`, as a planner changed them, mean."""
    words = catalogue(lang)
    header, target, _ = mapping_columns(lang)
    targets = mapping_targets(check, lang)
    chosen = {str(each): targets.get(str(word), UNREAD) for each, word in zip(rows[header], rows[target], strict=True)}
    givers: dict[str, list[str]] = {}
    for each, column in chosen.items():
        if column:
            givers.setdefault(column, []).append(each)
    table = str(check.read.table)
    doubles = tuple(
        words.text(
            "app.mapping_double", headers=_listed(each, words), column=_column_word(table, column, words, mark=False)
        )
        for column, each in givers.items()
        if len(each) > 1
    )
    missing = [_column_word(table, name, words, mark=False) for name in TABLES[table].required if name not in givers]
    if "geometry_missing" in set(check.read.problems["code"]) and not has_place(givers):
        missing.append(words.text("app.place_columns"))
    told = (words.text("app.mapping_missing", columns=_listed(missing, words)),) if missing else ()
    return MappingChoice(chosen, doubles, told)


def datum_rows(read: TableRead, lang: str) -> pd.DataFrame:
    """Return the evidence on the coordinates: the shares of points in the region and in their declared unit."""
    words = catalogue(lang)
    return pd.DataFrame(
        [
            {
                words.text("app.upload_datum"): datum_label(words, found.hypothesis),
                words.text("app.share_in_region"): _share(found.in_region, words),
                words.text("app.share_in_unit"): _share(found.in_declared_unit, words),
            }
            for found in read.datum.evidence
        ]
    )


def _share(value: float | None, words: Catalogue) -> str:
    return words.value(None) if value is None else words.share(value, 1.0, 2)


def _certainty(check: UploadCheck, mapping: ColumnMapping, header: str, words: Catalogue, names: dict[str, str]) -> str:
    if header in check.chosen:
        return words.text("app.certainty_chosen")
    if header in check.saved.get(mapping.table, {}):
        return words.text("app.certainty_saved")
    for item in mapping.columns:
        if item.header == header:
            return words.share(item.confidence, 1.0, 0)
    conflicts = dict(mapping.conflicts)
    if header in conflicts:
        return words.text("app.certainty_taken", column=names[conflicts[header]])
    if header in mapping.suggestions:
        column, confidence = mapping.suggestions[header]
        return words.text("app.certainty_like", column=names[column], share=words.share(confidence, 1.0, 0))
    return words.value(None)


def _column_word(table: str, name: str, words: Catalogue, *, mark: bool = True) -> str:
    """Return a column as the templates name it; ``mark`` says that it is required."""
    column = TABLES[table].columns.get(name)
    if column is None:
        return words.text(f"app.{name}")
    word = column.zh if words.lang == "zh" else words.column(name)
    return words.text("app.required_mark", column=word) if mark and column.required else word


def _listed(entries: Sequence[str], words: Catalogue) -> str:
    return words.text("page.list_joiner").join(words.text("app.quoted", text=entry) for entry in entries)
