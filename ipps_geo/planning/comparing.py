"""Plans kept as scenarios: where the store is, saving a plan, planning again with another number of stations."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.results import plan_document
from ipps_geo.scenarios import ScenarioStore

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.scenarios import Scenario

STORE_VARIABLE = "IPPS_GEO_SCENARIOS"
"""Environment variable that names the file of the scenario store."""


def scenario_path() -> Path:
    """Return the file of the scenario store: ``IPPS_GEO_SCENARIOS``, else in the user's folder for data."""
    named = os.environ.get(STORE_VARIABLE)
    if named and "://" in named:
        raise BadInput("store.address", where=STORE_VARIABLE)
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
    return ScenarioStore(path or scenario_path())


def save_plan(store: ScenarioStore, plan: PlanResult, name: str, *, note: str = "", who: str = "") -> Scenario:
    """Save a plan as a new scenario."""
    return store.save(name, plan_document(plan, explain=True), note=note, who=who)


def with_stations(plan: PlanResult, stations: int) -> PlanParameters:
    """Return the parameters of ``plan`` with another number of stations and without the choices around it."""
    known = {field.name for field in dataclasses.fields(PlanParameters)}
    stated = {name: value for name, value in plan.provenance.parameters.items() if name in known}
    for name in ("required_sites", "forbidden_sites"):
        stated[name] = tuple(stated.get(name, ()))
    return PlanParameters(**{**stated, "stations": stations, "frontier": 0, "alternatives": 0, "robustness": False})
