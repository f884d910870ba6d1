"""One use case many times: the audit of every day of a period, the plan of every unit, by whoever does the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import BadInput, NotSolved, Stopped
from ipps_geo.executors import Crew
from ipps_geo.planning.parameters import alone

if TYPE_CHECKING:
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

Done = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class _Shared:
    workspace: Workspace
    policy: Policy
    parameters: PlanParameters | None = None
    on: dt.date | None = None
    travel: Travel | None = None
    choices: AccessChoices | None = None


OF_ALL = ("required_sites", "min_per_unit", "max_per_unit", "budget", "floor_percent", "closable")
"""Of a plan's parameters what ties units together, so that no unit can be planned on its own."""


def days_between(since: dt.date, until: dt.date) -> list[dt.date]:
    """Return every day from ``since`` to ``until``, both included.

    >>> len(days_between(dt.date(2024, 2, 28), dt.date(2024, 3, 1)))
    3

    Raises
    ------
    BadInput
        ``since`` is the later one.
    """
    if since > until:
        raise BadInput("many.no_day", where="since", since=since.isoformat(), until=until.isoformat())
    return [since + dt.timedelta(days=n) for n in range((until - since).days + 1)]


def audit_days(
    workspace: Workspace,
    policy: Policy,
    days: Sequence[dt.date],
    *,
    executor: Executor | None = None,
    work_folder: Path | None = None,
    done: Done | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Audit the network on each day; return one row per day: day, PASS, FAIL, UNDETERMINED, blocking (failures).

    ``executor`` does the work, this process when not given; on several machines ``work_folder`` is one that all see.
    """
    return _each(_audit_day, days, _Shared(workspace, policy), executor, work_folder, done, should_stop)


def unit_plans(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    *,
    units: Sequence[str] | None = None,
    on: dt.date | None = None,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
    executor: Executor | None = None,
    work_folder: Path | None = None,
    done: Done | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Plan each unit on its own; return one row per unit: unit, status, objective, bound, gap, n_sites, open_sites.

    ``units`` are all of them when not given; ``open_sites`` are carriers, ``;`` between them. A unit in which nothing
    can open has the status ``no_plan`` and no numbers. The executor is as in :func:`audit_days`.

    Raises
    ------
    BadInput
        The parameters name a unit already, tie units together, or cannot be used.
    """
    parameters = of_each_unit(parameters)
    wanted = sorted(workspace.service_units["code"]) if units is None else list(units)
    shared = _Shared(workspace, policy, parameters, on, travel, choices)
    return _each(_plan_unit, wanted, shared, executor, work_folder, done, should_stop)


def of_each_unit(parameters: PlanParameters, stations: int | None = None) -> PlanParameters:
    """Return what each unit is asked when it is planned on its own, with at most so many ``stations`` where given.

    What is looked at beside a plan (curves, fronts, years, scenarios) belongs to the whole plan and is not asked again.

    Raises
    ------
    BadInput
        The parameters name a unit already, or tie units together.
    """
    if parameters.unit is not None:
        raise BadInput("many.unit_stated", where="unit", unit=parameters.unit)
    tied = [name for name in OF_ALL if getattr(parameters, name) not in (None, (), {})]
    if tied:
        raise BadInput("many.units_tied", where=", ".join(tied), name=", ".join(tied))
    asked = alone(parameters)
    return asked if stations is None else replace(asked, stations=stations)


def _each(
    function: Callable[[_Shared, Any, Callable[[], bool]], dict[str, Any]],
    arguments: Sequence[Any],
    shared: _Shared,
    executor: Executor | None,
    work_folder: Path | None,
    done: Done | None,
    should_stop: Callable[[], bool] | None,
) -> pd.DataFrame:
    heard_of: list[int] = []

    def heard(place: int, _row: dict[str, Any]) -> None:
        heard_of.append(place)
        if done is not None:
            done(len(heard_of), len(arguments))

    rows = Crew(executor, work_folder).share_out(function, shared, arguments, heard=heard, should_stop=should_stop)
    if should_stop is not None and should_stop():
        raise Stopped("solve.stopped")
    return pd.DataFrame(rows)


def _audit_day(shared: _Shared, day: dt.date, stopped: Callable[[], bool]) -> dict[str, Any]:
    from ipps_geo.compliance import audit

    if stopped():
        return {}
    findings = audit(shared.workspace, shared.policy, on=day)
    counts = dict.fromkeys(("PASS", "FAIL", "UNDETERMINED"), 0)
    for finding in findings:
        counts[str(finding.verdict)] += 1
    blocking = sum(str(each.verdict) == "FAIL" and each.severity == "blocking" for each in findings)
    return {"day": day, **counts, "blocking": blocking}


def _plan_unit(shared: _Shared, unit: str, stopped: Callable[[], bool]) -> dict[str, Any]:
    from ipps_geo.planning.proposals import plan

    if shared.parameters is None:
        raise TypeError("a plan needs parameters")
    asked = replace(shared.parameters, unit=unit)
    try:
        if stopped():
            return {}
        made = plan(
            shared.workspace, shared.policy, asked, on=shared.on, travel=shared.travel, choices=shared.choices,
            should_stop=stopped,
        )  # fmt: skip
    except NotSolved:
        nothing = float("nan")
        numbers = {"objective": nothing, "bound": nothing, "gap": nothing}
        return {"unit": unit, "status": "no_plan", **numbers, "n_sites": 0, "open_sites": ""}
    return {
        "unit": unit,
        "status": made.status,
        "objective": made.objective,
        "bound": made.bound,
        "gap": made.gap,
        "n_sites": len(made.proposals),
        "open_sites": ";".join(made.proposals["site_id"]),
    }
