"""Access and repair run beside their pages: shown while they run, stopped by a click, their answer found again."""

import threading

import pytest

from ipps_geo import planning
from ipps_geo.errors import Stopped
from ipps_geo.report.words.catalogue import catalogue

ZH = catalogue("zh")


@pytest.fixture
def held(monkeypatch):
    """Work that stays under way until it is stopped; what each piece was asked."""
    from planner import solving

    asked = []

    def watched(case, workspace, policy, *, should_stop, progress, limit_s, **given):
        asked.append((case, given))
        progress("begun")
        while not should_stop():
            threading.Event().wait(0.01)
        raise Stopped("watched.stopped")

    monkeypatch.setattr(solving, "watched", watched)
    return asked


@pytest.mark.parametrize(
    ("name", "button", "case"), [("access", "access_start", "coverage"), ("rosters", "rosters_start", "repair")]
)
def test_what_runs_is_shown_and_can_be_stopped(open_page, held, name, button, case):
    page = open_page(name)
    page.button(key=button).click().run()
    key = "access" if name == "access" else "repair"
    job = page.session_state[f"{key}_job"]
    assert page.button(key=button).disabled
    page.button(key=f"{key}_cancel").click().run()
    assert job.wait(300)
    page.run()
    assert "已按您的要求停止" in page.error[0].value
    assert not page.button(key=button).disabled
    assert [asked for asked, _ in held] == [case]


def test_an_answer_is_found_again_by_another_session(open_page, held, beijing, draft):
    page = open_page("access")
    page.checkbox(key="access_public").check().run()
    page.text_input(key="access_review").set_value("京S(2026)001号")
    page.button(key="access_start").click().run()
    job = page.session_state["access_job"]
    job.cancel()
    job.wait(300)
    job.found, job.error = (
        planning.coverage(beijing, draft, areas=False, public=True, map_review_number="京S(2026)001号"),
        None,
    )
    again = open_page("access", access_job=job, forms=page.session_state["forms"])
    assert again.session_state["access"][0] == job.stamp
    assert "京S(2026)001号" in " ".join(line.value for line in again.info)
    assert not again.warning[1:], "the form still asks for the same"
    assert held[0][1]["map_review_number"] == "京S(2026)001号"
