"""The sites that a scenario opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipps_geo.scenarios.store import Scenario


def scenario_sites(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the open sites of a scenario: id, name, unit, newly_served, lon, lat."""
    return [dict(site) for site in scenario.document.get("open_sites", [])]


def stations_for_target(scenario: Scenario, newly_served: int) -> int | None:
    """Return how many stations of a scenario, in its order of opening, newly serve that many; None when all do not."""
    served = 0
    for count, site in enumerate(scenario_sites(scenario), start=1):
        served += int(site["newly_served"])
        if served >= newly_served:
            return count
    return None
