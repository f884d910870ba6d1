"""A tested site and the scenarios as a screen shows them: short lines and small tables in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.ledger.scenarios import scenario_sites
from ipps_geo.report.words import shares
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.shares import balance_lines as balance_lines
from ipps_geo.report.words.shares import measured as measured
from ipps_geo.report.words.weighting import CHOSEN, WEIGHTING, value_word, weighting_text, weighting_words
from ipps_geo.report.words.weighting import FRONT_WISHES as FRONT_WISHES
from ipps_geo.screens.rows import choice_rows, verdict_word
from ipps_geo.screens.terminal.answers import COUNT_STEPS

if TYPE_CHECKING:
    from ipps_geo.ledger.scenarios import Event, Scenario
    from ipps_geo.results import PlanResult, SiteTest
    from ipps_geo.workspace import Workspace


def verdict_lines(workspace: Workspace, result: SiteTest, lang: str) -> list[str]:
    """Return the verdict on a tested site as one line: where, what the rules say, whether the roster was found."""
    names, told = names_of(workspace, lang), result.assessment
    words = names.words
    place = result.provenance.parameters
    site = names.subject(told.site_id) if place["site_id"] else f"{place['lon']:.4f}, {place['lat']:.4f}"
    roster = words.text("app.roster_found" if result.generated else "app.roster_given", n=len(result.roster))
    joiner = words.text("page.clause_joiner")
    return [f"{verdict_word(words, told.verdict)} · {site} · {names.unit(told.unit)}{joiner}{roster}"]


def roster_step_rows(result: SiteTest, lang: str) -> pd.DataFrame:
    """Return how the roster shrinks step by step; a range where unknowns leave room."""
    words, counts = catalogue(lang), result.assessment.counts
    told = [counts[name] for name in COUNT_STEPS]
    return pd.DataFrame(
        {
            words.text("app.step"): [words.text(f"answer.step_{name}") for name in COUNT_STEPS],
            words.text("app.count"): [
                words.value(low) if low == high else f"{words.value(low)}–{words.value(high)}" for low, high in told
            ],
        }
    )


def overlap_rows(result: SiteTest, lang: str) -> pd.DataFrame:
    """Return the enterprises shared with other stations, one row each."""
    words, table = catalogue(lang), result.assessment.overlaps
    return pd.DataFrame(
        {
            words.column("station_name"): table["station_name"].fillna(table["station_id"]).to_numpy(),
            words.column("established_on"): [words.value(day) for day in table["established_on"]],
            words.column("name"): [words.value(name) for name in table["name"]],
            words.column("order"): [words.label("Order", order) for order in table["order"]],
            words.column("found_by"): [words.label("FoundBy", how) for how in table["found_by"]],
        }
    )


ASKED = (
    "objective", "stations", "target", "budget", "unit", "detour_factor", "enlarge", "respect_capacity", "within_unit",
    "members_per_staff", "floor_percent", "spacing_km", "least_distance", "balance", "weights", "weight_by",
    "weight_of", "decay", "front", "years", "robust",
)  # fmt: skip
NAMED = ("required_sites", "forbidden_sites", "min_per_unit", "max_per_unit", "closable")
"""What was asked for by name: how many are told."""


def asked_lines(workspace: Workspace, result: PlanResult, lang: str) -> list[str]:
    """Return what a plan was asked for, a few words each: reach, objective, number, and what else was not left open."""
    names = names_of(workspace, lang)
    words, asked = names.words, result.provenance.parameters
    metres = asked["limit_unit"] == "m"
    limit = words.number(asked["limit"] / 1000 if metres else asked["limit"])
    unit = words.label("unit_of_measure", "km" if metres else asked["limit_unit"])
    lines = [f"{words.label('Method', asked['method'])} {limit} {unit}"]
    for name in ASKED:
        value = asked.get(name)
        if value is None or value is False or value in ((), [], {}) or (name == "detour_factor" and value == 1):
            continue
        lines.append(f"{words.label('parameter', name)} {_asked_word(names, asked, name)}")
    named = [name for name in NAMED if asked.get(name)]
    return [*lines, *(f"{words.label('parameter', name)} {words.value(len(asked[name]))}" for name in named)]


def _asked_word(names: Names, asked: Mapping[str, Any], name: str) -> str:
    """Return what a choice of a plan holds, in words."""
    words, value = names.words, asked[name]
    if name in CHOSEN:
        return words.label(CHOSEN[name], value)
    if name in WEIGHTING:
        return weighting_text(words, name, asked)
    if name == "unit":
        return names.unit(value)
    if name == "years":
        return words.text("page.list_joiner").join(map(words.value, value))
    return words.value(value)


def closing_lines(workspace: Workspace, result: PlanResult, lang: str) -> list[str]:
    """Return what closing and moving stations costs and brings: gross and net, and the two costs asked for."""
    words, asked = names_of(workspace, lang).words, result.provenance.parameters
    costs = {name: words.number(asked.get(name, 0.0)) for name in ("closing_cost", "moving_cost")}
    told = [] if result.turnover is None else [words.text("summary.turnover", **result.turnover)]
    return [*told, words.text("summary.closing_costs", **costs)]


def share_lines(workspace: Workspace, result: PlanResult, lang: str) -> list[str]:
    """Return what a plan for the worst unit reached and how far that is proven; nothing under other objectives."""
    names = names_of(workspace, lang)
    return shares.share_lines(names.words, result, names)


def weighting_rows(workspace: Workspace, result: PlanResult, lang: str) -> pd.DataFrame:
    """Return who weighs how much, one row per value, in words."""
    return choice_rows(workspace, weighting_words(catalogue(lang), result), lang)


def weight_word(column: str, value: str, lang: str) -> str:
    """Return the word for a value by which enterprises may weigh."""
    return value_word(catalogue(lang), column, value)


INSIDE = ("area_km2", "enterprises", "with_need", "on_roster", "not_on_roster", "stations", "carriers")


def inside_rows(found: Mapping[str, float], lang: str) -> pd.DataFrame:
    """Return what lies in a drawn area, as ``planning.inside`` counts it, a line each."""
    words = catalogue(lang)
    return pd.DataFrame(
        {
            words.text("desk.what"): [words.text(f"desk.{name}") for name in INSIDE],
            words.text("desk.count"): [words.number(found[name], 1) for name in INSIDE],
        }
    )


def remedy_lines(result: SiteTest, lang: str, most: int = 10) -> list[str]:
    """Return what would make the roster pass: whom to take off, whom to ask, how many to recruit."""
    words, remedy = catalogue(lang), result.assessment.remedy
    if not (len(remedy.drop) or len(remedy.ask) or remedy.recruit):
        return [words.text("answer.no_remedy")]
    lines = [words.text("answer.remedy", drop=len(remedy.drop), ask=len(remedy.ask), recruit=remedy.recruit)]
    if remedy.recruit and remedy.available is not None:
        lines.append(words.text("answer.available", n=len(remedy.available)))
    if len(remedy.drop):
        shown = words.text("page.list_joiner").join(str(name) for name in remedy.drop["name"].head(most))
        lines.append(words.text("app.to_drop", names=shown))
    return lines


def scenario_rows(scenarios: Sequence[Scenario], lang: str) -> pd.DataFrame:
    """Return one row per saved scenario."""
    words = catalogue(lang)
    return pd.DataFrame(
        [
            {
                "scenario_id": each.id,
                words.text("app.scenario_name"): each.name,
                words.text("app.scenario_note"): each.note or "—",
                words.text("app.revision"): each.revision,
                words.text("app.saved_at"): each.saved_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                words.text("app.scenario_who"): each.saved_by or "—",
                words.text("app.adopted"): f"🔒 {each.adopted_by}" if each.adopted_by else "—",
            }
            for each in scenarios
        ]
    )


def scenario_site_rows(scenario: Scenario, workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per station that a scenario opens, in its order."""
    names = names_of(workspace, lang)
    words = names.words
    return pd.DataFrame(
        [
            {
                "site_id": site["id"],
                words.column("rank"): site["rank"],
                words.column("name"): names.subject(site["id"]) if names.subjects.get(site["id"]) else site["name"],
                words.column("unit"): names.unit(site["unit"]),
                words.column("newly_served"): site["newly_served"],
            }
            for site in scenario_sites(scenario)
        ]
    )


def scenario_facts(scenario: Scenario, lang: str) -> list[tuple[str, str]]:
    """Return what a scenario was computed on and by: batch, day, policy, content, reach, size."""
    words, origin = catalogue(lang), scenario.document["provenance"]
    told = [
        ("ledger.scenario_batch", words.value(scenario.batch)),
        ("ledger.scenario_day", words.value(origin.get("data_date"))),
        ("ledger.scenario_policy", words.value(origin.get("policy_version"))),
        ("ledger.scenario_hash", str(origin.get("content_hash", "—"))[:12]),
        ("ledger.scenario_status", words.label("Status", scenario.document["status"])),
    ]
    return [(words.text(name), value) for name, value in told]


def event_rows(events: Sequence[Event], lang: str) -> pd.DataFrame:
    """Return who did what to a scenario, oldest first."""
    words = catalogue(lang)
    return pd.DataFrame(
        [
            {
                words.text("app.at"): each.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                words.text("app.who"): each.who or "—",
                words.text("app.what"): words.text(f"app.event_{each.what}"),
                words.text("app.detail"): each.detail or "—",
            }
            for each in events
        ]
    )
