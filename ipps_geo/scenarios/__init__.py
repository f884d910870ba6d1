"""The store of scenarios: plans that people keep, compare and adopt, with who did what and when."""

from ipps_geo.scenarios.sites import scenario_sites, stations_for_target
from ipps_geo.scenarios.store import Event, Scenario, ScenarioStore, Visit

__all__ = ["Event", "Scenario", "ScenarioStore", "Visit", "scenario_sites", "stations_for_target"]
