"""The tree of the fewest sites on Steiner triples, whose linear program says 3 where 5 sites are needed."""

from __future__ import annotations

import numpy as np
import pytest

from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.minimum_tree import MinimumTree
from ipps_geo.siting.search.watch import Watch

TRIPLES = np.array(
    [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8],
     [0, 4, 8], [1, 5, 6], [2, 3, 7], [0, 5, 7], [1, 3, 8], [2, 4, 6]], np.int32,
)  # fmt: skip
"""Twelve rows of three sites each, every pair of the nine sites in one of them (Fulkerson, Nemhauser, Trotter 1974)."""


def tree(watch: Watch | None = None, at_most: int = -1) -> MinimumTree:
    program = CoverProgram(np.arange(0, 37, 3, dtype=np.int64), TRIPLES.ravel(), np.arange(9, dtype=np.int32))
    return MinimumTree(program, np.arange(9, dtype=np.int32), 1, at_most, watch or Watch())


def test_proves_what_the_linear_program_does_not():
    whole = tree()
    assert whole.search(max_nodes=100)
    assert (len(whole.best), whole.bound) == (5, 5)
    assert np.isin(TRIPLES, whole.best).any(axis=1).all()


@pytest.mark.parametrize("nodes", [0, 1, 2])
def test_ends_at_the_number_of_nodes_and_keeps_what_they_prove(nodes):
    cut = tree()
    assert not cut.search(max_nodes=nodes)
    assert cut.n_nodes == nodes
    assert cut.bound == (3 if nodes else 1)


def test_a_watch_that_is_over_bounds_no_node():
    watch = Watch(work_limit=1)
    watch.step()
    late = tree(watch)
    assert not late.search(max_nodes=100)
    assert (late.n_nodes, late.bound, watch.reason) == (0, 1, "work_limit")


def test_a_number_that_suffices_ends_the_search():
    asked = tree(at_most=6)
    assert asked.search(max_nodes=100)
    assert len(asked.best) in (5, 6)
    refused = tree(at_most=4)
    assert refused.search(max_nodes=100)
    assert refused.bound == 5
