"""Names, notes and messages on the pages are text: none of them becomes a picture, a link, an element or a formula."""

import re

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.ledger.scenarios import save_plan
from ipps_geo.workspace.demo import generate_demo

pytestmark = pytest.mark.slow

EVIL = "![](http://evil.test/x) <img src=http://evil.test/y> [z](http://evil.test) $x^2$ :red[w] `c` *b*"
LIVE = re.compile(r"(?<!\\)(?:!\[|\]\(http|<img|\$x|`c|\*b\*|:red)|http://evil")
"""What would be read as Markdown or HTML, or found as an address."""


def plant(frame, *columns):
    return frame.assign(**{column: [EVIL] * len(frame) for column in columns})


@pytest.fixture(scope="module")
def hostile():
    made = generate_demo(2_500, seed=3)
    named = ("name_zh", "name_en", "operator_name")
    return made.replace(
        name=EVIL,
        carriers=plant(made.carriers, *(name for name in named if name in made.carriers)),
        institutions=plant(made.institutions, "name_zh"),
        enterprises=plant(made.enterprises, "name"),
        rosters=plant(made.rosters, "name"),
        service_units=plant(made.service_units, "name_zh", "short_zh")
        if "short_zh" in made.service_units
        else plant(made.service_units, "name_zh"),
    )


@pytest.fixture(scope="module")
def plan(hostile, draft):
    return planning.plan(hostile, draft, planning.PlanParameters(stations=1, reach_km=12.0))


def told(page):
    """Every text of the page that the browser reads as Markdown."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success", "metric")
    elements = [element for kind in kinds for element in getattr(page, kind)]
    return [
        str(getattr(element, part)) for element in elements for part in ("value", "label") if hasattr(element, part)
    ]


@pytest.mark.parametrize("name", ["overview", "data", "compliance", "site", "plan", "scenarios", "export"])
def test_no_page_reads_a_name_as_markdown(open_page, hostile, draft, plan, name):
    session = {"plan": plan}
    if name == "site":
        session = {"site_test": planning.assess_site(hostile, draft, site_id=hostile.carriers["carrier_id"].iloc[0])}
    elif name == "compliance":
        session = {"compliance_selected": "0"}
    elif name == "plan":
        session["plan_error"] = BadInput("argument.not_a_day", where=EVIL, text=EVIL)
    page = open_page(name, workspace=hostile, **session)
    assert not page.exception
    assert [text for text in told(page) if LIVE.search(text)] == []


def test_a_scenario_is_shown_by_the_name_that_somebody_typed(open_page, hostile, plan):
    from planner.state import store

    page = open_page("scenarios", workspace=hostile)
    saved = save_plan(store(), plan, EVIL, note=EVIL, who=EVIL)
    page = open_page("scenarios", workspace=hostile, scenarios_selected=saved.id)
    assert not page.exception
    assert any("evil" in text for text in told(page))
    assert [text for text in told(page) if LIVE.search(text)] == []
