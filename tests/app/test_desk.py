"""The planning desk: opened and closed by a click, back and forward, completed and verified by the solver."""

import pandas as pd
import pytest

from ipps_geo import planning
from ipps_geo.planning.trade_offs import measured
from ipps_geo.results.trade_offs import TradeOffs


@pytest.fixture(scope="module")
def plan(beijing, draft):
    return planning.plan(beijing, draft, planning.PlanParameters(stations=2, time_limit_s=20))


def metrics(page):
    return {metric.label: metric.value for metric in page.metric}


def test_the_desk_begins_with_the_plan_of_the_session(open_page, map_of, plan):
    page = open_page("desk", plan=plan)
    assert metrics(page)["新增服务企业（家）"] == f"{int(plan.objective):,}"
    assert {spot["id"] for spot in map_of(page)["open"]["data"]} == set(plan.proposals["site_id"])


def test_a_click_opens_another_closes_and_both_can_be_undone(open_page, plan, map_of):
    page = open_page("desk", plan=plan)
    sites = tuple(sorted(plan.proposals["site_id"]))
    candidate = map_of(page)["closed"]["data"][0]["id"]
    page.session_state["desk_sets"] = page.session_state["desk_sets"].then(tuple(sorted((*sites, candidate))))
    page.run()
    assert candidate in {spot["id"] for spot in map_of(page)["open"]["data"]}
    page.button(key="desk_undo").click().run()
    assert page.session_state["desk_sets"].now == sites
    page.button(key="desk_redo").click().run()
    assert candidate in page.session_state["desk_sets"].now


def test_what_the_form_ruled_out_stays_so_on_the_desk_until_it_is_opened(open_page, map_of, plan, draft):
    site = map_of(open_page("desk", plan=plan))["closed"]["data"][0]["id"]
    ways = ways_of(draft, stations=2, forbidden_sites=(site,))
    page = open_page("desk", plan=plan, plan_ways=ways)
    assert [spot["id"] for spot in map_of(page)["forbidden"]["data"]] == [site]
    assert "forbidden" in map_of(page)[""]["picks"]
    page = run_before(f"if 'n' not in st.session_state: st.session_state.n = desk._toggle({site!r})", **held(page))
    assert page.session_state["desk_forbidden"] == ()
    assert site in page.session_state["desk_sets"].now
    page = run_before(f"if 'n' not in st.session_state: st.session_state.n = desk._forbid({site!r})", **held(page))
    assert page.session_state["desk_forbidden"] == (site,)
    assert site not in page.session_state["desk_sets"].now


def held(page):
    """Return what lies on the desk of a page, for another run of it."""
    names = ("workspace", "plan", "plan_ways", "desk_sets", "desk_of", "desk_forbidden")
    return {name: page.session_state[name] for name in names}


def test_what_was_undone_is_gone_after_another_change(open_page):
    open_page("desk")
    from planner.desk import Sets

    sets = Sets().then(("a",)).then(("a", "b")).step(-1).then(("a", "c"))
    assert sets.all == ((), ("a",), ("a", "c"))
    assert sets.step(5).now == ("a", "c")
    assert sets.step(-5).now == ()


def test_the_solver_improves_what_stands_on_the_desk_and_may_exchange_it(open_page, plan, map_of):
    page = open_page("desk", plan=plan)
    best = set(plan.proposals["site_id"])
    poor = next(spot["id"] for spot in map_of(page)["closed"]["data"] if spot["id"] not in best)
    page.session_state["desk_sets"] = page.session_state["desk_sets"].then((poor,))
    page.run()
    on_the_desk = float(metrics(page)["新增服务企业（家）"].replace(",", ""))
    page.button(key="desk_improve").click().run()
    job = page.session_state["job"]
    assert job.wait(300)
    assert job.begin_with == (poor,)
    assert job.result.status == "optimal"
    assert job.result.objective > on_the_desk


def test_a_bound_counts_for_sets_of_its_kind_only(open_page, beijing, draft):
    open_page("desk")
    from planner.solving import Ways

    def ways(**asked):
        parameters = planning.PlanParameters(**asked)
        return Ways(parameters, parameters.travel, draft, None)

    plain = ways(stations=10)
    assert plain.free().key() == ways(stations=3, required_sites=("P001",), frontier=5).free().key()
    for other in (ways(stations=10, reach_km=2.0), ways(stations=10, unit="110108"), ways(budget=100.0)):
        assert other.free().key() != plain.free().key()


def test_a_set_that_cannot_hold_cannot_become_the_plan(open_page, map_of):

    page = open_page("desk")
    assert page.button(key="desk_verify").disabled
    assert page.button(key="desk_undo").disabled


def test_over_a_result_stands_what_was_asked_and_a_point_of_the_frontier_opens_on_the_desk(open_page, beijing, draft):
    asked = planning.PlanParameters(stations=3, frontier=3, time_limit_s=20)
    page = open_page("plan", plan=planning.plan(beijing, draft, asked))
    assert any("本结果的条件" in caption.value and "3" in caption.value for caption in page.caption)
    page.button(key="plan_open_p").click().run()
    assert len(page.session_state["desk_asked"]) == 3


def test_what_stations_cost_stands_over_a_plan_where_it_is_known(open_page, beijing, plan):
    priced = beijing.replace(carriers=beijing.carriers.assign(annual_cost=20.0))
    page = open_page("plan", workspace=priced, plan=plan)
    assert metrics(page)["年费用（万元）"] == f"{20 * len(plan.proposals)}"
    assert page.dataframe[0].value["年费用（万元）"].tolist() == ["20"] * len(plan.proposals)
    assert "年费用（万元）" not in metrics(open_page("plan", workspace=beijing, plan=plan))


def test_what_is_proven_answers_other_numbers_and_reaches(open_page):
    open_page("desk")
    from planner.known import Proven, follows

    facts = [Proven(2, 3000.0, 100.0, 100.0, ("A", "B")), Proven(4, 3000.0, 150.0, 180.0, ("A", "C"))]
    assert follows(facts, 2, 3000.0).exact
    between = follows(facts, 3, 3000.0)
    assert (between.served, between.bound, between.sites, between.exact) == (100.0, 180.0, ("A", "B"), False)
    farther, nearer = follows(facts, 4, 5000.0), follows(facts, 2, 2000.0)
    assert (farther.served, farther.bound) == (150.0, float("inf"))
    assert (nearer.bound, nearer.sites) == (100.0, ())


def run_before(first, **session):
    """Open the desk after a line of Python that a callback would run."""
    from streamlit.testing.v1 import AppTest

    script = f"import streamlit as st\nfrom planner import desk, known, shell\n{first}\nshell.run('desk')\n"
    page = AppTest.from_string(script, default_timeout=120)
    for key, value in {"lang": "zh", **session}.items():
        page.session_state[key] = value
    return page.run()


def ways_of(draft, **asked):
    from planner.solving import Ways

    parameters = planning.PlanParameters(**asked)
    return Ways(parameters, parameters.travel, draft, None)


def test_the_desk_opens_where_the_plan_goes_by_years_and_a_front(open_page, beijing, plan, draft):
    ways = ways_of(draft, stations=2, years=(1, 2))
    page = open_page("desk", workspace=beijing, plan=plan, plan_ways=ways)
    assert not page.error
    assert page.session_state["desk_sets"].now == tuple(sorted(plan.proposals["site_id"]))


def test_the_sliders_say_what_is_known_and_open_it(beijing, plan, draft):
    session = {"workspace": beijing, "plan": plan, "plan_ways": ways_of(draft, stations=2)}
    page = run_before("known.remember(st.session_state['plan_ways'], st.session_state['plan'])", **session)
    told = f"{plan.objective:,.0f} 家"
    assert any(f"已证明最多 {told}" in text.value for text in page.markdown)
    page.slider(key="desk_slide_stations").set_value(5).run()
    assert any(f"至少 {told}" in text.value and "至多" in text.value for text in page.markdown)
    page.button(key="desk_clear").click().run()
    page.button(key="desk_slide_open").click().run()
    assert page.session_state["desk_sets"].now == tuple(sorted(plan.proposals["site_id"]))


def test_a_spot_of_the_ground_becomes_a_station(open_page, map_of, beijing):
    page = open_page("desk")
    assert not map_of(page)[""]["ground"]
    assert map_of(page.toggle(key="desk_spots").set_value(True).run())[""]["ground"]
    added = run_before("desk._add_spot(116.30, 39.98)", workspace=beijing, desk_sets=page.session_state["desk_sets"])
    assert len(added.session_state["workspace"].carriers) == len(beijing.carriers) + 1
    assert added.session_state["desk_sets"].now == ("SPOT-1",)


def test_plans_that_lean_are_shown_with_all_wishes_and_taken_as_they_are(open_page, beijing, draft, plan):
    row = {"leaning": "most", **measured(beijing, plan), "dominated": False}
    found = TradeOffs(pd.DataFrame([row]), {"most": plan}, {})
    open_page("desk")
    kept = (beijing.identity, ways_of(draft, stations=2), found)
    page = open_page("desk", leanings=kept, leaning_selected="most")
    assert any("服务最多" in frame.value.to_string() for frame in page.dataframe)
    page.button(key="desk_lean_take").click().run()
    assert page.session_state["plan"] is plan
