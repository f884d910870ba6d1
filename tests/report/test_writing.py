"""The files of each use case: what is promised is there, what is unsound is not written."""

import dataclasses
import datetime as dt
import json
from collections import Counter

import openpyxl
import pytest

from ipps_geo import planning, report
from ipps_geo.errors import UnsoundPlan
from ipps_geo.executors import Workforce
from ipps_geo.report import writing
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue

NEVER_LISTED = {"SHA256SUMS"}


def written(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - NEVER_LISTED


def listed(files, folder):
    return {file.relative_to(folder).as_posix() for file in files}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_returned_is_what_lies_there_and_what_the_json_names(workspace, plan, tmp_path, lang):
    folder = tmp_path / "out"
    files = report.write_plan(workspace, plan, folder, lang)
    expected = {"map.html", "map.png", *(f"plan.{kind}" for kind in ("gpkg", "json", "qgs", "xlsx"))}
    assert written(folder) == listed(files, folder) == expected
    document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert set(document["files"]) == written(folder)
    assert [site["id"] for site in document["open_sites"]] == list(plan.proposals["site_id"])


def test_dossiers_are_named_by_rank_and_carrier(workspace, plan, sample, tmp_path):
    pytest.importorskip("typst")
    judged = dict.fromkeys(plan.proposals["site_id"], sample.findings())
    files = report.write_plan(workspace, plan, tmp_path / "out", "zh", dossiers=judged)
    names = [f"dossiers/{rank:02d}_{site}.pdf" for rank, site in zip(plan.proposals["rank"], plan.proposals["site_id"])]
    assert set(names) < listed(files, tmp_path / "out")
    assert all((tmp_path / "out" / name).read_bytes().startswith(b"%PDF") for name in names)


@pytest.mark.slow
def test_dossiers_by_several_processes_are_the_same_files(workspace, plan, sample, tmp_path):
    pytest.importorskip("typst")
    judged = dict.fromkeys(plan.proposals["site_id"], sample.findings())
    alone = writing.write_dossiers(workspace, plan, judged, tmp_path / "alone", "zh")
    with Workforce(workers=2).called() as crew:
        several = writing.write_dossiers(workspace, plan, judged, tmp_path / "several", "zh", crew)
    assert [file.read_bytes() for file in several] == [file.read_bytes() for file in alone]
    assert [file.name for file in several] == [file.name for file in alone]


def test_a_plan_that_the_checker_refuses_leaves_no_file(workspace, plan, tmp_path):
    unsound = dataclasses.replace(plan, violations=("one site too many",))
    with pytest.raises(UnsoundPlan):
        report.write_plan(workspace, unsound, tmp_path / "out", "zh")
    assert not list(tmp_path.rglob("*.*"))


def test_workbook_and_document_of_an_audit_count_alike(beijing, audited, tmp_path):
    files = report.write_audit(beijing, audited, tmp_path / "out", "zh")
    assert listed(files, tmp_path / "out") == {"findings.json", "findings.xlsx"}
    document = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(tmp_path / "out" / "findings.xlsx", read_only=True)
    verdicts = {catalogue("zh").label("Verdict", verdict): count for verdict, count in document["counts"].items()}
    found = [set(row) & verdicts.keys() for sheet in book for row in sheet.iter_rows(values_only=True)]
    assert Counter(word for (word,) in (row for row in found if len(row) == 1)) == verdicts  # a header names all three


def test_coverage_is_told_to_people_and_to_programs_alike(workspace, sample, tmp_path):
    covered = sample.coverage()
    files = report.write_coverage(workspace, covered, tmp_path / "out", "zh")
    areas = {f"{name}.parquet" for name in covered.areas}
    expected = {f"coverage.{kind}" for kind in ("csv", "gpkg", "json", "qgs", "xlsx")} | areas
    assert listed(files, tmp_path / "out") == expected == written(tmp_path / "out")
    city = covered.by_unit.set_index("unit").loc["city"]
    document = json.loads((tmp_path / "out" / "coverage.json").read_text(encoding="utf-8"))
    assert document["city"]["on_roster"] == city["on_roster"]
    lines = (tmp_path / "out" / "coverage.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(covered.by_unit)


def test_a_plan_that_took_longer_is_the_same_file(tmp_path, workspace, plan):
    for name, seconds in (("quick", 0.1), ("slow", 99.0)):
        report.write_plan(workspace, dataclasses.replace(plan, seconds=seconds), tmp_path / name, "zh")
    assert (tmp_path / "quick" / "plan.json").read_bytes() == (tmp_path / "slow" / "plan.json").read_bytes()


def test_changes_since_another_day_stand_in_the_files(tmp_path, beijing, draft, audited):
    changes = planning.audit_changes(beijing, draft, since=dt.date(2026, 3, 1))
    report.write_audit(beijing, audited, tmp_path / "audit", "zh", changes=changes)
    told = json.loads((tmp_path / "audit" / "findings.json").read_text(encoding="utf-8"))
    assert [entry["rule"] for entry in told["changes"]] == [change.rule for change in changes]
    sheet = openpyxl.load_workbook(tmp_path / "audit" / "findings.xlsx")["结论变化"]
    turned = [row for row in sheet.iter_rows(values_only=True) if row[0] == "结论改变"]
    assert len(turned) == sum(change.kind == "verdict" for change in changes)
