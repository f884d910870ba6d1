"""What findings of conduct mean (Art. 9(2), 9(3), 20): one answer for every rule that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

State = Literal["ground", "open", "none"]


def conduct_state(row: Mapping[str, Any], reading: str) -> State:
    """Return what one finding means: a ground for revocation, an open question, or nothing.

    A finding needs its document: without one it is a complaint. ``reading`` (``illegal_acts``) says whether illegal
    acts in the operator's own name count.
    """
    own_name = row["in_institution_name"]
    if row["kind"] == "illegal" and own_name != "yes" and reading != "institution_name_only":
        if reading == "any_name":
            own_name = "yes"
        elif own_name == "no":
            return "open"
    if own_name == "no":
        return "none"
    return "ground" if own_name == "yes" and row["document"] is not None else "open"


def conduct_states(case: Case) -> dict[int, State]:
    """Return the state of each finding about the subject, by its position, as the policy reads illegal acts."""
    rows = case.context.conduct.get(case.subject.subject_id, ())
    # The reading is asked for where it can matter.
    asked = any(row["kind"] == "illegal" and row["in_institution_name"] != "yes" for row in rows)
    reading = case.reading("illegal_acts") if asked else "institution_name_only"
    states: dict[int, State] = {number: conduct_state(row, reading) for number, row in enumerate(rows)}
    return states


def profit_rows(case: Case) -> list[Mapping[str, Any]]:
    """Return the findings of profit-making about the subject, and a fee for profit that its own row states."""
    rows = case.context.conduct.get(case.subject.subject_id, ())
    found: list[Mapping[str, Any]] = [row for row in rows if row["kind"] == "profit_making"]
    return [*found, {"fees": "profit"}] if case.fact("fees") == "profit" else found


def profit_states(case: Case) -> dict[int, State]:
    """Return the state of each of :func:`profit_rows`; a stated fee for profit is a question, not a finding."""
    states: dict[int, State] = {
        number: "open" if "fees" in row else conduct_state(row, "institution_name_only")
        for number, row in enumerate(profit_rows(case))
    }
    return states
