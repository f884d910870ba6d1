from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from ipps_geo.policy import load_policy
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.atlas import atlas, write_atlas
from ipps_geo.report.pages.edition import Edition

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def policy():
    return load_policy("beijing-draft")


def with_tables(coverage):
    tables = {
        "by_industry": pd.DataFrame(
            {"industry": ["software_information_services"], "enterprises": [3], "on_roster": [2], "within_reach": [3]}
        ),
        "by_size": pd.DataFrame({"sme_class": ["micro"], "enterprises": [9], "on_roster": [5], "within_reach": [9]}),
        "lorenz": pd.DataFrame({"population_share": [0.0, 0.5, 1.0], "value_share": [0.0, 0.2, 1.0]}),
        "gaps": pd.DataFrame({"cluster": [1], "enterprises": [77], "radius_m": [900.0], "lon": [116.3], "lat": [39.9]}),
        "e2sfca": pd.DataFrame(
            {
                "unit": ["110105", "BDA"],
                "access_2sfca": [0.03, 0.0],
                "access_e2sfca": [0.02, 0.0],
                "access_e2sfca_min": [0.0, 0.0],
                "access_e2sfca_max": [0.0625, 0.0],
            }
        ),
    }
    return dataclasses.replace(coverage, tables=tables, measures={"gini": 0.25, "worst_unit": "BDA"})


def edition(sample, policy, **more):
    coverage = with_tables(sample.coverage())
    return Edition(sample.workspace(), policy, "zh", sample.audit(), coverage, **more)


def test_every_page_of_the_list_is_there_in_order(sample, policy):
    document = atlas(edition(sample, policy, plan=sample.plan(), previous=sample.coverage()))
    titles = [page.title for page in document.pages]
    assert [title.split(" ")[0] for title in titles[1:13]] == [f"A{number}" for number in range(1, 13)]
    assert titles[13:16] == ["A13 甲区", "A13 乙区", "A13 示范开发区"]
    assert titles[16].startswith("A14")
    assert "第十八条" in titles[17]


def test_a_page_without_its_data_says_so(sample, policy):
    text = typeset.plain_text(atlas(Edition(sample.workspace(), policy, "zh", sample.audit(), sample.coverage())))
    for what in ("布局方案", "上一版数据", "洛伦兹曲线", "服务供给可及性"):
        assert f"本版无此项数据：{what}" in text


def page(document, number):
    return typeset.plain_text(dataclasses.replace(document, pages=[document.pages[number]]))


def test_access_is_told_by_the_way_of_travelling_of_the_coverage(sample, policy):
    """A8 by public transport: minutes, a lead that names the method and the network, and who arrives nowhere."""
    made = edition(sample, policy)
    keys = made.population["entity_key"]
    minutes = pd.Series(20.0, index=keys)
    minutes.iloc[:3] = float("inf")
    told = dataclasses.replace(made.coverage.provenance, parameters={"network_source": "lines.csv"})
    made.coverage = dataclasses.replace(
        made.coverage, method="transit", limit=45.0, limit_unit="min", nearest=minutes, provenance=told
    )
    a8, a9 = (page(atlas(made), number) for number in (8, 9))
    assert "到最近在册工作站（公共交通）：中位数 20 分钟" in a8
    assert "另有 3 家企业按此出行方式到不了任何工作站" in a8
    assert "出行方式：公共交通；网络 lines.csv" in a8
    assert "| 62.5 |" in a9
    assert "E2SFCA 均值" in a9
    assert "本版无此项数据：到最近工作站的距离或时间" in page(atlas(edition(sample, policy)), 8)


def test_figures_stand_on_the_pages_that_ask_for_them(sample, policy):
    text = typeset.plain_text(atlas(edition(sample, policy, plan=sample.plan(), previous=sample.coverage())))
    assert "3 个单元符合要求，0 个空缺，0 个超出要求" in text
    assert "重点产业企业 400 家" in text
    assert "软件和信息服务" in text
    assert "覆盖率最低的单元: 示范开发区" in text
    assert "第四创新园工作站 (S2)" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_book_is_one_pdf_with_every_glyph(tmp_path, sample, policy, lang):
    path = tmp_path / "atlas.pdf"
    coverage = with_tables(sample.coverage())
    write_atlas(sample.workspace(), policy, path, lang, audit=sample.audit(), coverage=coverage, plan=sample.plan())
    assert path.read_bytes().startswith(b"%PDF")
