"""What existing stations take in is listed, mapped and dossiered apart from new stations."""

import dataclasses
import json

import openpyxl
import pyogrio
import pytest

from ipps_geo import report
from ipps_geo.errors import BadInput
from ipps_geo.report.pages.dossier_enlarged import enlarged_dossier
from ipps_geo.report.pages.typeset import plain_text
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue
from ipps_geo.screens import rows
from ipps_geo.screens.terminal.summary import plan_summary

pytestmark = pytest.mark.slow(planted=True)


@pytest.fixture(scope="module")
def enlarged(sample):
    return sample.enlarged_plan()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_workbook_layers_and_document_hold_them_apart(workspace, enlarged, tmp_path, lang):
    report.write_plan(workspace, enlarged, tmp_path / "out", lang)
    words = catalogue(lang)
    book = openpyxl.load_workbook(tmp_path / "out" / "plan.xlsx")
    sheets = {name: book[words.text(f"workbook.sheet_{name}")] for name in ("enlarged", "additions", "not_enlarged")}
    assert "S1" in {cell.value for row in sheets["enlarged"] for cell in row}
    assert sum(row[0].value == "S1" for row in sheets["additions"]) == 20
    told = {cell.value for row in sheets["not_enlarged"] for cell in row}
    assert words.label("NotEnlargedReason", "nobody_within_reach") in told
    package = tmp_path / "out" / "plan.gpkg"
    assert len(pyogrio.read_dataframe(package, layer="enlarged")) == 1
    assert len(pyogrio.read_dataframe(package, layer="additions")) == 20
    document = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert [(row["site_id"], row["newly_served"]) for row in document["enlarged"]] == [("S1", 20)]
    assert '"name":"enlarged"' in (tmp_path / "out" / "map.html").read_text(encoding="utf-8")


def test_a_terminal_tells_both_and_without_enlarging_who_stands_near_a_station(workspace, enlarged, plan):
    told = "\n".join(plan_summary(workspace, enlarged))
    assert "现有工作站 1 个扩充名册，增列企业 20 家，其中有明确需求 12 家" in told
    assert "60 → 80 家，增列 20 家" in told
    assert "--enlarge" not in told
    near = "\n".join(plan_summary(workspace, dataclasses.replace(plan, near_existing=7)))
    assert "7 家已在现有工作站可达范围内" in near


def test_the_dossier_of_an_enlarged_station_tells_its_roster_before_and_after(workspace, enlarged):
    told = plain_text(enlarged_dossier(workspace, enlarged, "S1"))
    assert "原名册企业" in told
    assert "扩充后名册企业" in told
    assert "增列企业" in told
    with pytest.raises(BadInput, match="K2"):
        enlarged_dossier(workspace, enlarged, "K2")


def test_tables_of_the_page(workspace, enlarged, plan):
    shown = rows.enlarged_rows(workspace, enlarged, "zh")
    assert shown["site_id"].tolist() == ["S1"]
    assert len(rows.not_enlarged_rows(workspace, enlarged, "zh")) == 1
    assert rows.enlarged_rows(workspace, plan, "zh").empty
