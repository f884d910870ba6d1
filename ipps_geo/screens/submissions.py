"""Submissions as a page shows them: the list, and what one would change, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.report.words.naming import Names, names_of

if TYPE_CHECKING:
    from ipps_geo.ledger.batches import Batch
    from ipps_geo.ledger.differences import Difference
    from ipps_geo.ledger.scopes import Scope
    from ipps_geo.workspace import Workspace

SHOWN = ("new", "changed", "delisted", "gone", "conflicts")
_MOST_CHANGES = 6


def submission_rows(batches: Sequence[Batch], workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per submission."""
    names = names_of(workspace, lang)
    words = names.words
    return pd.DataFrame(
        [
            {
                "batch_id": str(each.id),
                words.text("ledger.batch_state"): words.label("BatchState", each.state),
                words.text("ledger.batch_table"): table_word(each.table, words),
                words.text("ledger.batch_scope"): scope_word(each.scope, names),
                words.text("ledger.batch_file"): each.file,
                words.text("ledger.batch_rows"): words.value(each.rows),
                words.text("ledger.batch_by"): each.submitted_by or each.drafted_by,
                words.text("ledger.batch_at"): _at(each),
                words.text("ledger.batch_number"): words.value(each.number),
                words.text("ledger.batch_reason"): each.reason or "—",
            }
            for each in batches
        ]
    )


def scope_word(scope: Scope, names: Names) -> str:
    """Return what a submission speaks of."""
    if scope.kind == "city":
        return names.words.text("page.city")
    return names.unit(scope.code) if scope.kind == "unit" else names.subject(scope.code)


def scope_choice(scope: Scope, names: Names) -> str:
    """Return a scope to choose from: two stations of one name are told apart by their ids."""
    word = scope_word(scope, names)
    return f"{word} · {scope.code}" if scope.kind == "station" and word != scope.code else word


def table_word(table: str, words: Catalogue) -> str:
    """Return the name of a table; a whole workspace has one too."""
    return words.label("TableName", table) if table in TABLES else words.text("ledger.batch_workspace")


def batch_facts(batch: Batch, lang: str, workspace: Workspace) -> list[tuple[str, str]]:
    """Return what is known of how a file came in: hash, day, datum, problems, how columns were read."""
    words = names_of(workspace, lang).words
    facts = batch.facts
    mapping = [f"{header} → {words.column(str(column))}" for header, column in facts.get("mapping", {}).items()]
    problems = sum(facts.get("problems", {}).values())
    told = [
        ("batch_sha256", batch.sha256[:16] or "—"),
        ("batch_day", batch.day.isoformat()),
        ("batch_datum", str(facts.get("datum") or "—")),
        ("batch_problems", words.value(problems)),
        ("batch_mapping", words.text("page.list_joiner").join(mapping) or "—"),
        ("batch_reviewer", batch.reviewed_by or "—"),
    ]
    return [(words.text(f"ledger.{name}"), value) for name, value in told]


def change_counts(difference: Difference, words: Catalogue) -> list[tuple[str, str]]:
    """Return how many rows are new, changed, off, gone, in conflict, and how many stay."""
    return [(words.text(f"ledger.change_{kind}"), words.value(n)) for kind, n in difference.counts.items()]


def change_rows(difference: Difference, workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per row that a submission changes: what becomes of it, whose it is, values before and after."""
    names = names_of(workspace, lang)
    words = names.words
    rows = []
    before = difference.before.to_dict("records")
    for kind in SHOWN:
        frame: pd.DataFrame = getattr(difference, kind)
        for place, row in enumerate(frame.drop(columns="geometry", errors="ignore").to_dict("records")):
            was = None
            if kind in ("changed", "delisted"):
                was = before[place + (len(difference.changed) if kind == "delisted" else 0)]
            rows.append(
                {
                    words.text("ledger.change"): words.text(f"ledger.change_{kind}"),
                    words.text("ledger.change_subject"): _subject(row, names),
                    words.text("ledger.change_of"): names.subject(row.get("holder_id") or row.get("institution_id")),
                    words.text("ledger.change_what"): _changes(row, was, words),
                }
            )
    return pd.DataFrame(rows)


def _subject(row: dict[str, object], names: Names) -> str:
    for column in ("name", "name_zh", "enterprise_id", "institution_id", "code"):
        if (value := row.get(column)) is not None and not pd.isna(value):
            return str(value)
    return "—"


def _changes(row: dict[str, object], was: dict[str, object] | None, words: Catalogue) -> str:
    if was is None:
        told = [f"{words.column(str(name))} {words.value(value)}" for name, value in row.items() if _stated(value)]
    else:
        told = [
            f"{words.column(str(name))} {words.value(was.get(name))} → {words.value(value)}"
            for name, value in row.items()
            if words.value(was.get(name)) != words.value(value)
        ]
    more = len(told) - _MOST_CHANGES
    shown = words.text("page.list_joiner").join(told[:_MOST_CHANGES])
    return shown if more <= 0 else words.text("ledger.change_more", shown=shown, n=more)


def _stated(value: object) -> bool:
    return not pd.isna(value) and value not in ("", "unknown")


def _at(batch: Batch) -> str:
    return (batch.reviewed_at or batch.submitted_at or batch.drafted_at).astimezone().strftime("%Y-%m-%d %H:%M")
