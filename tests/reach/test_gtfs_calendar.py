"""When services run: first and last day included, exceptions before the pattern, the busiest day."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.reach.gtfs_calendar import Calendar, busiest_day

MONDAY = dt.date(2026, 3, 2)


def day(number):
    """Days from the first Monday."""
    return MONDAY + dt.timedelta(days=number)


def calendar(*patterns, special=()):
    """Patterns (service, first, last, weekdays) and exceptions (service, day, added), by days from the first Monday."""
    names = sorted({row[0] for row in (*patterns, *special)})
    week = np.zeros((len(patterns), 7), dtype=bool)
    for row, (_, _, _, weekdays) in enumerate(patterns):
        week[row, list(weekdays)] = True
    return Calendar(
        pd.Index(names, dtype="str"),
        np.array([names.index(row[0]) for row in patterns], dtype=np.int64),
        np.array([day(row[1]).toordinal() for row in patterns], dtype=np.int64),
        np.array([day(row[2]).toordinal() for row in patterns], dtype=np.int64),
        week.reshape(-1, 7),
        np.array([names.index(row[0]) for row in special], dtype=np.int64),
        np.array([day(row[1]).toordinal() for row in special], dtype=np.int64),
        np.array([row[2] for row in special], dtype=bool),
    )


@pytest.mark.parametrize(("number", "runs"), [(-7, False), (0, True), (1, False), (7, True), (14, True), (21, False)])
def test_a_pattern_holds_on_its_weekday_from_the_first_through_the_last_day(number, runs):
    assert calendar(("a", 0, 14, [0])).runs(day(number)).tolist() == [runs]


def test_an_exception_goes_before_the_pattern_on_its_day_alone():
    told = calendar(("a", 0, 14, [0]), special=[("a", 7, False), ("a", 8, True), ("b", 7, True)])
    assert told.runs(day(7)).tolist() == [False, True]
    assert told.runs(day(8)).tolist() == [True, False]
    assert told.runs(day(14)).tolist() == [True, False]


@pytest.mark.parametrize("number", [0, 27, 28, 29, 90, 363])
def test_the_busiest_day_is_found_however_late_in_the_year_it_is(number):
    added = [("b", number, True)]
    assert busiest_day([calendar(("a", 0, 363, range(7)), special=added)], [np.array([3, 2])]) == day(number)


def test_the_first_of_equally_busy_days_is_taken_and_none_where_nothing_runs():
    assert busiest_day([calendar(("a", 0, 20, [2, 4]))], [np.array([5])]) == day(2)
    assert busiest_day([calendar(("a", 0, 20, []))], [np.array([5])]) is None
    assert busiest_day([calendar(("a", 0, 20, [0]))], [np.array([0])]) is None


PATTERN = st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9), st.sets(st.integers(0, 6)))
SPECIAL = st.tuples(st.sampled_from("ab"), st.integers(0, 12), st.booleans())


@given(
    st.lists(PATTERN, min_size=1, max_size=3),
    st.lists(SPECIAL, max_size=3, unique_by=lambda row: row[:2]),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_the_busiest_day_is_that_of_a_count_day_by_day(patterns, special, weights):
    """Brute force, where no service has two patterns on one day."""
    patterns = list({row[0]: (row[0], min(row[1:3]), max(row[1:3]), row[3]) for row in patterns}.values())
    told = calendar(*patterns, special=special)
    weight = np.array(weights)[: len(told.services)]
    counts = {number: int(weight[told.runs(day(number))].sum()) for number in range(13)}
    best = max(counts.values())
    expected = next(day(number) for number, count in counts.items() if count == best) if best else None
    assert busiest_day([told], [weight]) == expected
