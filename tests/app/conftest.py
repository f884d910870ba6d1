"""Pages run without a browser: each test opens one page of the app in Streamlit's own test driver."""

import json
from pathlib import Path

import pytest

pytest.importorskip("streamlit")

from ipps_geo import planning
from tests.kept import kept

APPS = Path(__file__).parents[2] / "apps"


@pytest.fixture(autouse=True)
def _own_scenarios(tmp_path, monkeypatch):
    monkeypatch.setenv("IPPS_GEO_SCENARIOS", str(tmp_path / "scenarios.sqlite"))
    monkeypatch.syspath_prepend(str(APPS))


@pytest.fixture
def open_page(beijing, draft, monkeypatch):
    """Open a page; further arguments are put into the session before."""
    from streamlit.testing.v1 import AppTest

    def opened(name, lang="zh", **session):
        script = f"from planner.shell import run\nrun({name!r})\n"
        page = AppTest.from_string(script, default_timeout=120)
        page.session_state["lang"] = lang
        page.session_state["workspace"] = session.pop("workspace", beijing)
        for key, value in session.items():
            page.session_state[key] = value
        return page.run()

    return opened


@pytest.fixture
def map_of():
    """Return what a map of the page draws: its layers by name, and under ``""`` everything else that it was given."""

    def told(page, number=0):
        lines = page.get("bidi_component")[number].proto.bytes.decode().split("\n")
        own, shared, *layers = map(json.loads, lines)
        return {layer["name"]: layer for layer in layers} | {"": own | shared}

    return told


@pytest.fixture(scope="session")
def small_plan(beijing, draft):
    """A plan of two stations with a small frontier."""
    asked = planning.PlanParameters(stations=2, frontier=3, time_limit_s=20)
    return kept("small_plan", lambda: planning.plan(beijing, draft, asked))
