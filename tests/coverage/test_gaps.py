"""Gaps are found where the crowd is, and one straggler joins nothing."""

import numpy as np

from ipps_geo.coverage.gaps import gap_clusters


def test_two_towns_and_a_straggler():
    rng = np.random.default_rng(1)
    big = rng.normal((0, 0), 300, (200, 2))
    small = rng.normal((20_000, 0), 200, (80, 2))
    found = gap_clusters(np.vstack([small, big, [[10_000, 0]]]))
    assert found["enterprises"].tolist()[0] > found["enterprises"].tolist()[1] >= 50
    assert np.hypot(found["x_m"][0], found["y_m"][0]) < 200
    assert abs(found["x_m"][1] - 20_000) < 200


def test_no_points_no_gaps():
    assert gap_clusters(np.empty((0, 2))).empty
    assert gap_clusters(np.zeros((49, 2))).empty
    assert gap_clusters(np.zeros((50, 2)))["enterprises"].tolist() == [50]
