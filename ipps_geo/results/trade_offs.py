"""Plans that lean to one wish each, and what each of them is worth in all wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.errors import IppsGeoError
    from ipps_geo.results.plan import PlanResult


@dataclass(frozen=True, eq=False)
class TradeOffs:
    """Real alternatives: every row is a plan that the independent checker has passed.

    Attributes
    ----------
    table
        A row per plan: leaning (``most``, ``even``, ``small``, ``near``, ``cheap``), stations, newly_served,
        worst_unit, worst_on_roster and worst_enterprises (roster coverage of the least covered unit afterwards),
        behind (how many enterprises the units lack in all to the roster coverage that the city has today),
        small_served (newly served enterprises that are small or micro), mean_distance_m (of the newly served to their
        station, in a straight line; missing where nobody's is known), annual_cost (10,000 yuan, missing where a
        carrier tells none), proven (whether the plan is proven to be the best of its kind), dominated (another row is
        no worse in every wish that both tell, and better in one).
    plans
        The plan of each row, by leaning.
    left_out
        Leanings that gave no plan, and why.
    """

    table: pd.DataFrame
    plans: Mapping[str, PlanResult]
    left_out: Mapping[str, IppsGeoError]
