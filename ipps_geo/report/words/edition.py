"""How an edition tells of itself and of the counts that it hides; ``results.disclosure`` decides what these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import DASH, Catalogue, is_missing

if TYPE_CHECKING:
    import pandas as pd

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
    value = row.get(name)
    return DASH if value is None or is_missing(value) else words.value(int(value))


def whole_of(row: Mapping[Any, Any], name: str) -> Any:
    """Return whom a share of the count ``name`` is taken of: for access, those of whom anybody can tell.

    >>> row = {"enterprises": 100, "not_judged": 31, "within_reach": 30, "on_roster": 20}
    >>> whole_of(row, "within_reach"), whole_of(row, "on_roster")
    (69, 100)
    """
    whole, unjudged = row["enterprises"], row.get("not_judged")
    if not name.startswith("within_reach") or is_missing(unjudged) or is_missing(whole):
        return whole
    return whole - unjudged


def share_text(words: Catalogue, row: Mapping[Any, Any], name: str) -> str:
    """Return a count of a coverage as a share, as an edition prints it (see :func:`whole_of`)."""
    parts = (name, "enterprises", *(["not_judged"] if name.startswith("within_reach") else []))
    if any(is_withheld(row, part) for part in parts):
        return words.text("page.withheld")
    return words.share(row[name], whole_of(row, name))


def unjudged_lines(words: Catalogue, by_unit: pd.DataFrame) -> list[str]:
    """Return of how many enterprises nobody can tell whether they are within reach, in all and by unit, if any."""
    rows = [row for row in by_unit.to_dict("records") if "not_judged" in row]
    if not rows or (not is_withheld(rows[-1], "not_judged") and not rows[-1]["not_judged"]):
        return []
    return [words.text("page.not_judged", n=count_text(words, rows[-1], "not_judged"), share=_part(words, rows[-1]))]


def _part(words: Catalogue, row: Mapping[Any, Any]) -> str:
    if is_withheld(row, "not_judged") or is_withheld(row, "enterprises"):
        return words.text("page.withheld")
    return words.share(row["not_judged"], row["enterprises"])


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
