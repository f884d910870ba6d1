"""OR-Library's p-median instances are solved to their proven optima; needs files that are not part of the project."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.orlib import P_MEDIAN_OPTIMA, numbers, read_pmed, reference_folder
from ipps_geo.siting import p_median

pytestmark = pytest.mark.reference
FOLDER = reference_folder()


@pytest.mark.skipif(FOLDER is None, reason="no OR-Library files beside the checkout")
@pytest.mark.parametrize("number", numbers(FOLDER) if FOLDER else [])
def test_p_median_is_proven_at_the_optimum(number: int) -> None:
    assert FOLDER is not None
    costs, p = read_pmed(FOLDER / f"pmed{number}.txt")
    plan = p_median(costs, p)
    assert (plan.status, plan.stop_reason) == ("optimal", "proven")
    assert plan.objective == plan.bound == P_MEDIAN_OPTIMA[number]
    assert costs[:, plan.open_sites].min(axis=1).sum() == plan.objective
    assert np.array_equal(costs[np.arange(len(costs)), plan.assignment], costs[:, plan.open_sites].min(axis=1))
