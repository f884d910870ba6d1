"""No limit of a search is spent on compiling."""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from ipps_geo.siting import p_median
from ipps_geo.siting.search import clock
from ipps_geo.siting.search.watch import Watch


def test_the_clock_stands_still_while_a_kernel_is_compiled() -> None:
    watch = Watch(time_limit_s=60)
    began, clock_began = time.perf_counter(), clock.now()

    @njit
    def fresh(values: np.ndarray) -> float:
        total = 0.0
        for value in values:
            total += np.sqrt(abs(value)) if value < 3 else np.log(value)
        return total

    assert fresh(np.arange(9.0)) > 0
    wall, clocked = time.perf_counter() - began, clock.now() - clock_began
    assert wall > 0.02, "a compilation takes its time"
    assert clocked < wall / 2
    assert watch.seconds < wall
    began, clock_began = time.perf_counter(), clock.now()
    time.sleep(0.02)
    assert clock.now() - clock_began >= 0.019


def test_a_kernel_that_is_called_again_is_on_the_clock() -> None:
    costs = np.arange(12.0).reshape(4, 3)
    p_median(costs, 1)
    standing = time.perf_counter() - clock.now()
    p_median(costs, 1)
    assert time.perf_counter() - clock.now() - standing < 1e-4
