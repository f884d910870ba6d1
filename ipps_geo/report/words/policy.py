"""How a policy version is named wherever a result says what it was judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipps_geo.policy import PolicyChange
    from ipps_geo.report.words.catalogue import Catalogue
    from ipps_geo.results import Provenance

_MOST_SIGNS = 60


def measure_title(words: Catalogue, provenance: Provenance) -> str:
    """Return the title of the text that a result was judged by, as its policy version states it."""
    title = provenance.policy_title.get(words.lang) or provenance.policy_version
    return words.text("page.measure", title=title)


def policy_name(words: Catalogue, provenance: Provenance, most: int = 3) -> str:
    """Return the name of the policy version; one that differs from the shipped version of its name says so.

    Up to ``most`` of the differences are listed; the JSON document holds them all.
    """
    found = provenance.policy_changes
    if not found:
        return provenance.policy_version
    told = [_change(words, change) for change in found[:most]]
    told += ["…"] if most and len(found) > most else []
    changes = words.text("page.clause_joiner").join(told)
    key = "page.policy_changed_to" if told else "page.policy_changed"
    return words.text(key, version=provenance.policy_version, n=len(found), changes=changes)


def _change(words: Catalogue, change: PolicyChange) -> str:
    name = words.label("PolicyValue", change.name)
    if name == change.name:
        name = words.label("PolicyPart", change.name)
    part = "" if not change.part else f" {words.label('PolicyPart', change.part)}"
    shipped, own = (_short(words, change, value) for value in (change.shipped, change.own))
    return words.text("page.policy_change", name=f"{name}{part}", shipped=shipped, own=own)


def _short(words: Catalogue, change: PolicyChange, value: str) -> str:
    shown = words.entries.get(f"Reading.{change.name}.{value}", value) or "—"
    return shown if len(shown) <= _MOST_SIGNS else shown[: _MOST_SIGNS - 1] + "…"
