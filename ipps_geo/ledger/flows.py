"""The procedures of Art. 5, 8, 9 and 19 as data: which steps follow on each other, and who may take them.

The record shows what is missing and what the rules say; it never takes a step by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from ipps_geo.ledger.accounts import DESK_LOGIN, Account, Role

CaseKind = Literal["application", "change", "revocation", "evaluation"]
Step = Literal["submit", "inspect", "recommend", "appraise", "decide", "file", "return", "withdraw"]

FLOWS: Mapping[tuple[str, str], tuple[Step, ...]] = MappingProxyType(
    {
        ("application", "district"): ("submit", "inspect", "recommend", "appraise", "decide", "file"),
        ("application", "direct"): ("submit", "appraise", "decide", "file"),
        ("change", "district"): ("submit", "recommend", "decide", "file"),
        ("change", "direct"): ("submit", "decide", "file"),
        ("revocation", "district"): ("submit", "decide", "file"),
        ("revocation", "direct"): ("submit", "decide", "file"),
        ("evaluation", "district"): ("submit", "appraise", "decide"),
        ("evaluation", "direct"): ("submit", "appraise", "decide"),
    }
)
"""The steps of each kind of case, by the way that it takes: through the district, or directly to the city centre."""

TAKERS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "submit": frozenset({Role.DISTRICT, Role.CITY}),
        "inspect": frozenset({Role.DISTRICT}),
        "recommend": frozenset({Role.DISTRICT}),
        "appraise": frozenset({Role.CITY}),
        "decide": frozenset({Role.CITY}),
        "file": frozenset({Role.BUREAU}),
    }
)
"""Who may take a step; the city centre enters what an industry organisation, or the centre itself, submits."""

ASIDE: tuple[Step, ...] = ("return", "withdraw")


def next_step(kind: str, route: str, taken: Sequence[str]) -> Step | None:
    """Return the step that a case waits for; None when it is closed.

    What was sent back is submitted again, and goes on at the step that sent it back.

    >>> next_step("application", "district", ["submit", "inspect", "return"])
    'submit'
    >>> next_step("application", "district", ["submit", "inspect", "return", "submit"])
    'recommend'
    """
    if "withdraw" in taken:
        return None
    if taken and taken[-1] == "return":
        return "submit"
    done = {step for step in taken if step not in ASIDE}
    return next((step for step in FLOWS[kind, route] if step not in done), None)


def open_steps(kind: str, route: str, taken: Sequence[str], submitters: Sequence[str], account: Account) -> list[Step]:
    """Return the steps that an account may take now: the next one, sending back, withdrawing.

    ``submitters`` are the logins that submitted. Nobody decides on what he submitted; one person alone, without
    accounts (the desk), has nobody else.
    """
    waiting = next_step(kind, route, taken)
    if waiting is None:
        return []
    desk = account.login == DESK_LOGIN
    may = desk or account.role in TAKERS[waiting]
    if waiting in ("appraise", "decide") and account.login in submitters and not desk:
        may = False
    found: list[Step] = [waiting] if may else []
    if may and waiting != "submit" and waiting != "file":
        found.append("return")
    if account.login in submitters and "decide" not in taken:
        found.append("withdraw")
    return found
