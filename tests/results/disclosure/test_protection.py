"""Which counts are hidden, on the smallest tables there are: small ones, and what would give them away."""

import numpy as np
import pytest

from ipps_geo.results.disclosure.protection import Target, _is_open, shown_cells
from ipps_geo.results.disclosure.system import Bounds, Cell, Counts
from ipps_geo.results.edition import PUBLIC_MINIMUM


def published(*rows):
    """A table of counts: (name, groups, value, cost)."""
    counts = Counts()
    counts.cells += [Cell("t", name, "n", counts.form(groups), value, cost) for name, groups, value, cost in rows]
    return counts


@pytest.mark.parametrize(("value", "is_shown"), [(0, True), (1, False), (4, False), (5, True), (900, True)])
def test_a_count_of_one_to_four_is_hidden(value, is_shown):
    assert PUBLIC_MINIMUM == 5
    assert shown_cells(published(("a", "a", value, 1.0)), [], 5).tolist() == [is_shown]


def test_what_a_total_would_give_away_hides_the_cheapest_of_the_others():
    counts = published(("a", "a", 3, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 23, 9.0))
    target = Target(counts.form("a"), 3)
    assert shown_cells(counts, [target], 5).tolist() == [False, False, True]
    assert shown_cells(counts, [], 5).tolist() == [False, True, True]
    dear = published(("a", "a", 3, 1.0), ("b", "b", 20, 9.0), ("both", "ab", 23, 1.0))
    assert shown_cells(dear, [target], 5).tolist() == [False, True, False]
    nobody = published(("a", "a", 0, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 20, 9.0))
    assert shown_cells(nobody, [Target(nobody.form("a"), 0)], 5).all()
    enough = published(("a", "a", 5, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 25, 9.0))
    assert shown_cells(enough, [Target(enough.form("a"), 5)], 5).all()


def test_what_is_settled_already_stays_and_another_cell_is_hidden():
    counts = published(("a", "a", 3, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 23, 9.0))
    target = Target(counts.form("a"), 3)
    settled = {("t", "b", "n"): True}
    assert shown_cells(counts, [target], 5, settled=settled).tolist() == [False, True, False]


def test_what_later_hiding_makes_needless_is_shown_again():
    """b is hidden for a; then ab has to go for c, and a stays open with b shown."""
    counts = published(
        ("a", "a", 3, 1.0), ("b", "b", 20, 1.0), ("ab", "ab", 23, 5.0), ("c", "c", 3, 1.0), ("abc", "abc", 26, 9.0)
    )
    targets = [Target(counts.form("a"), 3), Target(counts.form("c"), 3), Target(counts.form("b"), 20)]
    assert shown_cells(counts, targets, 5).tolist() == [False, True, False, False, True]


def test_where_everything_is_settled_nothing_more_can_be_hidden():
    counts = published(("a", "a", 3, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 23, 9.0))
    settled = {("t", "b", "n"): True, ("t", "both", "n"): True}
    assert shown_cells(counts, [Target(counts.form("a"), 3)], 5, settled=settled).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("ends", "size", "is_open"),
    [
        ((1, 5), 3, True),
        ((1, 4), 3, False),
        ((0, 4), 3, True),
        ((0, 3), 3, False),
        ((0, 1), None, True),
        ((1, 4), None, False),
        ((1, 5), None, True),
        ((5, 5), None, True),
        ((2, np.inf), 2, True),
    ],
)
def test_a_group_is_open_while_five_numbers_are_left_to_it_or_it_may_be_nobody(ends, size, is_open):
    assert _is_open(ends, Target((0,), size), 5) is is_open


def test_what_the_shown_cells_leave_to_a_group():
    counts = published(("a", "a", 3, 1.0), ("b", "b", 20, 1.0), ("both", "ab", 23, 9.0))
    program, a = counts.program(), counts.form("a")
    assert program.span(a) == (np.inf, -np.inf)
    assert program.bounds(a, np.array([False, True, True])) == Bounds(3, 3.0, (1, 2))
    free = program.bounds(a, np.array([False, False, True]))
    assert (free.least, free.most, free.open_values) == (0, 23.0, 24.0)
    nothing = program.bounds(a, np.zeros(3, dtype=bool))
    assert (nothing.least, nothing.most, nothing.open_values) == (0, np.inf, np.inf)
    assert program.span(a) == (0.0, 23.0)


def test_what_is_known_whatever_is_hidden_bounds_too():
    counts = published(("both", "ab", 23, 1.0))
    a, b = counts.form("a"), counts.form("b")
    counts.at_most.append((a, b))
    assert counts.program().bounds(a, np.array([True])).most == 11.0
