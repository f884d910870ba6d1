"""The same senseless argument is refused by every model, with its name in the error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import location_set_covering, maximal_covering, p_center, p_median, plan_workstations
from ipps_geo.siting.search.checks import listed_costs, site_positions, whole_number

COSTS = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]])
REACH = Reach.from_costs(COSTS, 2.0)

MODELS = {
    "plan_workstations": lambda **given: plan_workstations(REACH, [1, 1, 0], **({"n_sites": 1} | given)),
    "maximal_covering": lambda **given: maximal_covering(REACH, **({"n_sites": 1} | given)),
    "location_set_covering": lambda **given: location_set_covering(REACH, **given),
    "p_median": lambda **given: p_median(COSTS, **({"n_sites": 1} | given)),
    "p_center": lambda **given: p_center(COSTS, **({"n_sites": 1} | given)),
}
SENSELESS: dict[str, list[Any]] = {
    "n_sites": [-1, 1.5, np.nan, "1", True],
    "weights": [[1.0, 1.0], [1, 1, -1], [1, 1, np.nan], [1e308] * 3, ["a"] * 3, 2.0],
    "required_sites": [[3], [-1], [1.5], [[0]], {1}],
    "forbidden_sites": [[3], [1.0]],
    "time_limit_s": [0, -1, np.nan, None, "soon"],
    "gap": [-1, np.nan, np.inf, None],
    "work_limit": [0, -1, 1.5],
    "seed": [-1, None],
    "threads": [0, 1.5, True],
}
MISSING = {
    "location_set_covering": {"n_sites", "weights", "seed", "threads"},
    "maximal_covering": {"seed", "threads"},
    "p_center": {"seed", "threads"},
}


@pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model in MODELS for name in SENSELESS if name not in MISSING.get(model, ())]
)
def test_every_model_refuses_it(model: str, name: str) -> None:
    for value in SENSELESS[name]:
        with pytest.raises(BadInput) as caught:
            MODELS[model](**{name: value})
        assert name in str(caught.value)


@pytest.mark.parametrize("model", MODELS)
def test_a_mask_of_sites_says_what_their_positions_say(model: str) -> None:
    by_mask = MODELS[model](required_sites=np.array([False, False, True]))
    by_position = MODELS[model](required_sites=[2, 2])
    assert by_mask.status == by_position.status
    assert by_mask.open_sites.tolist() == by_position.open_sites.tolist()


def test_numbers_and_positions() -> None:
    assert whole_number(np.int32(3), "n") == whole_number(3.0, "n") == 3
    assert site_positions([2, 0, 2], 3, "sites").tolist() == [0, 2]
    assert site_positions((), 3, "sites").tolist() == []


def test_pairs_that_a_sparse_matrix_does_not_store_are_none() -> None:
    stored = sparse.coo_array(([0.0, 4.0], ([0, 1], [1, 0])), shape=(2, 2))
    assert listed_costs(stored).tolist() == [[np.inf, 0.0], [4.0, np.inf]]
    assert p_median(stored, 2).assignment.tolist() == [1, 0]
