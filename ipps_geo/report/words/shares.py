"""What a plan shares out, in a few lines: the units of a plan for the worst one, the rosters that were made even."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipps_geo.report.words.catalogue import Catalogue
    from ipps_geo.report.words.naming import Names
    from ipps_geo.results import PlanResult
    from ipps_geo.results.national import NationalPlan

FIRST_UNITS = 5
"""Units that the lines name, from the worst up; the table holds all."""


def measured(words: Catalogue, plan: PlanResult | NationalPlan, value: float) -> str:
    """Return an objective or a bound as the objective measures it: the worst unit in per cent, others as a number."""
    if plan.provenance.parameters.get("objective") == "worst_unit":
        return words.share(value, 1.0, 2)
    return words.number(value)


def balance_lines(words: Catalogue, plan: PlanResult) -> list[str]:
    """Return how even the rosters were and are, and what is proven, where they were to be made even."""
    told = plan.balance
    if told is None:
        return []
    code = "proven" if told["proven"] else "open"
    return [words.text(f"summary.balance_{code}", **told)]


def share_lines(words: Catalogue, plan: PlanResult, names: Names) -> list[str]:
    """Return which units stay without anything, and whether they must, the worst of the others, and what is proven."""
    table = plan.unit_shares
    if table is None:
        return []
    joiner = words.text("page.list_joiner")
    out, others = table.loc[table["newly_served"] == 0], table.loc[table["newly_served"] > 0]
    lines = []
    if len(out):
        listed = joiner.join(names.unit(unit) for unit in out["unit"])
        code = "unit_shares_out" if bool(out["share_proven"].all()) else "unit_shares_out_open"
        lines.append(words.text(f"summary.{code}", n=len(out), total=len(table), units=listed))
        never = int((out["candidates_reach"] == 0).sum())
        if never:
            lines.append(words.text("summary.unit_shares_never", n=never))
    told = [
        words.text(
            "summary.unit_share",
            unit=names.unit(row["unit"]),
            share=words.share(row["newly_served_share"], 1.0),
            n=int(row["newly_served"]),
            of=int(row["may_be_served"]),
        )
        for row in others.head(FIRST_UNITS).to_dict("records")
    ]
    if told:
        more = "unit_shares_more" if len(others) > FIRST_UNITS else "unit_shares"
        lines.append(words.text(f"summary.{more}", n=len(others), units=joiner.join(told)))
    proven = int(table["share_proven"].sum())
    if proven == len(table):
        lines.append(words.text("summary.unit_shares_all"))
    elif proven:
        lines.append(words.text("summary.unit_shares_proven", n=proven, rest=len(table) - proven))
    else:
        bound = words.share(plan.bound, 1.0)
        lines.append(words.text("summary.unit_shares_open", bound=bound))
    return lines
