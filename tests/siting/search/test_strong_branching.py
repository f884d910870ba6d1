"""Strong branching by hand: what each branch moves is given, and what is chosen is seen."""

from __future__ import annotations

import numpy as np

from ipps_geo.siting.search.strong_branching import CLOSED, FREE, OPEN, StrongBranching

MOVES = {(0, OPEN): 4.0, (0, CLOSED): 0.0, (1, OPEN): 1.0, (1, CLOSED): 1.0, (2, OPEN): 9.0, (2, CLOSED): 9.0}
"""How far the bound moves by site and branch."""


class Solver:
    """Stands for HiGHS: a basis that is taken and given back."""

    basis = "of the node"

    def getBasis(self):
        return self.basis

    def setBasis(self, basis):
        self.basis = basis


def choose(branching, state, y):
    """The site chosen, the branches tried, and the basis afterwards."""
    solver, tried = Solver(), []

    def trial(child):
        assert solver.basis == "of the node"
        solver.basis = "of a child"
        (site,) = np.flatnonzero(child != state).tolist()
        tried.append((site, int(child[site])))
        return MOVES[tried[-1]]

    site = branching.choose(solver, np.array(state, np.int8), np.array(y, float), trial)
    return site, tried, solver.basis


def test_both_branches_count_and_fixed_or_whole_sites_are_not_tried():
    site, tried, basis = choose(StrongBranching(4), [FREE, FREE, OPEN, FREE], [0.5, 0.5, 1.0, 0.0])
    assert site == 1  # 1 and 1 are worth more than 4 and nothing
    assert sorted(tried) == [(0, CLOSED), (0, OPEN), (1, CLOSED), (1, OPEN)]
    assert basis == "of the node"


def test_a_branch_is_tried_once_and_then_counts_by_distance():
    branching = StrongBranching(3)
    choose(branching, [FREE] * 3, [0.5, 0.5, 0.5])
    site, tried, _ = choose(branching, [FREE] * 3, [0.2, 0.4, 0.999])
    # site 1 moves 2 a unit: 1.2 and 0.8; site 2 moves 18 a unit: 0.018 and 17.98
    assert (site, tried) == (1, [])


def test_without_a_fractional_site_the_largest_free_one_and_none_when_all_are_fixed():
    assert choose(StrongBranching(3), [FREE, OPEN, FREE], [0.0, 1.0, 1.0])[:2] == (2, [])
    assert choose(StrongBranching(2), [OPEN, CLOSED], [1.0, 0.0])[:2] == (None, [])
