"""What the rules make of rows that a load left out: possible, never certain, and of anybody whom they may concern.

Rows of rosters are counted as possible enterprises (:func:`ipps_geo.compliance.left_out.possible_rows`). For every
other table an outcome that a row left out could turn is UNDETERMINED (:func:`with_left_out`), whatever was found
without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.findings import Outcome, Verdict

if TYPE_CHECKING:
    from ipps_geo.compliance.context import Context
    from ipps_geo.compliance.left_out import Gap
    from ipps_geo.compliance.registry import Rule
    from ipps_geo.compliance.subjects import Subject

OWNER: Mapping[str, tuple[str, ...]] = {
    "institutions": ("institution_id",),
    "applications": ("application_id", "institution_id"),
    "carriers": ("carrier_id",),
    "staff": ("institution_id",),
    "evaluations": ("institution_id",),
    "conduct": ("institution_id",),
    "rosters": ("holder_id",),
}
"""Columns that say whom a row is about."""

CENSUS = frozenset({"R7-2a", "R7-2b", "R7-2c", "R7-2d"})
"""Rules that count rows left out of rosters, and registered enterprises left out, themselves."""

NETWORK: Mapping[str, tuple[str, ...]] = {
    "R4-1": ("institutions", "applications"),
    "R4-5": ("institutions",),
    "R6-3a": ("staff",),
    "R6-3b": ("staff",),
    "R7-2c": ("institutions", "applications"),
    "R7-4": ("staff",),
    "DQ-3": ("staff",),
    "R7-6": ("institutions",),
}
"""Tables of which a rule looks at the rows of others as well."""

STANDS = frozenset({"overlap", "too_many_centers", "second_center", "barred"})
"""Codes of failures that no further row can mend."""

_OF_SUBJECT = {"institution": "institutions", "application": "applications", "carrier": "carriers"}


def with_left_out(outcome: Outcome, entry: Rule, subject: Subject, context: Context) -> Outcome:
    """Return ``outcome``, UNDETERMINED where rows that were left out could turn it."""
    if entry.rule_id in CENSUS and outcome.verdict is Verdict.UNDETERMINED:
        possible = context.rosters.left_out_of(subject)
        return replace(outcome, params={**outcome.params, "left_out": possible}) if possible else outcome
    if not context.gaps or outcome.verdict is Verdict.UNDETERMINED or subject.role == "policy":
        return outcome
    if outcome.verdict is Verdict.FAIL and outcome.code in STANDS:
        return outcome
    passed = outcome.verdict is Verdict.PASS
    concerned = {gap.table: _concerned(gap, entry, subject, context, passed=passed) for gap in context.gaps}
    tables = tuple(sorted(table for table, count in concerned.items() if count != 0))
    if not tables:
        return outcome
    counts = [concerned[table] for table in tables]
    told: dict[str, Any] = {"tables": tables, "as_read": outcome.verdict.value}
    if None not in counts:
        told["lost"] = sum(count or 0 for count in counts)
    return replace(
        outcome,
        verdict=Verdict.UNDETERMINED,
        code="rows_left_out" if "lost" in told else "part_not_read",
        missing=(*outcome.missing, *(table for table in tables if table not in outcome.missing)),
        params={**outcome.params, **told},
    )


def _concerned(gap: Gap, entry: Rule, subject: Subject, context: Context, *, passed: bool) -> int | None:
    """Return how many rows of a gap could turn the outcome of a rule about a subject; None where nobody knows."""
    own = _OF_SUBJECT.get(subject.kind) == gap.table
    if not own and not any(name.split(".")[0] == gap.table for name in entry.inputs) and not _of_place(gap, entry):
        return 0
    if gap.count is None:
        return None
    if gap.table in ("rosters", "enterprises") and entry.rule_id in CENSUS:
        return 0  # counted as possible enterprises
    mine = {subject.subject_id, *subject.holders, *([subject.institution_id] if subject.institution_id else [])}
    if gap.table not in NETWORK.get(entry.rule_id, ()):
        return int(_owned_by(gap, mine, context).sum())
    of_others = _of_network(gap, entry, subject, mine, context)
    # One more person never harms, unless it is somebody who is here already.
    return int((of_others if gap.table == "staff" and passed else of_others | _owned_by(gap, mine, context)).sum())


def _of_place(gap: Gap, entry: Rule) -> bool:
    return gap.table == "service_units" and entry.rule_id in ("R4-1", "R4-5", "R4-6")


def _owned_by(gap: Gap, ids: set[str], context: Context) -> Any:
    """Return, per row of a gap, whether it may be about one of ``ids``: it names one, or nobody who is known."""
    columns = [name for name in OWNER.get(gap.table, ()) if name in gap.rows.columns]
    if not columns:
        return np.ones(len(gap.rows), dtype=bool)
    named = gap.rows[columns]
    mine = named.isin(ids).any(axis=1).to_numpy()
    if gap.table in ("institutions", "carriers", "applications"):
        # A row that names somebody else adds somebody else; one that names nobody may be a second row of anybody.
        return mine | named[columns[0]].isna().to_numpy()
    return mine | ~named.isin(context.known_ids).any(axis=1).to_numpy()


def _of_network(gap: Gap, entry: Rule, subject: Subject, ids: set[str], context: Context) -> Any:
    """Return, per row of a gap, whether a rule that looks at others as well could find another outcome with it."""
    rows = gap.rows

    def may_be(name: str, value: Any) -> Any:
        if name not in rows.columns or value is None:
            return np.ones(len(rows), dtype=bool)
        return (rows[name].isna() | (rows[name] == value)).to_numpy(dtype=bool)

    if gap.table == "staff":
        staff = context.workspace.staff
        here = set(staff.loc[staff["institution_id"].isin(ids), "person_id"])
        if "person_id" not in rows.columns:
            return np.full(len(rows), bool(here))
        return (rows["person_id"].isna() & bool(here) | rows["person_id"].isin(here)).to_numpy(dtype=bool)
    if entry.rule_id == "R7-6":
        return may_be("undertaking_uscc", subject.facts.get("undertaking_uscc"))
    kind = "district_center" if entry.rule_id == "R4-1" else "workstation"
    of_kind = may_be("institution_kind" if gap.table == "applications" else "kind", kind)
    return of_kind if entry.rule_id == "R7-2c" else of_kind & may_be("unit", subject.unit)  # rosters: citywide
