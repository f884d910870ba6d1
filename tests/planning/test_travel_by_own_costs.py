"""A table of costs goes by ids: without them it cannot be asked, with them it is asked within the limit."""

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.planning.travel import Travel
from ipps_geo.reach import Reach
from ipps_geo.reach.cost_table import CostTable

TABLE = CostTable(
    np.array(["e1", "e1", "e2"], dtype=object),
    np.array(["s1", "s2", "s1"], dtype=object),
    np.array([4.0, 9.0, 10.0]),
    "min",
    source="costs.csv",
)
IDS = (pd.DataFrame({"id": ["e1", "e2"]}), pd.DataFrame({"id": ["s1", "s2"]}))
NOWHERE = np.full((2, 2), np.nan)


def test_costs_are_asked_by_id_within_the_own_limit_or_another():
    travel = Travel(9.0, "min", network=TABLE)
    assert travel.method == "costs"
    reached = travel.reach(NOWHERE, NOWHERE, ids=IDS)
    assert isinstance(reached, Reach)
    assert sorted(reached.pairs.data.tolist()) == [4.0, 9.0]
    assert sorted(travel.reach(NOWHERE, NOWHERE, 10.0, ids=IDS).pairs.data.tolist()) == [4.0, 9.0, 10.0]


def test_costs_without_ids_are_refused_with_the_name_of_the_table():
    with pytest.raises(BadInput) as refused:
        Travel(9.0, "min", network=TABLE).reach(NOWHERE, NOWHERE)
    assert (refused.value.code, refused.value.where) == ("own_table.no_ids", "costs.csv")
