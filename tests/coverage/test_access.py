"""Access on a hand-made line of places, and against PySAL ``access`` on the same matrices.

demand  0   1   2          station a at 0 km, b at 3 km
        |---|---|---|      distances: 0,1,2 to a; 3,2,1 to b; limit 2 km
        a           b
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.coverage.access import cumulative_opportunities, floating_catchment, gaussian_decay, nearest_cost
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach

COSTS = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0]])


def line(limit=2.0):
    return Reach.from_costs(COSTS, limit)


def test_the_nearest_station_counts_a_distance_of_zero():
    assert nearest_cost(line()).tolist() == [0.0, 1.0, 1.0]
    assert nearest_cost(Reach.from_costs(COSTS, 0.5)).tolist() == [0.0, np.inf, np.inf]


def test_cumulative_opportunities_add_the_supply_within_the_limit():
    assert cumulative_opportunities(line()).tolist() == [1.0, 2.0, 2.0]
    assert cumulative_opportunities(line(), [2, 5]).tolist() == [2.0, 7.0, 7.0]


def test_two_step_catchment_by_hand():
    # a serves three people with 3 staff: 1 each; b serves two with 1: 0.5 each
    assert floating_catchment(line(), [3, 1]).tolist() == [1.0, 1.5, 1.5]


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 5))
def test_all_the_supply_is_handed_out_once(seed, n, m):
    rng = np.random.default_rng(seed)
    reach = Reach.from_costs(rng.random((n, m)), 0.6)
    supply, people = rng.integers(0, 9, m), rng.integers(1, 5, n)
    access = floating_catchment(reach, supply, people, gaussian_decay(0.6))
    served = np.diff(reach.pairs.tocsc().indptr) > 0
    assert (people * access).sum() == pytest.approx(supply[served].sum())


@pytest.mark.filterwarnings("ignore")
def test_two_step_catchment_agrees_with_pysal_access():
    pandas = pytest.importorskip("pandas")
    fca = pytest.importorskip("access.fca")
    rng = np.random.default_rng(3)
    costs, people, supply = rng.random((20, 4)), rng.integers(1, 9, 20), rng.integers(1, 9, 4)
    listed = pandas.DataFrame(
        [(i, j, costs[i, j]) for i in range(20) for j in range(4)], columns=["origin", "dest", "cost"]
    )
    theirs = fca.two_stage_fca(
        pandas.DataFrame({"geoid": range(20), "demand": people}),
        pandas.DataFrame({"geoid": range(4), "supply": supply}).set_index("geoid"),
        listed,
        max_cost=0.5,
    )
    ours = floating_catchment(Reach.from_costs(costs, 0.5), supply, people)
    assert ours == pytest.approx(theirs.reindex(range(20)).fillna(0).to_numpy())


def test_wrong_supply_is_refused():
    with pytest.raises(BadInput):
        cumulative_opportunities(line(), [1, 2, 3])
