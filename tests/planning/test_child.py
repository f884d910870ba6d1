"""A solve in a child process answers, streams, stops when asked, and is killed when deaf, its last message kept."""

import pytest

from ipps_geo.errors import BadInput, InternalError
from ipps_geo.planning import child
from ipps_geo.planning.child import run_in_child


def call(name, deadline_s=20.0, **options):
    return run_in_child(f"tests.planning.child_functions:{name}", {}, deadline_s=deadline_s, **options)


def test_the_result_comes_back_with_the_last_progress_message():
    seen = []
    result, last = call("count_to_three", progress=seen.append)
    assert (result, last, seen) == ("done", 3, [1, 2, 3])


def test_our_own_errors_come_back_as_they_were():
    with pytest.raises(BadInput, match="is not a day") as caught:
        call("raise_ours")
    assert caught.value.where == "there"


def test_any_other_error_becomes_a_number_of_the_log(caplog):
    with pytest.raises(InternalError) as caught:
        call("raise_other")
    (entry,) = caplog.records
    assert caught.value.values["number"] in entry.getMessage()
    assert "ZeroDivisionError" in entry.trace
    assert "division" not in str(caught.value)


def test_what_a_solver_prints_does_not_disturb_the_channel():
    assert call("print_much")[0] == "quiet"


def test_a_listening_child_stops_when_asked_and_still_answers():
    seen = []
    result, _ = call("work_until_stopped", progress=seen.append, should_stop=lambda: bool(seen))
    assert result == "stopped in time"


def test_a_deaf_child_is_killed_and_its_last_message_kept(monkeypatch):
    monkeypatch.setattr(child, "GRACE_S", 0.2)
    seen = []
    result, last = call("never_stop", progress=seen.append, should_stop=lambda: bool(seen))
    assert (result, last) == (None, "incumbent")


def test_a_child_that_is_over_its_time_is_stopped_unasked(monkeypatch):
    monkeypatch.setattr(child, "GRACE_S", 0.2)
    assert call("never_stop", deadline_s=0.2)[0] is None


def test_a_child_that_dies_is_an_error_not_a_hang():
    with pytest.raises(InternalError, match=r"without an answer \(exit code 9\): number \w+ in the log"):
        call("die")
