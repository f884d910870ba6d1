"""Cases: applications, changes, revocations and evaluations, step by step, with the verdicts as they were at each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ipps_geo.compliance.context import Context
from ipps_geo.compliance.engine import judge
from ipps_geo.compliance.subjects import subjects_of
from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import Account, Role
from ipps_geo.ledger.asof import workspace_at
from ipps_geo.ledger.effects import Act, Writing, checked_form, write_step
from ipps_geo.ledger.events import append
from ipps_geo.ledger.flows import Step, next_step, open_steps
from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.rows import holds
from ipps_geo.ledger.scopes import units_within
from ipps_geo.ledger.store import last_batch, new_id
from ipps_geo.ledger.tables import CASE, ROWS, STEP
from ipps_geo.ledger.takeover import take_over, tell_batch
from ipps_geo.ledger.views import WHOLE

if TYPE_CHECKING:
    from ipps_geo.ledger.flows import CaseKind
    from ipps_geo.ledger.store import Ledger
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

VERDICT = ("rule", "article", "verdict", "severity", "code", "measured", "required", "missing")
"""What a step keeps of each finding: no evidence, which may be of others."""


@dataclass(frozen=True)
class StepTaken:
    """One step of a case: who took it when, and what the rules said then.

    ``day`` is the day of the act, ``at`` when it was entered. ``batch`` is the record that the verdicts are of,
    ``content_hash`` its content (empty for those who see a part of it only), ``policy`` the version judged by.
    """

    number: int
    step: str
    day: dt.date
    at: dt.datetime
    account: str
    note: str
    attachment: str | None
    facts: Mapping[str, Any]
    batch: int
    content_hash: str
    policy: str
    verdicts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Case:
    """One procedure: what it is about, and its steps so far. ``subject`` is an application, or an institution."""

    id: int
    kind: str
    subject: str
    unit: str | None
    route: str
    opened_on: dt.date
    opened_by: str
    facts: Mapping[str, Any]
    steps: tuple[StepTaken, ...]

    @property
    def state(self) -> str:
        """The last step that was taken."""
        return self.steps[-1].step

    @property
    def waits_for(self) -> Step | None:
        """The step that it waits for; None when it is closed."""
        return next_step(self.kind, self.route, [each.step for each in self.steps])

    def open_to(self, account: Account) -> list[Step]:
        """Return the steps that an account may take now."""
        taken = [each.step for each in self.steps]
        submitters = [each.account for each in self.steps if each.step == "submit"]
        return open_steps(self.kind, self.route, taken, submitters, account)


def open_case(
    ledger: Ledger,
    account: Account,
    kind: CaseKind,
    facts: Mapping[str, Any],
    *,
    policy: Policy,
    on: dt.date,
    unit: str | None = None,
    direct: bool = False,
    note: str = "",
    attachment: str | None = None,
) -> Case:
    """Open a case with its submission, and return it.

    Parameters
    ----------
    facts
        What the form states: columns of ``applications``; of a change also ``changes`` (columns of the institution by
        name), of an evaluation ``institution_id``, ``year``, ``round``, ``indicator_version``.
    unit
        Whose case it is; by default the account's unit, or that of the institution. None: of nobody but the city.
    direct
        An industry organisation goes straight to the city centre (Art. 5, 8).
    attachment
        sha256 of what was handed in.

    Raises
    ------
    BadInput
        The account may not submit this; a fact is missing, or not the form's.
    """
    form = checked_form(kind, facts, kind)
    with ledger.writing() as connection:
        if kind != "application":
            found, unit = _institution(connection, str(form["institution_id"]))
            form.setdefault("institution_kind", found)
        elif account.role is Role.DISTRICT:
            unit = unit or account.unit
        if kind == "evaluation":
            form.pop("institution_kind", None)
        _check_own(connection, account, unit)
        route = "direct" if direct else "district"
        made = connection.execute(
            sa.insert(CASE).values(
                kind=kind,
                subject="",
                unit=unit,
                route=route,
                state="",
                opened_on=on,
                opened_by=account.login,
                facts=_json(form),
            )
        )
        case_id = new_id(made)
        subject = str(form["institution_id"]) if kind == "evaluation" else f"AP-{on.year}-{case_id:04d}"
        connection.execute(_change(case_id).values(subject=subject))
        case = _case(connection, case_id)
        return _take(connection, ledger, account, case, "submit", policy, on, note, attachment, {})


def take_step(
    ledger: Ledger,
    account: Account,
    case_id: int,
    step: Step,
    *,
    policy: Policy,
    on: dt.date,
    note: str = "",
    attachment: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Case:
    """Take a step of a case, and return the case.

    Parameters
    ----------
    on
        Day of the act; not before the one of the step before.
    facts
        ``appraise``: was_inspected, was_argued, was_evaluated; ``decide``: decision (accepted, rejected), of an
        evaluation result, of a revocation revoked_on, revocation_notified_on; ``submit`` again: the form's corrections.

    Raises
    ------
    BadInput
        The step is not the account's to take now; a reason or a fact is missing; the day is too early.
    """
    with ledger.writing() as connection:
        case = _visible(connection, account, case_id)
        if step not in case.open_to(account):
            raise BadInput("ledger.no_step", where=case.subject, step=step, waits=case.waits_for or "—")
        if step == "return" and not note.strip():
            raise BadInput("ledger.no_reason", where="reason")
        if on < case.steps[-1].day:
            raise BadInput("ledger.too_early", where=case.subject, day=case.steps[-1].day)
        return _take(connection, ledger, account, case, step, policy, on, note, attachment, facts or {})


def cases(ledger: Ledger, account: Account) -> list[Case]:
    """Return the cases that an account may know of, the last one first: the city all, a district its own."""
    with ledger.reading() as connection:
        wanted = sa.select(CASE.c.id).where(_mine(connection, account)).order_by(CASE.c.id.desc())
        return [_told(_case(connection, each), account) for each in connection.scalars(wanted).all()]


def case_of(ledger: Ledger, account: Account, case_id: int) -> Case:
    """Return one case.

    Raises
    ------
    BadInput
        There is no such case for this account.
    """
    with ledger.reading() as connection:
        return _told(_visible(connection, account, case_id), account)


def _take(
    connection: sa.Connection,
    ledger: Ledger,
    account: Account,
    case: Case,
    step: Step,
    policy: Policy,
    on: dt.date,
    note: str,
    attachment: str | None,
    facts: Mapping[str, Any],
) -> Case:
    form = dict(case.facts)
    if step == "submit" and facts:
        form = checked_form(case.kind, {**form, **facts}, case.kind)
        connection.execute(_change(case.id).values(facts=_json(form)))
    writing = Writing(connection, case.subject)
    if step != "return":
        write_step(writing, Act(case.kind, case.subject, step, on, form, facts, case.unit, case.route))
    number = last_batch(connection)
    if writing.recorded or writing.superseded:
        number = take_over(ledger, connection, writing.frames, writing.superseded)
        rows = sum(len(frame) for frame in writing.frames.values())
        tell_batch(connection, account, number, table="applications", case=case.id, unit=case.unit, day=on, rows=rows)
    whole = workspace_at(connection, None, ledger.where) if number else None
    verdicts = [] if whole is None else verdicts_of(whole, policy, case.subject, on)
    connection.execute(
        sa.insert(STEP).values(
            case_id=case.id,
            number=len(case.steps) + 1,
            step=step,
            day=on,
            at=stamp(dt.datetime.now(dt.UTC)),
            account=account.login,
            note=note.strip(),
            attachment=attachment,
            facts=_json(facts),
            batch=number,
            content_hash="" if whole is None else whole.content_hash,
            policy=policy.version,
            verdicts=json.dumps(verdicts, ensure_ascii=False),
        )
    )
    connection.execute(_change(case.id).values(state=step))
    append(connection, account.login, step, f"case:{case.id}", subject=case.subject, batch=number, day=on.isoformat())
    return _told(_case(connection, case.id), account)


def verdicts_of(workspace: Workspace, policy: Policy, subject: str, on: dt.date) -> list[dict[str, Any]]:
    """Return what every rule says of one subject on a day, without evidence; see :data:`VERDICT`."""
    subjects = subjects_of(workspace, on)
    own = [each for each in subjects if each.subject_id == subject and each.role != "unit"]
    found = judge(Context(workspace, policy, on, subjects), own)
    return [{name: each.to_dict()[name] for name in VERDICT} for each in found]


def _institution(connection: sa.Connection, institution: str) -> tuple[str, str | None]:
    rows = ROWS["institutions"]
    wanted = sa.select(rows.c.kind, rows.c.unit).where(holds(rows, None), rows.c.institution_id == institution)
    row = connection.execute(wanted).first()
    if row is None:
        raise BadInput("ledger.no_station", where=institution)
    return row[0], row[1]


def _check_own(connection: sa.Connection, account: Account, unit: str | None) -> None:
    if account.role is Role.CITY:
        return
    own = account.role is Role.DISTRICT and account.unit is not None
    if not own or unit not in units_within(connection, str(account.unit)):
        raise BadInput("ledger.not_yours", where=account.login)


def _mine(connection: sa.Connection, account: Account) -> sa.ColumnElement[bool]:
    if account.role in WHOLE:
        return sa.true()
    if account.role is not Role.DISTRICT or account.unit is None:
        return sa.false()
    return CASE.c.unit.in_(sorted(units_within(connection, account.unit)))


def _visible(connection: sa.Connection, account: Account, case_id: int) -> Case:
    if connection.scalar(sa.select(CASE.c.id).where(CASE.c.id == case_id, _mine(connection, account))) is None:
        raise BadInput("ledger.no_case", where=str(case_id))
    return _case(connection, case_id)


def _case(connection: sa.Connection, case_id: int) -> Case:
    row = connection.execute(sa.select(CASE).where(CASE.c.id == case_id)).mappings().one()
    wanted = sa.select(STEP).where(STEP.c.case_id == case_id).order_by(STEP.c.number)
    steps = tuple(
        StepTaken(
            number=each["number"],
            step=each["step"],
            day=each["day"],
            at=moment(each["at"]),
            account=each["account"],
            note=each["note"],
            attachment=each["attachment"],
            facts=json.loads(each["facts"]),
            batch=each["batch"],
            content_hash=each["content_hash"],
            policy=each["policy"],
            verdicts=tuple(json.loads(each["verdicts"])),
        )
        for each in connection.execute(wanted).mappings()
    )
    told = {name: row[name] for name in ("id", "kind", "subject", "unit", "route", "opened_on", "opened_by")}
    return Case(**told, facts=json.loads(row["facts"]), steps=steps)


def _told(case: Case, account: Account) -> Case:
    """Return a case as an account sees it: the hash of the whole record says something of rows of others."""
    if account.role in WHOLE:
        return case
    steps = tuple(replace(each, content_hash="") for each in case.steps)
    return replace(case, steps=steps)


def _change(case_id: int) -> sa.Update:
    return sa.update(CASE).where(CASE.c.id == case_id)


def _json(facts: Mapping[str, Any]) -> str:
    plain = {name: each.isoformat() if isinstance(each, dt.date) else each for name, each in facts.items()}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)
