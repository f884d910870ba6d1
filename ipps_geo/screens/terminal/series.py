"""The lines that a terminal shows of one use case many times: a plan for each unit, an audit of each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.report.words.shares import measured

if TYPE_CHECKING:
    from ipps_geo.report.words.naming import Names
    from ipps_geo.results import PlanResult


def unit_plan_lines(words: Catalogue, names: Names, plan: PlanResult) -> list[str]:
    """Return what each unit would have on its own, one line each; those in which nothing can open together."""
    table = plan.unit_plans
    if table is None:
        return []
    nothing = table["n_sites"] == 0
    told = [words.text("summary.unit_plans", n=len(table), none=int(nothing.sum()))]
    told += [
        words.text(
            "summary.unit_plan",
            unit=names.unit(row["unit"]),
            n=int(row["n_sites"]),
            objective=measured(words, plan, float(row["objective"])),
            bound=measured(words, plan, float(row["bound"])),
            status=words.label("Status", row["status"]),
        )
        for row in table.loc[~nothing].to_dict("records")
    ]
    return told


def day_lines(words: Catalogue, days: pd.DataFrame | None) -> list[str]:
    """Return the counts of each day on which they are others than on the day before."""
    if days is None:
        return []
    counts = days.drop(columns="day")
    turned = days.loc[(counts != counts.shift()).any(axis=1)]
    told = [words.text("summary.days", n=len(days), turned=len(turned) - 1)]
    return told + [
        words.text(
            "summary.day",
            day=row["day"],
            passed=int(row["PASS"]),
            failed=int(row["FAIL"]),
            blocking=int(row["blocking"]),
            open=int(row["UNDETERMINED"]),
        )
        for row in turned.to_dict("records")
    ]
