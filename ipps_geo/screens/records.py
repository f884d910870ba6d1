"""What happened, who did it, and what the record held: as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.report.words.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from ipps_geo.ledger.events import Event


def event_rows(events: Sequence[Event], lang: str) -> pd.DataFrame:
    """Return who did what, oldest first."""
    words = catalogue(lang)
    return pd.DataFrame(
        [
            {
                words.text("ledger.event_number"): each.number,
                words.text("ledger.event_at"): each.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                words.text("ledger.event_who"): each.account,
                words.text("ledger.event_what"): words.label("LedgerEvent", each.what),
                words.text("ledger.event_subject"): subject_word(each.subject, words),
                words.text("ledger.event_detail"): detail_word(each.detail, words),
            }
            for each in events
        ]
    )


def version_rows(versions: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return every version of a row, oldest first: batch, when, by whom, from which file, what it changed."""
    words = catalogue(lang)
    rows = []
    for version in versions.to_dict("records"):
        changed = [name for name in str(version["changed"]).split(";") if name and name != "geometry"]
        told = [f"{words.column(name)} {words.value(version[name])}" for name in changed]
        rows.append(
            {
                words.text("ledger.version_batch"): version["recorded_in"],
                words.text("ledger.version_until"): words.value(version["superseded_in"]),
                words.text("ledger.version_at"): str(version["at"])[:16].replace("T", " "),
                words.text("ledger.version_by"): version["by"] or "—",
                words.text("ledger.version_file"): version["file"] or "—",
                words.text("ledger.version_changed"): words.text("page.list_joiner").join(told) or "—",
            }
        )
    return pd.DataFrame(rows)


def subject_word(subject: str, words: Catalogue) -> str:
    """Return what an event is about: ``batch:7`` is submission 7."""
    kind, _, name = subject.partition(":")
    return words.text(f"ledger.subject_{kind}", name=name) if words.has(f"ledger.subject_{kind}") else subject or "—"


def detail_word(detail: Mapping[str, Any], words: Catalogue) -> str:
    """Return the values of an event as one line."""
    told = [
        f"{_name(name, words)} {_plain(value)}"
        for name, value in detail.items()
        if value not in (None, "", {}, [], False)
    ]
    return words.text("page.list_joiner").join(told) or "—"


def _name(name: str, words: Catalogue) -> str:
    return words.text(f"ledger.detail_{name}") if words.has(f"ledger.detail_{name}") else name


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {inner}" for name, inner in value.items() if inner)
    return str(value)
