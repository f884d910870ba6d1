"""What waits for an account: submissions to review, cases to take a step in, evaluations that nobody has begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ipps_geo.compliance.calendar import add_days
from ipps_geo.ledger.accounts import DESK_LOGIN, Account, Role
from ipps_geo.ledger.batches import submissions
from ipps_geo.ledger.cases import Case, cases
from ipps_geo.ledger.rows import read_rows
from ipps_geo.ledger.scopes import units_within
from ipps_geo.ledger.views import WHOLE

if TYPE_CHECKING:
    from ipps_geo.ledger.batches import Batch
    from ipps_geo.ledger.store import Ledger
    from ipps_geo.policy import Policy

_EVALUATED = ("district_center", "workstation")


@dataclass(frozen=True)
class Waiting:
    """One thing that waits. ``due`` is the last day for it, where there is one; ``overdue_days`` how long that is past.

    ``kind``: a submission to ``review`` (``batch``), a ``case`` with the ``steps`` that this account may take, or the
    ``evaluation`` of an institution (``subject``) for the year before.
    """

    kind: Literal["review", "case", "evaluation"]
    subject: str
    unit: str | None
    since: dt.date | None
    due: dt.date | None
    overdue_days: int
    steps: tuple[str, ...] = ()
    batch: Batch | None = None
    case: Case | None = None


def worklist(ledger: Ledger, account: Account, policy: Policy, on: dt.date) -> list[Waiting]:
    """Return what waits for an account on a day, the longest overdue first.

    A revocation is due on its planned day, or as soon as the days of Art. 9 are over; an evaluation at the end of the
    year after the one that it is of (Art. 19 asks for it yearly).
    """
    desk = account.login == DESK_LOGIN
    found = []
    for batch in submissions(ledger, account, "submitted") if account.role is Role.CITY else ():
        if desk or account.login not in (batch.submitted_by, batch.drafted_by):
            since = None if batch.submitted_at is None else batch.submitted_at.date()
            found.append(Waiting("review", batch.file, batch.unit, since, None, 0, ("accept", "return"), batch=batch))
    days = policy.integer("revocation_notice_days", on)
    for case in cases(ledger, account):
        steps = tuple(step for step in case.open_to(account) if step != "withdraw")
        if steps:
            due = _due(case, days)
            late = 0 if due is None else max((on - due).days, 0)
            found.append(Waiting("case", case.subject, case.unit, case.steps[-1].day, due, late, steps, case=case))
    found += _not_evaluated(ledger, account, on)
    return sorted(found, key=lambda each: (-each.overdue_days, each.since or dt.date.min, each.subject))


def _due(case: Case, days: int) -> dt.date | None:
    if case.kind != "revocation" or any(each.step == "decide" for each in case.steps):
        return None
    planned = case.facts.get("planned_on")
    earliest = add_days(case.opened_on, days)
    return earliest if planned is None else max(earliest, dt.date.fromisoformat(planned))


def _not_evaluated(ledger: Ledger, account: Account, on: dt.date) -> list[Waiting]:
    """Return the institutions whose evaluation of one of the two years before nobody has on record, nor as a case."""
    with ledger.reading() as connection:
        stations = read_rows(connection, "institutions")
        if account.role is Role.DISTRICT:
            stations = stations[stations["unit"].isin(units_within(connection, str(account.unit)))]
        elif account.role not in WHOLE:
            return []
        held = read_rows(connection, "evaluations")[["institution_id", "year"]]
    done = {(own, int(year)) for own, year in held.itertuples(index=False)}
    done |= {(each.subject, int(each.facts["year"])) for each in cases(ledger, account) if each.kind == "evaluation"}
    going = stations["revoked_on"].isna() & (stations["is_revoked"] != "yes") & stations["kind"].isin(_EVALUATED)
    found = []
    for year in (on.year - 2, on.year - 1):
        due = dt.date(year + 1, 12, 31)
        old = stations["established_on"].isna() | (stations["established_on"] <= pd.Timestamp(year, 1, 1))
        for own, unit in stations.loc[going & old, ["institution_id", "unit"]].itertuples(index=False):
            if (own, year) not in done:
                whose = None if pd.isna(unit) else str(unit)
                found.append(Waiting("evaluation", own, whose, None, due, max((on - due).days, 0)))
    return found
