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


def subject_word(subject: str, words: Catalogue) -> str:
    """Return what an event is about: ``batch:7`` is submission 7."""
    kind, _, name = subject.partition(":")
    return words.text(f"ledger.subject_{kind}", name=name) if words.has(f"ledger.subject_{kind}") else subject or "—"


def detail_word(detail: Mapping[str, Any], words: Catalogue) -> str:
    """Return the values of an event as one line."""
    told = [f"{name} {_plain(value)}" for name, value in detail.items() if value not in (None, "", {}, [])]
    return words.text("page.list_joiner").join(told) or "—"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {inner}" for name, inner in value.items() if inner)
    return str(value)
