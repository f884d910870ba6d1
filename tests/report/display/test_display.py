"""Results show themselves: a picture, a table in a notebook, a file; in both languages, with every text escaped."""

import dataclasses
import html.parser
import json

import geopandas as gpd
import pytest
from matplotlib import pyplot

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.report.display.tables import verdicts_by_rule


@pytest.fixture(scope="module")
def results(beijing, draft, audited, covered_city, tested_site, repaired):
    return {
        "plan": planning.plan(beijing, draft, planning.PlanParameters(stations=3)),
        "audit": audited,
        "coverage": covered_city,
        "assessment": tested_site,
        "repair": repaired,
    }


KINDS = ("plan", "audit", "coverage", "assessment", "repair")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_picture_is_drawn_where_one_says(results, kind, lang):
    figure, axes = pyplot.subplots()
    assert results[kind].plot(lang, axes=axes) is axes
    figure.canvas.draw()
    assert axes.patches or axes.collections
    assert {"zh": "演示数据", "en": "DEMONSTRATION DATA"}[lang] in "".join(text.get_text() for text in axes.texts)
    pyplot.close(figure)


def test_without_axes_a_figure_is_made(results):
    axes = results["coverage"].plot()
    assert [len(container) for container in axes.containers] == [18, 18]
    pyplot.close(axes.figure)


def test_a_plan_numbers_its_proposals_at_their_places(results):
    axes = results["plan"].plot()
    numbers = {text.get_text(): text.xy for text in axes.texts if text.get_text().isdigit()}
    places = results["plan"].proposals.to_crs("EPSG:4548").set_index("rank").geometry
    assert {rank: (point.x, point.y) for rank, point in places.items()} == {int(k): v for k, v in numbers.items()}
    pyplot.close(axes.figure)


class _Cells(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data):
        self.text.append(data)
        if self.rows:
            self.rows[-1].append(data)


def cells(result):
    told = _Cells()
    told.feed(result._repr_html_())
    return told


def test_a_notebook_shows_the_proposals_and_where_they_come_from(results):
    told = cells(results["plan"])
    assert [row[0] for row in told.rows[1:4]] == results["plan"].proposals["name_zh"].tolist()
    assert any("演示数据" in text for text in told.text)
    assert results["plan"].provenance.content_hash[:12] in "".join(told.text)


def test_a_notebook_shows_how_often_each_rule_failed(results):
    rules = verdicts_by_rule(results["audit"].findings)
    counted = {verdict: sum(row[verdict] for row in rules.values()) for verdict in ("PASS", "FAIL", "UNDETERMINED")}
    assert counted == results["audit"].counts()
    told = cells(results["audit"])
    assert len(told.rows) == 13
    assert f"另有 {len(rules) - 12} 行" in "".join(told.text)


@pytest.mark.parametrize("kind", ["coverage", "assessment", "repair"])
def test_every_result_has_a_table(results, kind):
    assert len(cells(results[kind]).rows) > 1


def test_what_people_typed_is_text(results):
    plan = results["plan"]
    named = dataclasses.replace(plan, proposals=plan.proposals.assign(name_zh="<script>alert(1)</script>"))
    assert "<script>" not in named._repr_html_()


def test_a_document_needs_no_workspace(results, tmp_path):
    for kind in KINDS:
        file = results[kind].to_file(tmp_path / f"{kind}.json")
        assert json.loads(file.read_text("utf-8"))["schema"] == f"ipps-geo/{kind}/1"


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("plan", ".xlsx"), ("plan", ".png"), ("audit", ".xlsx"), ("assessment", ".xlsx"), ("repair", ".xlsx")],
)
def test_a_file_is_what_its_name_says(results, beijing, tmp_path, kind, suffix):
    file = results[kind].to_file(tmp_path / f"it{suffix}", beijing)
    assert file.read_bytes()[:4] == {".xlsx": b"PK\x03\x04", ".png": b"\x89PNG"}[suffix]


def test_layers_hold_the_proposals(results, beijing, tmp_path):
    file = results["plan"].to_file(tmp_path / "plan.gpkg", beijing)
    assert len(gpd.read_file(file, layer="proposals")) == 3


def test_what_cannot_be_written_is_refused_before_anything_is(results, beijing, tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        results["audit"].to_file(tmp_path / "audit.gpkg", beijing)
    with pytest.raises(BadInput, match="no workspace"):
        results["plan"].to_file(tmp_path / "plan.xlsx")
    file = tmp_path / "plan.json"
    file.write_text("mine")
    with pytest.raises(BadInput):
        results["plan"].to_file(file)
    assert file.read_text() == "mine"
    assert results["plan"].to_file(file, force=True) == file


def test_proposals_go_onto_a_map_that_one_can_move(results):
    folium = pytest.importorskip("folium")
    assert isinstance(results["plan"].proposals.explore(tiles=None), folium.Map)
