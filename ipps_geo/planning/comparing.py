"""Scenarios beside each other: their indicators, the sites that differ, how many stations each needs for a target."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.planning.documents import plan_document
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.report.catalogue import catalogue
from ipps_geo.report.naming import names_of
from ipps_geo.scenarios import ScenarioStore

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.scenarios import Scenario
    from ipps_geo.workspace import Workspace

STORE_VARIABLE = "IPPS_GEO_SCENARIOS"
"""Environment variable that names the file of the scenario store."""


def scenario_path() -> Path:
    """Return the file of the scenario store: ``IPPS_GEO_SCENARIOS``, else in the user's folder for data."""
    named = os.environ.get(STORE_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "ipps-geo" / "scenarios.sqlite"


def open_scenarios(path: Path | None = None) -> ScenarioStore:
    """Return the scenario store at ``path``, by default at :func:`scenario_path`.

    Raises
    ------
    BadInput
        The file is no store, or cannot be written.
    """
    target = path or scenario_path()
    try:
        return ScenarioStore(target)
    except OSError as error:
        raise BadInput(
            f"cannot keep scenarios here ({error.strerror})",
            where=str(target),
            advice=f"set {STORE_VARIABLE} to a file",
        ) from error


def save_plan(store: ScenarioStore, plan: PlanResult, name: str, *, note: str = "", who: str = "") -> Scenario:
    """Save a plan as a new scenario."""
    return store.save(name, plan_document(plan, explain=True), note=note, who=who)


def scenario_sites(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the open sites of a scenario: id, name, unit, newly_served, lon, lat."""
    return [dict(site) for site in scenario.document.get("open_sites", [])]


def indicator_rows(scenarios: Sequence[Scenario], lang: str) -> pd.DataFrame:
    """Return one row per indicator and one column per scenario."""
    words = catalogue(lang)
    columns: dict[str, list[str]] = {words.text("app.indicator"): []}
    for place, scenario in enumerate(scenarios):
        told = _indicators(scenario.document, lang)
        columns[words.text("app.indicator")] = list(told)
        columns[f"{'ABC'[place]} · {scenario.name}"] = list(told.values())
    return pd.DataFrame(columns)


def _indicators(document: Mapping[str, Any], lang: str) -> dict[str, str]:
    words = catalogue(lang)
    before, after = document["coverage_before"], document["coverage_after"]
    sites = document["open_sites"]
    parameters = document["provenance"]["parameters"]
    metres = parameters["limit_unit"] == "m"
    limit = parameters["limit"] / 1000 if metres else parameters["limit"]
    unit = words.label("unit_of_measure", "km" if metres else parameters["limit_unit"])
    return {
        words.column("status"): words.label("Status", document["status"]),
        words.column("gap"): words.share(document["gap"], 1.0, 2),
        words.column("n_sites"): words.value(len(sites)),
        words.text("app.reach_short"): f"{words.label('Method', parameters['method'])} {words.value(limit)} {unit}",
        words.column("newly_served"): words.value(sum(int(site["newly_served"]) for site in sites)),
        words.column("with_need"): words.value(sum(int(site["with_need"]) for site in sites)),
        words.column("on_roster_share_before"): words.share(before["on_roster"], before["enterprises"]),
        words.column("on_roster_share_after"): words.share(after["on_roster"], after["enterprises"]),
        words.column("within_reach_share_after"): words.share(after["within_reach"], after["enterprises"]),
        words.text("app.units_reached"): words.value(len({site["unit"] for site in sites})),
        words.text("app.content_hash"): str(document["provenance"]["content_hash"])[:12],
    }


def site_difference(workspace: Workspace, scenarios: Sequence[Scenario], lang: str) -> pd.DataFrame:
    """Return the sites that some of the scenarios open and others do not; a tick where one opens it."""
    words, names = catalogue(lang), names_of(workspace, lang)
    opened = [{site["id"]: site for site in scenario_sites(scenario)} for scenario in scenarios]
    everywhere = set.intersection(*(set(sites) for sites in opened)) if opened else set()
    rows = []
    for site_id in sorted(set().union(*opened) - everywhere):
        known = next(sites[site_id] for sites in opened if site_id in sites)
        row = {
            "site_id": site_id,
            words.column("name_zh"): names.subject(site_id) if site_id in names.subjects else str(known["name"]),
            words.column("unit"): names.unit(known["unit"]),
        }
        row |= {
            f"{'ABC'[place]} · {scenario.name}": "✓" if site_id in sites else "—"
            for place, (scenario, sites) in enumerate(zip(scenarios, opened, strict=True))
        }
        rows.append(row)
    return pd.DataFrame(rows)


def stations_for_target(scenario: Scenario, newly_served: int) -> int | None:
    """Return how many stations of a scenario, in its order of opening, newly serve that many; None when all do not."""
    served = 0
    for count, site in enumerate(scenario_sites(scenario), start=1):
        served += int(site["newly_served"])
        if served >= newly_served:
            return count
    return None


def with_stations(plan: PlanResult, stations: int) -> PlanParameters:
    """Return the parameters of ``plan`` with another number of stations and without the choices around it."""
    known = {field.name for field in dataclasses.fields(PlanParameters)}
    stated = {name: value for name, value in plan.provenance.parameters.items() if name in known}
    for name in ("required_sites", "forbidden_sites"):
        stated[name] = tuple(stated.get(name, ()))
    return PlanParameters(**{**stated, "stations": stations, "frontier": 0, "alternatives": 0, "robustness": False})
