"""The planning desk: opened and closed by a click, back and forward, completed and verified by the solver."""

import pytest

from ipps_geo import planning


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


def test_what_was_undone_is_gone_after_another_change(open_page):
    open_page("desk")
    from planner.desk import Sets

    sets = Sets().then(("a",)).then(("a", "b")).step(-1).then(("a", "c"))
    assert sets.all == ((), ("a",), ("a", "c"))
    assert sets.step(5).now == ("a", "c")
    assert sets.step(-5).now == ()


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
