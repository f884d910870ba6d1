"""What a chosen set of new stations can do, as the planning desk answers a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Broken:
    """A limit of the planner's that a set of stations does not keep.

    ``code`` is one of ``siting`` (too_many_sites, over_budget, unit_short_of_sites, required_site_closed ...).
    """

    code: str
    site_id: str | None
    measured: object
    required: object


@dataclass(frozen=True, eq=False)
class DeskView:
    """One set of new stations, evaluated exactly under the rules and the planner's parameters.

    Attributes
    ----------
    site_ids
        The carriers that are open, in the order of their ids.
    holds
        Whether each of them has a lawful roster; None where time was too short to say. Where some cannot have one, the
        others serve what they can at best.
    served, served_at_most
        Enterprises newly served (or their weight, where enterprises are weighed); the second says what is open where
        time was too short for the proof, and else equals the first.
    stations
        A row per open station, and per existing one that takes in more: site_id, name_zh, name_en, unit, existing,
        verdict (a code of ``siting``: holds, cannot_reach_minimum, capacity_below_minimum, cannot_reach_need_share,
        starved), taken_in (new members), members and with_need (an earlier roster included), margin_roster,
        margin_need, reachable.
    units
        A row per service unit: unit, enterprises (in key industries), on_roster (today), newly_served.
    broken
        What the set breaks of the planner's number, budget and units.
    cost
        What the stations cost a year, in 10,000 yuan; None where the carriers' table does not say.
    """

    site_ids: tuple[str, ...]
    holds: bool | None
    served: float
    served_at_most: float
    stations: pd.DataFrame
    units: pd.DataFrame
    broken: tuple[Broken, ...]
    cost: float | None

    @property
    def exact(self) -> bool:
        """Whether ``served`` is proven to be the most that these stations can serve."""
        return self.served_at_most <= self.served
