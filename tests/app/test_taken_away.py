"""What the command line can, the pages can: repair, access, report, dossiers, a site's workbook; as on the screen."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from ipps_geo.report import takeaway
from ipps_geo.report.words.catalogue import catalogue

ZH = catalogue("zh")


def sound(page):
    return not page.exception and not page.error


def test_rosters_are_repaired_and_a_changed_reach_is_told(open_page):
    page = open_page("rosters", lang="en")
    page.number_input(key="rosters_seconds").set_value(2)
    page.button(key="rosters_start").click().run()
    assert page.session_state["repair_job"].wait(600)
    page.run()
    assert sound(page), [error.value for error in page.error]
    assert page.dataframe
    page.button(key="make_repair").click().run()
    assert set(page.session_state["files_repair"][1]) == {"moves.xlsx", "moves.json"}
    page.number_input(key="rosters_reach").set_value(1.0).run()
    assert catalogue("en").text("app.repair_other") in [line.value for line in page.warning]


def test_access_is_computed_with_whose_staff_count(open_page):
    page = open_page("access")
    page.multiselect(key="access_kinds").set_value(["workstation", "district_center"])
    page.text_input(key="access_limits").set_value("1,5")
    page.button(key="access_start").click().run()
    assert page.session_state["access_job"].wait(600)
    page.run()
    assert sound(page), [error.value for error in page.error]
    result = page.session_state["access"][1]
    assert result.provenance.parameters["supply_kinds"] == ["workstation", "district_center"]
    assert "at_limits" in result.tables or len(result.tables) > 5


def test_the_findings_that_are_shown_are_those_that_are_taken_away(open_page):
    page = open_page("compliance", compliance_verdict=["FAIL"])
    shown = page.session_state["audit_shown"]
    export = open_page("export", audit_day=page.session_state["audit_day"], audit_shown=shown)
    export.button(key="make_audit").click().run()
    assert sound(export)
    content = export.session_state["files_audit"][1]["findings.xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(content))[ZH.text("workbook.sheet_findings")]
    verdicts = {cell.value for row in sheet.iter_rows() for cell in row if cell.value in set(ZH.entries.values())}
    assert ZH.label("Verdict", "FAIL") in verdicts
    assert ZH.label("Verdict", "PASS") not in verdicts


@pytest.mark.parametrize("text", ["2023/1/1", "2023年1月1日", "20230101"])
def test_a_day_is_read_in_any_common_writing(open_page, text):
    page = open_page("compliance")
    page.text_input(key="compliance_day").set_value(text).run()
    assert sound(page)
    assert page.session_state["audit_day"] == dt.date(2023, 1, 1)


def test_a_finding_is_told_subject_first_then_why_then_the_article(open_page):
    page = open_page("compliance")
    failed = page.dataframe[0].value.iloc[0]
    page.session_state["compliance_selected"] = page.session_state["audit_shown"][1][0]
    page.run()
    assert not page.exception
    assert failed[ZH.column("subject_name")] in [header.value for header in page.subheader]
    assert any("应成立并运行1年以上" in line.value for line in page.markdown)


def test_facts_of_the_applicant_are_heeded_and_the_workbook_names_everybody(open_page):
    page = open_page("site", site_carrier="P061")
    page.text_input(key="site_fact_undertaking_founded_on").set_value("2010年5月1日")
    page.text_input(key="site_fact_operating_since").set_value("2011/5/1")
    page.button(key="site_test_button").click().run()
    assert sound(page), [error.value for error in page.error]
    told = {finding.rule: str(finding.verdict) for finding in page.session_state["site_test"].assessment.findings}
    assert told["R7-1c"] == "PASS"
    page.button(key="make_site").click().run()
    assert {"assessment.xlsx", "assessment.json"} == set(page.session_state["files_site"][1])


def test_all_dossiers_come_as_one_and_the_report_as_word(open_page, small_plan):
    page = open_page("export", plan=small_plan)
    page.button(key="make_dossiers").click().run()
    page.button(key="make_report").click().run()
    assert sound(page)
    assert len(page.session_state["files_dossiers"][1]) == len(small_plan.proposals)
    report = page.session_state["files_report"][1]
    assert set(report) == {"report.docx", "report.pdf"}
    assert zipfile.ZipFile(io.BytesIO(report["report.docx"])).testzip() is None


def test_files_in_folders_keep_their_place_in_the_zip(small_plan, beijing, draft):
    packed = zipfile.ZipFile(io.BytesIO(takeaway.bundle({"dossiers/01.pdf": b"1", "plan.json": b"{}"})))
    assert "dossiers/01.pdf" in packed.namelist()
