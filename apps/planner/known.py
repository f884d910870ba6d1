"""What this session has proven so far about numbers of stations and reaches, and what follows from it at once.

A plan for fewer stations or a shorter reach is a plan here too, so its worth can be reached; what more stations or a
longer reach can serve at most, these cannot exceed either. A frontier's bounds come with that done among its own
points; here they meet what other plans and other reaches have proven.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from planner.state import day, workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipps_geo.results import PlanResult
    from ipps_geo.results.desk import DeskView
    from planner.solving import Ways


class Proven(NamedTuple):
    """One proven fact: what at most ``stations`` within ``limit`` serve at least, with which sites, and at most."""

    stations: int
    limit: float
    served: float
    bound: float
    sites: tuple[str, ...]


class Range(NamedTuple):
    """What is known of a number of stations and a reach: nan and infinity where nothing is."""

    served: float
    bound: float
    sites: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is open."""
        return self.served >= self.bound


def remember(ways: Ways, result: PlanResult) -> None:
    """Remember what a plan and its frontier prove; a bound that holds for some sets only is not remembered."""
    asked = ways.parameters
    if asked.objective != "covered" or asked.floor_percent is not None:
        return
    bound_holds = not (asked.required_sites or asked.forbidden_sites or asked.min_per_unit)
    sites = tuple(sorted(map(str, result.proposals["site_id"])))
    found = [(asked.stations or len(sites), float(result.objective), float(result.bound), sites)]
    if result.frontier is not None:
        found += [
            (int(row["n_sites"]), float(row["objective"]), float(row["bound"]), _sites(row["open_sites"]))
            for row in result.frontier.to_dict("records")
        ]
    facts: list[Proven] = st.session_state.setdefault("bounds", {}).setdefault(_key(ways), [])
    for stations, served, bound, opened in found:
        most = math.inf if math.isnan(bound) or not bound_holds or asked.stations is None else bound
        facts.append(Proven(stations, ways.travel.limit, served, most, opened))


def look(ways: Ways, stations: int, also: Sequence[Proven] = ()) -> Range:
    """Return what is known of so many stations under these choices, from what is proven and what lies on the desk."""
    facts = [*st.session_state.get("bounds", {}).get(_key(ways), []), *also]
    return follows(facts, stations, ways.travel.limit)


def on_desk(view: DeskView, limit: float, everybody: float) -> list[Proven]:
    """Return what a set on the desk proves, and that nobody can serve more than everybody."""
    all_of_them = Proven(sys.maxsize, math.inf, math.nan, everybody, ())
    if not view.holds:
        return [all_of_them]
    return [all_of_them, Proven(len(view.site_ids), limit, view.served, math.inf, view.site_ids)]


def follows(facts: Sequence[Proven], stations: int, limit: float) -> Range:
    """Return what facts say of at most so many stations within a limit.

    >>> facts = [Proven(2, 3000, 100, 100, ("A", "B")), Proven(4, 3000, 150, 180, ("A", "C"))]
    >>> follows(facts, 3, 3000)
    Range(served=100, bound=180, sites=('A', 'B'))
    """
    below = [fact for fact in facts if fact.stations <= stations and fact.limit <= limit]
    above = [fact.bound for fact in facts if fact.stations >= stations and fact.limit >= limit]
    best = max((fact for fact in below if not math.isnan(fact.served)), key=lambda fact: fact.served, default=None)
    bound = min(above, default=math.inf)
    return Range(math.nan, bound, ()) if best is None else Range(best.served, bound, best.sites)


def _sites(listed: object) -> tuple[str, ...]:
    return tuple(filter(None, str(listed).split(";")))


def _key(ways: Ways) -> tuple[object, ...]:
    """Return what must be the same for a fact to hold: everything but number, reach, named sites and search."""
    free = ways.free()
    anywhere = free._replace(parameters=replace(free.parameters, reach_km=1.0), travel=replace(ways.travel, limit=1.0))
    return workspace().identity, day(), anywhere.key()
