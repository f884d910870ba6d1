"""A solve beside the page: watched, finished, cancelled."""

import time

import pytest

from ipps_geo import planning

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("child_process")]


@pytest.fixture
def job(beijing, draft):
    from planner.solving import Job, Ways

    started = []

    def start(**choices):
        parameters = planning.PlanParameters(**choices)
        started.append(Job(beijing, beijing.data_date, Ways(parameters, parameters.travel, draft, None)))
        return started[-1]

    yield start
    for each in started:
        each.cancel()
        assert each.wait(300)


def test_a_solve_ends_with_a_plan_and_has_told_its_milestones(job):
    running = job(stations=1, time_limit_s=20)
    assert running.wait(300)
    assert running.error is None
    assert len(running.result.proposals) == 1
    assert running.milestones


def test_a_cancelled_solve_ends_and_gives_what_it_has(job):
    running = job(stations=30, frontier=30, time_limit_s=900)
    until = time.monotonic() + 90
    while not running.milestones and running.running and time.monotonic() < until:
        time.sleep(0.05)
    running.cancel()
    assert running.wait(300)
    assert running.cancelled
    assert running.result is not None or running.error is not None


def test_an_error_is_kept_for_the_page(job):
    running = job(required_sites=("NOBODY",))
    assert running.wait(300)
    assert "NOBODY" in str(running.error)
