"""Compile the kernels of the policy model before a clock runs, on an instance that is over in an instant."""

from __future__ import annotations

import functools

import numpy as np

from ipps_geo.reach import Reach
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.request import policy_request


@functools.cache
def compile_kernels() -> None:
    """Make sure, once a process, that the kernels of the policy model are compiled.

    The first call ever on a machine compiles them and keeps them on disk, which takes some 17 seconds of one core;
    later processes read them from there in half a second. Clustered points with overlapping circles lead the search
    through every phase, down to the tree.
    """
    rng = np.random.default_rng(5)
    centres = rng.uniform(0, 12_000, (6, 2))
    demand = (centres[rng.integers(0, 6, 600)] + rng.normal(0, 1_500, (600, 2))).round()
    sites = (centres[rng.integers(0, 6, 24)] + rng.normal(0, 1_200, (24, 2))).round()
    needs = rng.choice(np.array([1, 0, -1], dtype=np.int8), 600, p=[0.5, 0.35, 0.15])
    request = policy_request(Reach.from_points(demand, sites, 2_500), needs, {"n_sites": 6, "min_roster": 20})
    program, watch = request.program(), Watch()
    pipeline.solve(program, Incumbent(program, watch), watch, 0.0, 0)
