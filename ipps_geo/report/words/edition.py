"""How an edition tells of itself and of the counts that it hides; ``results.disclosure`` decides what these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import DASH, Catalogue, is_missing

if TYPE_CHECKING:
    from ipps_geo.results import Provenance


def is_withheld(row: Mapping[Any, Any], name: str) -> bool:
    """Return whether a row of a public table hides the column ``name``, or the share that stands on it.

    >>> is_withheld({"not_shown": "on_roster;with_need"}, "on_roster_share")
    True
    >>> is_withheld({"not_shown": ""}, "on_roster")
    False
    """
    told = row.get("not_shown", "")
    hidden = [] if is_missing(told) else str(told).split(";")
    return name in hidden or (name.endswith("_share") and name.removesuffix("_share") in hidden)


def count_text(words: Catalogue, row: Mapping[Any, Any], name: str) -> str:
    """Return a count of a table's row as an edition prints it."""
    if is_withheld(row, name):
        return words.text("page.withheld")
    value = row[name]
    return DASH if is_missing(value) else words.value(int(value))


def share_text(words: Catalogue, row: Mapping[Any, Any], name: str, whole: str = "enterprises") -> str:
    """Return a count as a share of another of its row, as an edition prints it."""
    if is_withheld(row, name) or is_withheld(row, whole):
        return words.text("page.withheld")
    return words.share(row[name], row[whole])


def edition_mark(words: Catalogue, provenance: Provenance) -> str:
    """Return the mark that every file of a public edition carries, with its review number; "" where it is internal."""
    edition = provenance.edition
    if edition is None:
        return ""
    return words.text("page.public_mark", number=edition.map_review_number or words.text("page.no_review_number"))


def map_notice(words: Catalogue, provenance: Provenance) -> str:
    """Return what stands on every map: internal, or public with or without its review number."""
    edition = provenance.edition
    if edition is None:
        return words.text("page.review_notice")
    return edition_mark(words, provenance) if edition.map_review_number else words.text("page.public_unreviewed")


def edition_lines(words: Catalogue, provenance: Provenance) -> list[str]:
    """Return what a public edition says of itself: its mark, its rule, what it has not got; nothing where internal."""
    edition = provenance.edition
    if edition is None:
        return []
    left_out = words.text("page.list_joiner").join(words.label("LeftOut", code) for code in edition.left_out)
    hidden = sum(edition.hidden.values())
    return [
        edition_mark(words, provenance),
        words.text("page.public_rule", least=edition.minimum, most=edition.minimum - 1, n=hidden),
        *([words.text("page.public_left_out", what=left_out)] if left_out else []),
    ]
