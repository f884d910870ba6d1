"""What a load read and what it left out, in sentences: one line where everything was used, a list where it was not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.report.words.datums import datum_label

_ROWS_NAMED = 10


def load_line(words: Catalogue, loaded: Mapping[str, Any]) -> str:
    """Return one line: how many rows were read, and how much was left out; empty where no file was read."""
    if not loaded or not (loaded["parts"] or loaded["not_read"]):
        return ""
    if loaded["complete"]:
        # Totals, signatures and remarks are rows of the file and none of the table: "all" is not said of them.
        no_data = sum(part["rows"] - part["used"] for part in loaded["parts"])
        if no_data:
            return words.text(
                "load.complete_but", rows=loaded["rows_read"], used=loaded["rows_read"] - no_data, n=no_data
            )
        return words.text("load.complete", rows=loaded["rows_read"])
    counts = {
        "rows_left": loaded["rows_left_out"],
        "parts": len(_missing(loaded)),
        "headers": len(_questions(loaded)),
        "values_left": sum(entry["count"] for entry in loaded["values_left_out"]),
        "changed": len(loaded["differences"]),
    }
    told = [words.text(f"load.{name}", n=count) for name, count in counts.items() if count]
    line = words.text("load.partial", rows=loaded["rows_read"], told=words.text("page.list_joiner").join(told))
    return line + words.text("load.undetermined") if counts["rows_left"] or counts["parts"] else line


def load_warning(words: Catalogue, loaded: Mapping[str, Any]) -> list[str]:
    """Return the line of :func:`load_line` where something was left out, and nothing otherwise: a page's banner."""
    return [load_line(words, loaded)] if loaded and not loaded["complete"] else []


def load_lines(words: Catalogue, loaded: Mapping[str, Any]) -> list[str]:
    """Return everything that a reader must know of a load: first what is asked, then what was left out and why."""
    line = load_line(words, loaded)
    if not line:
        return []
    if loaded["complete"]:
        return [line]
    return [
        *(_question(words, column) for column in _questions(loaded)),
        line,
        *_rows(words, loaded["left_out"], loaded["left_out_by_table"]),
        *(
            words.text("load.not_read", place=_place(words, part), reason=reason_word(words, part["reason"]))
            for part in _missing(loaded)
        ),
        *(_values(words, entry) for entry in loaded["values_left_out"]),
        *(_difference(words, entry) for entry in loaded["differences"]),
    ]


def reason_word(words: Catalogue, codes: str) -> str:
    """Return why something was left out, in words: of a code, or of several joined by ``;``."""
    told = []
    for code in codes.split(";"):
        message = f"fault.problem.{code}.message"
        if words.has(f"Unread.{code}"):
            told.append(words.label("Unread", code))
        elif words.has(message) and "{" not in words.entries[message]:
            told.append(words.text(message))
        else:
            told.append(words.label("Unread", "other"))
    return words.text("page.list_joiner").join(dict.fromkeys(told))


def _questions(loaded: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [column for column in loaded["columns_not_read"] if column["decides"]]


def _missing(loaded: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for entry in loaded["not_read"] if entry["weight"] != "note"]


def _question(words: Catalogue, column: Mapping[str, Any]) -> str:
    told = {"header": column["header"], "column": _column(words, column["like"]), "place": _place(words, column)}
    if column["taken"]:
        return words.text("load.taken", taken=column["taken"], **told)
    return words.text("load.question", **told)


def _rows(words: Catalogue, rows: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> list[str]:
    """Return one line per file, sheet and reason, with the first rows by number; one more for rows not named."""
    groups: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        key = (row["table"], row["file"] or "", row["sheet"] or "", row["reasons"] or "")
        groups[key].append(str(row["row"] if row["row"] is not None else row["feature"]))
    lines = [
        words.text(
            "load.left_out",
            table=words.label("TableName", table),
            place=_place(words, {"file": file, "sheet": sheet}),
            n=len(numbers),
            reason=reason_word(words, reasons),
            rows=words.text("page.list_joiner").join(numbers[:_ROWS_NAMED])
            + (words.text("load.and_more") if len(numbers) > _ROWS_NAMED else ""),
        )
        for (table, file, sheet, reasons), numbers in groups.items()
    ]
    more = sum(counts.values()) - len(rows)
    return lines + ([words.text("load.further", n=more)] if more > 0 else [])


def _place(words: Catalogue, entry: Mapping[str, Any]) -> str:
    sheet = entry.get("sheet")
    return f"{entry['file']} · {words.text('answer.where_sheet')} {sheet}" if sheet else str(entry["file"])


def _values(words: Catalogue, entry: Mapping[str, Any]) -> str:
    table, column = words.label("TableName", entry["table"]), _column(words, entry["column"])
    return words.text("load.values", count=entry["count"], table=table, column=column)


def _column(words: Catalogue, name: str) -> str:
    return words.column(name) if words.has(f"column.{name}") else name


def _difference(words: Catalogue, entry: Mapping[str, Any]) -> str:
    before = entry["before"]
    if entry["kind"] == "columns":
        before = words.text("page.list_joiner").join(_column(words, name) for name in before.split(";"))
    return words.text(f"load.{entry['kind']}", file=entry["file"], before=before, now=entry["now"])


def datum_lines(words: Catalogue, sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which files had their coordinates converted, on what grounds and how exactly, and which are in doubt."""
    converted: dict[tuple[str, str, str], list[str]] = {}
    doubtful: dict[str, list[str]] = {}
    for source in sources:
        if source.get("datum"):
            key = (str(source["datum"]), str(source["datum_basis"]), str(source["accuracy_m"]))
            converted.setdefault(key, []).append(str(source["file"]))
        if source.get("datum_doubt"):
            doubtful.setdefault(str(source["datum_doubt"]), []).append(str(source["file"]))
    lines = [
        words.text(
            "page.converted",
            files=tuple(files),
            datum=datum_label(words, datum),
            basis=words.label("Datum", basis),
            accuracy=words.label("Datum", accuracy),
        )
        for (datum, basis, accuracy), files in converted.items()
    ]
    return lines + [
        words.text("page.datum_doubt", files=tuple(files), datum=datum_label(words, datum))
        for datum, files in doubtful.items()
    ]
