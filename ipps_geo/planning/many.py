"""One use case many times: the audit of every day of a period, the plan of every unit, by whoever does the work."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import BadInput, NotSolved
from ipps_geo.executors import InProcess, gathered
from ipps_geo.files import write_bytes

if TYPE_CHECKING:
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

Done = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class _Shared:
    workspace: Workspace
    policy: Policy
    parameters: PlanParameters | None = None


@lru_cache(maxsize=2)
def _shared(file: Path) -> _Shared:
    shared: _Shared = pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that hands out the tasks
    return shared


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
    executor: Executor | None = None,
    work_folder: Path | None = None,
    done: Done | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Plan each unit on its own; return one row per unit: unit, status, objective, bound, gap, stations, open_sites.

    ``units`` are all of them when not given. A unit in which nothing can open has the status ``no_plan`` and no
    numbers. The executor is as in :func:`audit_days`.

    Raises
    ------
    BadInput
        The parameters name a unit already, or cannot be used.
    """
    if parameters.unit is not None:
        raise BadInput("many.unit_stated", where="unit", unit=parameters.unit)
    wanted = sorted(workspace.service_units["code"]) if units is None else list(units)
    shared = _Shared(workspace, policy, parameters)
    return _each(_plan_unit, wanted, shared, executor, work_folder, done, should_stop)


def _each(
    function: Callable[[tuple[Path, Any]], dict[str, Any]],
    arguments: Sequence[Any],
    shared: _Shared,
    executor: Executor | None,
    work_folder: Path | None,
    done: Done | None,
    should_stop: Callable[[], bool] | None,
) -> pd.DataFrame:
    with TemporaryDirectory(prefix=".ipps-many-", dir=work_folder) as folder:
        file = write_bytes(Path(folder) / "shared.pickle", pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL))
        tasks = [(file, argument) for argument in arguments]
        rows = gathered(executor or InProcess(), function, tasks, done=done, should_stop=should_stop)
    return pd.DataFrame(rows)


def _audit_day(task: tuple[Path, dt.date]) -> dict[str, Any]:
    from ipps_geo.compliance import audit

    file, day = task
    shared = _shared(file)
    findings = audit(shared.workspace, shared.policy, on=day)
    counts = dict.fromkeys(("PASS", "FAIL", "UNDETERMINED"), 0)
    for finding in findings:
        counts[str(finding.verdict)] += 1
    blocking = sum(str(each.verdict) == "FAIL" and each.severity == "blocking" for each in findings)
    return {"day": day, **counts, "blocking": blocking}


def _plan_unit(task: tuple[Path, str]) -> dict[str, Any]:
    from ipps_geo.planning.proposals import plan

    file, unit = task
    shared = _shared(file)
    if shared.parameters is None:
        raise TypeError("a plan needs parameters")
    try:
        made = plan(shared.workspace, shared.policy, replace(shared.parameters, unit=unit))
    except NotSolved:
        nothing = float("nan")
        numbers = {"objective": nothing, "bound": nothing, "gap": nothing}
        return {"unit": unit, "status": "no_plan", **numbers, "stations": 0, "open_sites": ()}
    return {
        "unit": unit,
        "status": made.status,
        "objective": made.objective,
        "bound": made.bound,
        "gap": made.gap,
        "stations": len(made.proposals),
        "open_sites": tuple(made.proposals["site_id"]),
    }
