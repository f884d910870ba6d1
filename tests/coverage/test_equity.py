"""Gini and Theil against an independent library, and the properties that make them measures of unevenness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inequality.gini import Gini
from inequality.theil import TheilD

from ipps_geo.coverage.equity import gini, lorenz, theil
from ipps_geo.errors import BadInput

amounts = arrays(np.float64, st.integers(2, 30), elements=st.floats(0.01, 1000))


@given(amounts)
def test_gini_agrees_with_the_library(values):
    assert gini(values) == pytest.approx(Gini(values).g, abs=1e-9)


@given(amounts, st.integers(1, 4))
def test_theil_agrees_with_the_library(values, n_groups):
    groups = np.arange(len(values)) % n_groups
    ours, library = theil(values, groups), TheilD(values, groups)
    assert ours.total == pytest.approx(float(np.ravel(library.T)[0]), abs=1e-9)
    assert ours.between == pytest.approx(float(np.ravel(library.bg)[0]), abs=1e-9)
    assert ours.within == pytest.approx(ours.total - ours.between)


@given(amounts, st.floats(0.1, 50))
def test_scale_does_not_matter(values, factor):
    assert gini(values * factor) == pytest.approx(gini(values), abs=1e-9)


@given(arrays(np.int64, 8, elements=st.integers(1, 5)), arrays(np.float64, 8, elements=st.floats(0, 9)))
def test_a_weight_is_that_many_people(weights, values):
    assert gini(values, weights) == pytest.approx(gini(np.repeat(values, weights)), abs=1e-9, nan_ok=True)


def test_nothing_to_share_is_unknown_not_even():
    assert np.isnan(gini([0, 0]))
    assert lorenz([]).empty
    assert np.isnan(theil([0], ["a"]).total)


def test_negative_amounts_are_refused():
    with pytest.raises(BadInput):
        gini([-1, 2])
