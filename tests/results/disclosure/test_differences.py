"""What two editions side by side give away: a change, or who is left over, of one to four hides the column."""

import pandas as pd
import pytest

from ipps_geo.results import CoverageResult, Provenance
from ipps_geo.results.disclosure.atlas import _comparable
from ipps_geo.results.disclosure.plan import _after

ORIGIN = Provenance("small", "0" * 64, None, "test", "0", synthetic=True, parameters={})


def covered(enterprises, on_roster, within_reach, **more):
    row = {"enterprises": enterprises, "on_roster": on_roster, "within_reach": within_reach, "stations": 1, **more}
    by_unit = pd.DataFrame([{"unit": unit, **row} for unit in ("A", "city")])
    return CoverageResult(by_unit, 3.0, "km", "straight_line", {}, ORIGIN, {})


def shown(result, unit="city"):
    row = result.by_unit.set_index("unit").loc[unit]
    return {name for name in ("enterprises", "on_roster", "within_reach", "not_judged") if pd.notna(row.get(name))}


ALL = {"enterprises", "on_roster", "within_reach"}


@pytest.mark.parametrize(
    ("before", "after", "hidden"),
    [
        ((100, 20, 30), (100, 25, 35), set()),  # five more of each
        ((100, 20, 30), (100, 24, 35), {"on_roster"}),
        ((100, 20, 30), (100, 25, 31), {"within_reach"}),
        ((100, 20, 30), (100, 20, 30), set()),  # nobody more
        ((100, 20, 30), (100, 95, 100), set()),  # five, or nobody, left over
        ((100, 20, 30), (100, 96, 99), {"on_roster", "within_reach"}),
        ((100, 0, 0), (100, 5, 0), set()),
        ((5, 0, 0), (5, 5, 0), set()),
        ((4, 0, 0), (4, 0, 0), ALL),
    ],
)
def test_after_a_plan_the_city_is_shown_where_no_small_number_follows(before, after, hidden):
    told = _after(covered(*before), covered(*after), hide_roster=False)
    assert shown(told) == ALL - hidden
    assert shown(told, "A") == set(), "units only before the plan"
    row = told.by_unit.set_index("unit").loc["city"]
    assert set(filter(None, row["not_shown"].split(";"))) == hidden


def test_what_the_proposals_hide_the_roster_after_them_hides_too():
    told = _after(covered(100, 20, 30), covered(100, 25, 35), hide_roster=True)
    assert shown(told) == {"enterprises", "within_reach"}


@pytest.mark.parametrize(("unjudged", "is_shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_who_could_not_be_judged_is_a_count_like_any_other(unjudged, is_shown):
    told = _after(
        covered(100, 20, 30, not_judged=unjudged), covered(100, 25, 35, not_judged=unjudged), hide_roster=False
    )
    assert ("not_judged" in shown(told)) is is_shown
    assert ("within_reach" in shown(told)) is is_shown


@pytest.mark.parametrize(
    ("before", "hidden"),
    [
        ((95, 15, 25), set()),  # five fewer of each
        ((100, 20, 30), set()),
        ((96, 20, 30), {"enterprises"}),
        ((100, 16, 30), {"on_roster"}),
        ((100, 24, 30), {"on_roster"}),  # fewer now than then
        ((100, 20, 34), {"within_reach"}),
        ((100, 0, 30), set()),
        ((25, 21, 30), {"on_roster"}),  # one more now, and four were left over then
    ],
)
def test_beside_the_edition_before_a_column_stands_where_nothing_small_changed(before, hidden):
    now = covered(100, 20, 30)
    told = _comparable(covered(*before), now, now)
    assert shown(told) == ALL - hidden
    assert shown(told, "A") == ALL - hidden
    assert set(filter(None, told.by_unit["not_shown"].iloc[0].split(";"))) == hidden


def test_a_column_that_this_edition_hides_somewhere_is_not_compared():
    now = covered(100, 20, 30)
    public = covered(100, 20, 30)
    public.by_unit["on_roster"] = pd.array([pd.NA, 20], dtype="Int64")
    assert shown(_comparable(now, now, public)) == {"enterprises", "within_reach"}
