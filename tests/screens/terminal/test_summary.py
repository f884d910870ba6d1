from __future__ import annotations

from ipps_geo.errors import BadInput, UnsafeInput
from ipps_geo.report.words.messages import error_message
from ipps_geo.screens.terminal.summary import audit_summary, coverage_summary, plan_summary


def test_a_plan_in_a_few_lines(workspace, plan):
    told = "\n".join(plan_summary(workspace, plan, "zh", ["out/plan.xlsx"]))
    assert "符合 1 条，不符合 2 条（其中硬性条件 1 条），待定 1 条" in told
    assert "1. 第2创新园（乙区）：新增 60 家，有明确需求 40 家，数量余量 10" in told
    assert "名册覆盖率：30.0% → 55.0%（120 → 220 家，共 400 家）" in told
    assert "最优性差距 0.00%" in told
    assert told.endswith("out/plan.xlsx")


def test_an_audit_names_what_does_not_pass_conditions_first(workspace, sample):
    lines = audit_summary(workspace, sample.audit(), "zh")
    failed = [line for line in lines if line.startswith("  [")]
    assert failed[0].startswith("  [硬性条件] 第四创新园工作站 第七条第（二）项")
    assert len(failed) == 2


def test_a_coverage_has_a_line_per_unit_and_the_city(workspace, sample):
    lines = coverage_summary(workspace, sample.coverage(), "en")
    assert lines[-1].startswith("  whole city: 400 enterprises")


def test_an_error_is_told_with_its_kind_and_what_to_do():
    told = error_message(UnsafeInput("gate.too_large", where="a.zip", megabytes=900, limit=200))
    assert told == "\n".join(
        [
            "出于安全考虑，未读取该文件",
            "  a.zip: 文件 900 MB，超过上限 200 MB",
            "  处理建议：请只提供其中一部分",
        ]
    )


def test_an_error_kind_of_somebody_else_falls_back_to_its_parent():
    class Odd(BadInput):
        pass

    assert error_message(Odd("argument.not_a_day", text="soon"), "en").startswith("The input cannot be used")
