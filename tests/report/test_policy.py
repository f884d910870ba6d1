"""Every output that names the policy version says when its content is not that of the version that ships."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ipps_geo.policy import PolicyChange
from ipps_geo.report.book.workbook import write_plan_workbook
from ipps_geo.report.layers.exchange import flat_provenance
from ipps_geo.report.maps.interactive import write_interactive_map
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.dossier import dossier
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.policy import policy_name
from ipps_geo.screens.terminal.summary import plan_summary

CHANGES = (
    PolicyChange("station_enterprises", "", "50 (2022-11-16)", "40 (2022-11-16)"),
    PolicyChange("one_year", "", "inclusive", "strict"),
    PolicyChange("station_enterprises", "text", "不少于50" * 40, ""),
    PolicyChange("enterprise_kinds", "91", "yes", "no"),
)


@pytest.fixture
def changed(plan: Any) -> Any:
    return dataclasses.replace(plan, provenance=dataclasses.replace(plan.provenance, policy_changes=CHANGES))


def test_the_name_alone_stands_for_what_ships(plan: Any) -> None:
    assert policy_name(catalogue("zh"), plan.provenance) == "beijing-draft"


def test_a_changed_version_is_told_with_its_differences(changed: Any) -> None:
    told = policy_name(catalogue("zh"), changed.provenance, 99)
    assert told.startswith("beijing-draft（内容与内置同名版本不同，4 处：")
    assert "所服务企业数 50 (2022-11-16) → 40 (2022-11-16)" in told
    assert "期满当日即符合 → 须超过期限" in told
    assert "企业认定（信用代码前两位） 91 yes → no" in told
    assert "不少于50" * 16 not in told
    assert policy_name(catalogue("zh"), changed.provenance, 0) == "beijing-draft（内容与内置同名版本不同，4 处）"
    assert "changed: 4 differences" in policy_name(catalogue("en"), changed.provenance)


def test_every_output_says_so(workspace: Any, changed: Any, tmp_path: Path) -> None:
    book = write_plan_workbook(workspace, changed, tmp_path / "plan.xlsx")
    with zipfile.ZipFile(book) as parts:
        cells = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    outputs = {
        "workbook": cells,
        "map": write_interactive_map(workspace, changed, tmp_path / "map.html").read_text(encoding="utf-8"),
        "dossier": typeset.plain_text(dossier(workspace, changed, "K2")),
        "terminal": "\n".join(plan_summary(workspace, changed)),
        "layers": "\n".join(flat_provenance(changed.provenance)["value"]),
    }
    for name, text in outputs.items():
        assert "40 (2022-11-16)" in text, name
    assert all("内容与内置同名版本不同" in text for name, text in outputs.items() if name != "layers")
