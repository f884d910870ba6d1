"""Figures that several outputs share: shares, the city's row, names of sites, plain frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.report.words.catalogue import Catalogue, is_missing
from ipps_geo.report.words.edition import share_text, whole_of
from ipps_geo.report.words.wording import rule_title

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ipps_geo.results import CoverageResult, PlanResult


def without_shapes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a plain frame without geometry, indexed from 0."""
    import pandas as pd

    return pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).reset_index(drop=True)


def lon_lat(frame: Any) -> tuple[list[float], list[float]]:
    """Return longitudes and latitudes of points, rounded to a metre; nan where a place is unknown."""
    points = frame.geometry
    known = ~(points.isna() | points.is_empty)
    x, y = points.where(known).x, points.where(known).y
    return x.round(5).tolist(), y.round(5).tolist()


def site_names_of(proposals: Any, words: Catalogue) -> list[str]:
    """Return the names of sites in the reader's language, the Chinese one where no other is known."""
    if words.lang == "en" and "name_en" in proposals:
        pairs = zip(proposals["name_en"], proposals["name_zh"], strict=True)
        return [str(zh) if is_missing(en) or not en else str(en) for en, zh in pairs]
    return [str(name) for name in proposals["name_zh"]]


def rule_titles(words: Catalogue, codes: object) -> str:
    """Return rules, given as a list or joined by ``;``, with their titles."""
    if is_missing(codes) or codes == "":
        return ""
    listed = codes.split(";") if isinstance(codes, str) else list(codes)  # type: ignore[call-overload]
    return words.text("page.list_joiner").join(rule_title(words, str(code)) for code in listed)


def limit_note(words: Catalogue, coverage: CoverageResult) -> str:
    """Return the sentence that the limit is the planner's, not the Measure's."""
    return words.text("page.limit_note", limit=coverage.limit, unit=words.label("unit_of_measure", coverage.limit_unit))


def city_row(coverage: CoverageResult) -> dict[str, Any]:
    """Return the row of the whole city."""
    rows = coverage.by_unit.loc[coverage.by_unit["unit"] == "city"].to_dict("records")
    return {str(name): value for name, value in rows[0].items()}


def plan_subtitle(words: Catalogue, plan: PlanResult) -> str:
    """Return a plan in one line: new stations and whom they serve, what existing ones take in, coverage."""
    before, after = city_row(plan.coverage_before), city_row(plan.coverage_after)
    told = {
        "n": len(plan.proposals),
        "served": int(plan.proposals["newly_served"].sum()),
        "before": words.share(before["on_roster"], before["enterprises"]),
        "after": words.share(after["on_roster"], after["enterprises"]),
    }
    if plan.enlarged is None:
        return words.text("map.plan_subtitle", **told)
    return words.text(
        "map.plan_subtitle_enlarged", **told, m=len(plan.enlarged), added=int(plan.enlarged["newly_served"].sum())
    )


def share_of(row: Mapping[str, Any], part: str) -> float:
    """Return one count of a coverage row as a share: of its enterprises, or of those whose access can be judged."""
    return share(row[part], whole_of(row, part))


def share(part: Any, whole: Any) -> float:
    """Return ``part / whole``, nan where either is missing or there is nothing to divide by."""
    if is_missing(part) or is_missing(whole) or not whole:
        return float("nan")
    return float(part) / float(whole)


def added_text(words: Catalogue, row: Mapping[Any, Any]) -> str:
    """Return what a closed candidate would add: a number, or a range where it was not settled in time."""
    least, most = row.get("would_add"), row.get("would_add_at_most")
    if is_missing(least) or is_missing(most) or not most > least + 1e-6:  # type: ignore[operator]
        return words.value(least)
    return words.text("page.range", least=words.value(least), most=words.value(most))


def closed_reason(words: Catalogue, row: Mapping[Any, Any]) -> str:
    """Return the reason why a candidate was not opened, with its figures; what is not settled is told as a range."""
    key = f"ClosedReason.{row['reason']}"
    if not words.has(key):
        return str(row["reason"])
    told = {str(name): value for name, value in row.items() if name != "reason"}
    if "would_add" in told:
        told["would_add"] = added_text(words, told)
    return words.text(key, **told)


def questions_of(words: Catalogue, questions: object) -> str:
    """Return what is still to be clarified, given as column names or rules joined by ``;``, as words."""
    if is_missing(questions) or questions == "":
        return ""
    listed = questions.split(";") if isinstance(questions, str) else [str(entry) for entry in questions]  # type: ignore[attr-defined]
    return words.text("page.list_joiner").join(
        words.column(entry) if words.has(f"column.{entry}") else rule_title(words, entry) for entry in listed if entry
    )


def nearest_names(by_unit: pd.DataFrame) -> tuple[str, str, str, str]:
    """Return the columns of mean, median, P95 and largest cost to the nearest station; their suffix is the unit.

    >>> import pandas as pd
    >>> nearest_names(pd.DataFrame(columns=["unit", "nearest_mean_min"]))[2]
    'nearest_p95_min'
    """
    suffix = next(
        (str(name).removeprefix("nearest_mean_") for name in by_unit.columns if str(name).startswith("nearest_mean_")),
        "m",
    )
    mean, median, p95, largest = (f"nearest_{part}_{suffix}" for part in ("mean", "median", "p95", "max"))
    return mean, median, p95, largest


def rounded_cost(words: Catalogue, value: Any) -> str:
    """Return a distance or a time without false precision: whole from 100 on, one decimal below."""
    return words.value(value) if is_missing(value) else words.number(float(value), 0 if value >= 100 else 1)


def marker_kinds(institutions: Any) -> NDArray[Any]:
    """Return the marker kind of each institution, shape (n,)."""
    kind, host = institutions["kind"].to_numpy(object), institutions["host_type"].to_numpy(object)
    precise = institutions["data_class"].to_numpy(object) != "stand_in"
    return np.array(
        [
            "workstation" if one == "workstation" and other != "industry_organization"
            else "industry_station" if one == "workstation"
            else ("district_center" if exact else "district_center_standin") if one == "district_center"
            else "other_institution"
            for one, other, exact in zip(kind, host, precise, strict=True)
        ],
        dtype=object,
    )  # fmt: skip


def further_lines(words: Catalogue, coverage: CoverageResult) -> list[str]:
    """Return the city at further limits and by weight, where they were asked for."""
    told = []
    if "by_limit" in coverage.tables:
        scale = 1000 if coverage.limit_unit == "km" else 1
        unit = words.label("unit_of_measure", coverage.limit_unit)
        table = coverage.tables["by_limit"]
        told += [
            words.text(
                "summary.by_limit",
                limit=row["limit"] / scale,
                unit=unit,
                reach=share_text(words, row, "within_reach"),
            )
            for row in table.loc[table["unit"] == "city"].to_dict("records")
        ]
    if "by_weight" in coverage.tables:
        city = coverage.tables["by_weight"].iloc[-1]
        roster = words.share(city["on_roster_weight"], city["weight"])
        reach = words.share(city["within_reach_weight"], city["weight"] - city["not_judged_weight"])
        told.append(words.text("summary.by_weight", roster=roster, reach=reach))
    return told
