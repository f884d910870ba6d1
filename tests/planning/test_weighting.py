"""Weights by a column and decay of distance: asked for whatever is open, and counted again from the raw tables."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import ipps_geo.workspace
from ipps_geo import planning, results
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.decaying import check_decay
from ipps_geo.planning.parameters import decay_of, parameters_of
from ipps_geo.planning.proposals import plan
from ipps_geo.planning.weighting import ColumnWeights, weights_typed
from ipps_geo.report.book.workbook import write_plan_workbook
from ipps_geo.report.words.messages import error_message, error_sentences
from ipps_geo.screens.terminal.summary import plan_summary
from ipps_geo.workspace import generate_demo

SIZES = {"micro": 1.0, "small": 2.0, "medium": 5.0, "large": 10.0, "unknown": 0.0}
ASKED = planning.PlanParameters(
    stations=3, reach_km=6.0, time_limit_s=30, weight_by="sme_class", weight_of=SIZES, decay=((2, 1.0), (6, 0.5))
)


@pytest.fixture(scope="module")
def town():
    """A small demonstration city in which nobody knows the size of every seventh enterprise."""
    made = generate_demo(enterprises=5000, seed=4)
    enterprises = made.enterprises.copy()
    enterprises.loc[enterprises.index % 7 == 0, "sme_class"] = None
    return made.replace(enterprises=enterprises)


@pytest.fixture(scope="module")
def weighed(town, draft):
    return plan(town, draft, ASKED)


def test_objective_is_the_sum_of_weights_by_distance_counted_from_the_raw_tables(weighed, town):
    people = town.enterprises.set_index("enterprise_id").loc[weighed.annex["enterprise_id"]]
    sites = town.carriers.set_index("carrier_id").loc[weighed.annex["site_id"]]
    away = np.hypot(*(metric_xy(people, town.region.metric_crs) - metric_xy(sites, town.region.metric_crs)).T)
    # Branches speak for a parent that states no size.
    rows = town.enterprises.sort_values("enterprise_id").dropna(subset="sme_class")
    stated = rows.assign(owner=rows["parent_uscc"].fillna(rows["uscc"])).sort_values("parent_uscc", na_position="first")
    size = stated.drop_duplicates("owner").set_index("owner")["sme_class"].reindex(weighed.annex["uscc"])
    weight = size.astype(object).where(size.notna(), "unknown").map(SIZES).to_numpy()
    assert weighed.objective == pytest.approx((weight * np.where(away <= 2000, 1.0, 0.5)).sum())
    assert weighed.status == "optimal"
    assert weighed.violations == ()


def test_whoever_weighs_nothing_is_told_in_summary_workbook_and_document(weighed, town, tmp_path):
    told = "\n".join(plan_summary(town, weighed))
    nothing = int(weighed.weighting.set_index("value").loc["unknown", "enterprises"])
    assert f"不计入目标的企业 {nothing:,} 家" in told
    assert "2 千米内按 1 计、6 千米内按 0.5 计" in told
    assert "目标值按企业规模的权重计：" in told
    book = write_plan_workbook(town, weighed, tmp_path / "plan.xlsx")
    rows = pd.read_excel(book, sheet_name="企业权重", header=None, engine="calamine")
    assert {"微型", "未知"} <= set(rows[0].dropna())
    cells = pd.read_excel(book, sheet_name=0, header=None, engine="calamine").astype(str).to_numpy().ravel().tolist()
    assert any("2 千米内按 1 计" in str(cell) for cell in cells)
    document = results.plan_document(weighed)
    assert sum(row["newly_served"] for row in document["weighting"]) == len(weighed.annex)


def test_a_saved_plan_brings_its_weights_along(weighed):
    document = json.loads(json.dumps(results.plain(results.plan_document(weighed))))
    again = parameters_of(document)
    assert (again.weight_by, again.weight_of, again.decay) == ("sme_class", SIZES, ((2, 1.0), (6, 0.5)))


def test_the_checker_finds_what_decay_does_not_add_up_to(weighed, town, draft):
    from ipps_geo.planning.instance import siting_instance
    from ipps_geo.workspace.activity import day_of

    instance = siting_instance(town, draft, ASKED, day_of(town, None), ASKED.travel)
    access = AccessChoices(by=ColumnWeights("sme_class", SIZES))
    wrong = dataclasses.replace(ASKED, decay=((1, 1.0), (6, 0.5)))
    assert check_decay(weighed.annex, weighed, instance, town, ASKED, access) == []
    codes = {v.code for v in check_decay(weighed.annex, weighed, instance, town, wrong, access)}
    assert codes == {"objective_differs", "optimal_without_proof"}
    for share, told in ((0.5e-7, set()), (2e-7, {"objective_differs"})):  # rounding is forgiven, relative to the sum
        off = dataclasses.replace(weighed, objective=weighed.objective * (1 + share))
        assert {v.code for v in check_decay(weighed.annex, off, instance, town, ASKED, access)} == told


def test_a_value_without_a_weight_is_asked_for_with_how_many_have_it(town, draft):
    open_ones = {name: weight for name, weight in SIZES.items() if name not in ("unknown", "large")}
    with pytest.raises(BadInput) as refused:
        plan(town, draft, dataclasses.replace(ASKED, weight_of=open_ones))
    assert refused.value.code == "weight.missing"
    assert "large (73); unknown (373)" in str(refused.value)
    half = pd.Series(1.0, town.enterprises["enterprise_id"].iloc[::2], name="half.csv")
    bare = dataclasses.replace(ASKED, weight_by=None, weight_of={}, decay=())
    with pytest.raises(BadInput) as refused:
        plan(town, draft, bare, choices=AccessChoices(weights=half))
    assert refused.value.code == "weight.unlisted"


def test_steps_of_decay_end_within_the_reach(town, draft):
    with pytest.raises(BadInput) as refused:
        plan(town, draft, dataclasses.replace(ASKED, decay=((2, 1.0), (6.5, 0.5))))
    assert refused.value.code == "plan.decay_beyond_reach"
    assert "6.5" in str(refused.value)


def test_a_refusal_names_values_in_the_language_of_the_reader():
    with pytest.raises(BadInput) as refused:
        weights_typed(["large=1", "大型=2"], "sme_class")
    assert error_sentences(refused.value)[0] == "大型 给出了两个不同的权重"
    with pytest.raises(BadInput) as refused:
        ColumnWeights("explicit_need", {"giant": 1.0})
    assert error_sentences(refused.value)[1] == "可用：有、没有、未知"
    with pytest.raises(BadInput) as refused:
        dataclasses.replace(ASKED, front="reach", spacing_km=1.0)
    assert error_message(refused.value).splitlines()[1].startswith("  站间最小距离（千米）、距离衰减: ")


def test_weights_and_decay_are_typed_in_words_or_codes(town, draft, run, monkeypatch):
    monkeypatch.setattr(ipps_geo.workspace, "load_workspace", lambda *_, **__: town)
    sizes = [f"--weight={value}" for value in ("微型=1", "small=2", "中型=5", "大型=10")]
    typed = ["--stations=1", "--weight-by=sme_class", *sizes, "--decay=2=1，3=0.5", "--json"]
    code, _, err = run("plan", *typed)
    assert code == 2
    assert "--weight 未知=1" in err
    code, out, err = run("plan", *typed, "--weight=未知=1")
    assert code == 0, err
    stated = json.loads(out)["provenance"]["parameters"]
    assert (stated["weight_of"]["large"], stated["decay"]) == (10.0, [[2.0, 1.0], [3.0, 0.5]])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: ColumnWeights("address", {}), "weight.no_column"),
        (lambda: ColumnWeights("sme_class", {"giant": 1.0}), "weight.no_value"),
        (lambda: ColumnWeights("sme_class", {"large": -1.0}), "weight.no_number"),
        (lambda: weights_typed(["large"], "sme_class"), "weight.not_typed"),
        (lambda: weights_typed(["large=1", "大型=2"], "sme_class"), "weight.twice"),
        (lambda: decay_of("1=1,2"), "plan.decay_wrong"),
        (lambda: dataclasses.replace(ASKED, decay=((2, 0.5), (3, 1.0))), "plan.decay_wrong"),
        (lambda: dataclasses.replace(ASKED, decay=((3, 1.0), (2, 0.5))), "plan.decay_wrong"),
        (lambda: dataclasses.replace(ASKED, weight_by=None), "weight.of_nothing"),
    ],
)
def test_what_is_no_weight_or_no_decay_is_refused(call, code):
    with pytest.raises(BadInput) as refused:
        call()
    assert refused.value.code == code
