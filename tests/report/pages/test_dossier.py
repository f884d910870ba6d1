from __future__ import annotations

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.dossier import dossier, write_dossier

pytestmark = pytest.mark.slow(planted=True)


def told(document):
    return typeset.plain_text(document)


def test_the_dossier_has_its_ten_parts_and_blank_lines_to_sign(workspace, plan):
    text = told(dossier(workspace, plan, "K2"))
    parts = ("申请事项", "设立条件", "服务企业名册", "位置", "设立前后", "替代点", "人员", "条文解读", "数据与版本")
    for place, part in zip("一二三四五六七八九", parts, strict=True):
        assert f"{place}、{part}" in text
    assert "附件" in text
    assert "区知识产权管理部门推荐意见: ____" in text
    assert "市中心决定: ____" in text


def test_the_annex_lists_the_roster_of_this_site_alone(workspace, plan):
    text = told(dossier(workspace, plan, "K3"))
    annex = text[text.index("附件") :]
    assert annex.count("有限公司") == 50


def test_rules_that_were_not_run_are_not_passed_over(workspace, plan, sample):
    assert "尚未对本拟设点逐条核对" in told(dossier(workspace, plan, "K2"))
    judged = told(dossier(workspace, plan, "K2", findings=sample.findings()))
    assert "尚未对本拟设点逐条核对" not in judged
    assert "第七条第（二）项" in judged
    assert "余 58 家" in judged


def test_an_unknown_answer_is_told_as_unknown(workspace, plan):
    text = told(dossier(workspace, plan, "K2"))
    assert "有信息传播应用工具: 未知" in text
    assert "有固定对外服务电话: 是" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pdf_is_the_same_each_time(tmp_path, workspace, plan, sample, lang):
    first = write_dossier(workspace, plan, "K2", tmp_path / "a.pdf", lang, findings=sample.findings()).read_bytes()
    assert first.startswith(b"%PDF")
    assert (
        first == write_dossier(workspace, plan, "K2", tmp_path / "b.pdf", lang, findings=sample.findings()).read_bytes()
    )


def test_a_text_edition_for_mail_and_screen_readers(tmp_path, workspace, plan):
    text = write_dossier(workspace, plan, "K2", tmp_path / "a.txt", "en").read_text(encoding="utf-8")
    assert text.startswith("# Dossier of a proposed workstation: Innovation Park 2")


def test_a_site_that_is_not_proposed_is_bad_input(tmp_path, workspace, plan):
    with pytest.raises(BadInput, match="does not propose"):
        write_dossier(workspace, plan, "K9", tmp_path / "a.pdf")


def test_names_that_look_like_markup_are_text(tmp_path, workspace, plan):
    workspace.carriers["undertaking_name"] = '#import "x" *粗* $x$ </script> 〔公司〕'
    path = write_dossier(workspace, plan, "K2", tmp_path / "a.pdf")
    assert path.stat().st_size > 20_000
    assert r"\*粗\*" in told(dossier(workspace, plan, "K2"))
