"""What a step of a case writes on record: dates and answers of its row, and what a decision brings about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger.fitting import check_fit
from ipps_geo.ledger.rows import read_rows
from ipps_geo.ledger.tables import ROWS
from ipps_geo.workspace.tables import conform

APPLICATIONS, INSTITUTIONS = TABLES["applications"], TABLES["institutions"]

STEP_COLUMNS = frozenset(
    {"application_id", "kind", "applied_on", "decision", "decided_on", "filed_on", "was_filed", "inspected_on"}
    | {"district_inspected", "recommended_on", "district_recommended", "was_inspected", "was_argued", "was_evaluated"}
    | {"route", "unit"}
)
"""Columns of an application that its steps write, never its form."""

FORM = frozenset(APPLICATIONS.columns) - STEP_COLUMNS - {"geometry"}
"""What the form of an application may state."""

CHANGEABLE = frozenset(INSTITUTIONS.columns) - (
    {"institution_id", "kind", "established_on", "revoked_on", "is_revoked", "geometry"}
)
"""What a change of Art. 8 may alter of an institution."""

_KINDS = {"application": "establishment", "change": "change", "revocation": "revocation"}
_APPRAISED = ("was_inspected", "was_argued", "was_evaluated")


@dataclass
class Writing:
    """The rows that one step records, and those that hold no longer after it, by table."""

    connection: sa.Connection
    where: str
    recorded: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    superseded: dict[str, list[int]] = field(default_factory=dict)

    def put(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Record the row of a key with other values; a row that is not there yet begins blank."""
        live = self.live(table, key)
        row = live.drop(columns="row_id").iloc[:1] if len(live) else conform(table, pd.DataFrame([dict(key)]))
        changed = pd.DataFrame(row).astype(object)
        for column, value in values.items():
            changed[column] = pd.Series([value], index=changed.index, dtype=object)
        try:
            made = conform(table, changed)
        except (ValueError, TypeError) as error:
            raise BadInput("ledger.bad_fact", where=self.where) from error
        check_fit(self.connection, table, made, self.where)
        self.recorded.setdefault(table, []).append(made)
        self.superseded.setdefault(table, []).extend(live["row_id"].tolist())

    def drop(self, table: str, key: Mapping[str, Any]) -> None:
        """Let the rows of a key hold no longer."""
        self.superseded.setdefault(table, []).extend(self.live(table, key)["row_id"].tolist())

    def live(self, table: str, key: Mapping[str, Any]) -> pd.DataFrame:
        """Return the rows of a key that hold now, with their numbers."""
        rows = ROWS[table]
        chosen = sa.and_(*(rows.c[column] == value for column, value in key.items()))
        return read_rows(self.connection, table, where=chosen, extra=["row_id"])

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The rows to be recorded, by table."""
        return {name: conform(name, pd.concat(parts, ignore_index=True)) for name, parts in self.recorded.items()}


def checked_form(kind: str, facts: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return what a form states, refused where it states what is not its business.

    Raises
    ------
    BadInput
        A fact that the form does not have, or one that it needs and lacks.
    """
    allowed = {
        "application": FORM | {"lon", "lat"},
        "change": FORM | {"changes"},
        "revocation": FORM,
        "evaluation": {"institution_id", "year", "round", "indicator_version"},
    }[kind]
    strange = sorted(set(facts) - allowed)
    if strange:
        raise BadInput("ledger.no_fact", where=where, names=tuple(strange))
    needed = {"application": ("name",), "evaluation": ("institution_id", "year")}.get(kind, ("institution_id",))
    lacking = [name for name in needed if facts.get(name) in (None, "")]
    changes = facts.get("changes", {})
    if kind == "change" and (not changes or set(changes) - CHANGEABLE):
        lacking.append("changes")
    if lacking:
        raise BadInput("ledger.fact_missing", where=where, names=tuple(lacking))
    return dict(facts)


@dataclass(frozen=True)
class Act:
    """One step to be written: of which case, on which day; ``form`` is what the case states, ``facts`` the step."""

    kind: str
    subject: str
    step: str
    on: dt.date
    form: Mapping[str, Any]
    facts: Mapping[str, Any]
    unit: str | None
    route: str

    def fact(self, name: str, *allowed: str) -> Any:
        """Return what the step states.

        Raises
        ------
        BadInput
            It does not, or something else than what is allowed.
        """
        value = self.facts.get(name)
        if value in (None, "") or (allowed and value not in allowed):
            raise BadInput("ledger.fact_missing", where=self.subject, names=(name,))
        return value

    @property
    def stated(self) -> dict[str, Any]:
        """What the form states, as columns."""
        values = {name: value for name, value in self.form.items() if name in FORM}
        if {"lon", "lat"} <= self.form.keys():
            from shapely import Point

            values["geometry"] = Point(float(self.form["lon"]), float(self.form["lat"]))
        return values


def write_step(writing: Writing, act: Act) -> None:
    """Write what a step of a case means for the tables.

    Raises
    ------
    BadInput
        A fact that the step needs is missing, or none that it may state.
    """
    if act.kind == "evaluation":
        if act.step == "decide":
            key = {"institution_id": act.subject, "year": int(act.form["year"]), "round": int(act.form.get("round", 1))}
            told = {"result": act.fact("result"), "evaluated_on": act.on}
            writing.put("evaluations", key, told | {"indicator_version": act.form.get("indicator_version")})
        return
    if act.step == "withdraw":
        for table, column in (
            ("rosters", "holder_id"),
            ("staff", "institution_id"),
            ("applications", "application_id"),
        ):
            writing.drop(table, {column: act.subject})
        return
    writing.put("applications", {"application_id": act.subject}, _of_application(writing, act))
    if act.step == "decide" and act.facts["decision"] == "accepted":
        _bring_about(writing, act)
    if act.step == "file" and act.kind == "revocation" and "revocation_notified_on" in act.facts:
        notified = {"revocation_notified_on": act.facts["revocation_notified_on"]}
        writing.put("institutions", {"institution_id": act.form["institution_id"]}, notified)


def _of_application(writing: Writing, act: Act) -> dict[str, Any]:
    """Return the columns of the application that a step writes."""
    if act.step == "submit":
        told = {"kind": _KINDS[act.kind], "unit": act.unit, "route": act.route, "application_form": "written"}
        told |= {"institution_kind": "workstation", **act.stated}
        if act.kind == "change":
            told["change_items"] = ";".join(sorted(act.form["changes"]))
        again = len(writing.live("applications", {"application_id": act.subject}))
        return told if again else {**told, "applied_on": act.on}
    if act.step == "inspect":
        return {"district_inspected": "yes", "inspected_on": act.on}
    if act.step == "recommend":
        return {"district_recommended": "yes", "recommended_on": act.on}
    if act.step == "appraise":
        return {name: act.fact(name, "yes", "no", "unknown") for name in _APPRAISED}
    if act.step == "decide":
        decision = act.fact("decision", "accepted", "rejected")
        made = {"institution_id": f"IN-{act.subject}"} if (act.kind, decision) == ("application", "accepted") else {}
        return {"decision": decision, "decided_on": act.on, **made}
    return {"was_filed": "yes", "filed_on": act.on}


def _bring_about(writing: Writing, act: Act) -> None:
    """Write what a decision brings about: an institution, a changed one, a revoked one."""
    if act.kind == "application":
        shared = set(APPLICATIONS.columns) & set(INSTITUTIONS.columns) - {"institution_id", "kind"}
        values = {name: value for name, value in act.stated.items() if name in shared}
        values |= {"kind": act.form.get("institution_kind", "workstation"), "unit": act.unit, "established_on": act.on}
        writing.put("institutions", {"institution_id": f"IN-{act.subject}"}, values)
        return
    institution = {"institution_id": act.form["institution_id"]}
    if act.kind == "change":
        writing.put("institutions", institution, act.form["changes"])
        return
    ended = {"revoked_on": act.facts.get("revoked_on", act.on), "is_revoked": "yes"}
    if act.form.get("ground"):
        ended["revocation_ground"] = act.form["ground"]
    if "revocation_notified_on" in act.facts:
        ended["revocation_notified_on"] = act.facts["revocation_notified_on"]
    writing.put("institutions", institution, ended)
