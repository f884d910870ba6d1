"""A policy with other numbers and another name: no sentence of any output says the shipped ones."""

import dataclasses
import re
import tomllib
from importlib.resources import files

import openpyxl
import pytest

from ipps_geo import planning, report
from ipps_geo.policy import load_policy
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.atlas import atlas
from ipps_geo.report.pages.dossier import dossier
from ipps_geo.report.pages.edition import Edition
from ipps_geo.report.words.catalogue import LANGUAGES
from ipps_geo.screens.terminal import answers, summary
from ipps_geo.workspace import generate_demo

TITLE = "某市知识产权公共服务机构管理办法"
OTHERS = {
    "centers_per_unit": 1,
    "center_full_time_staff": 3,
    "station_operating_years": 2,
    "station_enterprises": 40,
    "station_need_share": [7, 10],
    "revocation_notice_days": 20,
    "ban_years": 5,
}
PHRASES = (
    r"(不少于|距|相对|under|at least|more than|fewer than|over)\s*50\b|五十家|50\s*家的名册|roster of 50"
    r"|(?<![\d.–])60\s*[%％]|百分之六十|(?<!\w)5\s*k\b|(?<!\w)3\s*n\b"
    r"|三十天|30\s*(天|日|days)|三年内|3\s*年内|three.year|three years"
    r"|1\s*年以上|一年以上|(least|than|for) one year\b|2\s*名(及)?以上|至少\s*2\s*名|一区一家"
    r"|第\d+条|征求意见稿|draft for comment|consultation draft"
)
SHIPPED = re.compile(PHRASES, re.IGNORECASE)
"""The shipped thresholds as sentences say them, and the name of the draft."""

WRITTEN = re.compile(PHRASES + r"|(?<![\d.:])50\b(?! (is the|为))", re.IGNORECASE)
"""The same, and the bare number: a catalogue counts nothing itself."""

LOCALES = files("ipps_geo.report.words").joinpath("locales")
ELSEWHERE = {"timetable_percentile_help", "no_percentile", "EPSG", "utm50", "UTM"}
"""Lines whose numbers are others: the median of a timetable."""


def lines(table, path=""):
    """Yield the path and the text of every line of a catalogue."""
    for name, entry in table.items():
        if isinstance(entry, dict):
            yield from lines(entry, f"{path}.{name}")
        else:
            yield f"{path}.{name}", str(entry)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_catalogue_holds_a_threshold_or_the_name_of_a_version(lang):
    parts = [
        LOCALES.joinpath(f"{lang}.toml"),
        *(LOCALES.joinpath(lang, f"{name}.toml") for name in ("faults", "problems")),
    ]
    found = [
        (path, text)
        for part in parts
        for path, text in lines(tomllib.loads(part.read_text(encoding="utf-8")))
        if WRITTEN.search(text) and not any(name in path for name in ELSEWHERE)
    ]
    assert found == []


def test_the_rules_as_documents_name_no_threshold_in_their_words():
    from ipps_geo.compliance.registry import all_rules

    told = {rule.rule_id: f"{rule.check.__doc__} {rule.open_when} {rule.fails_when}" for rule in all_rules()}
    assert {rule: text for rule, text in told.items() if SHIPPED.search(text)} == {}


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The draft under another name, with other numbers."""
    shipped = files("ipps_geo.policy").joinpath("versions", "beijing-draft.toml").read_text(encoding="utf-8")
    text = shipped.replace("beijing-draft", "other").replace("北京市知识产权公共服务机构管理办法（征求意见稿）", TITLE)
    text = text.replace("(consultation draft)", "").replace("consultation draft", "text")
    for name, value in OTHERS.items():
        head = f"[values.{name}]"
        before, after = text.split(head)
        text = before + head + re.sub(r"\nvalue = .*", f"\nvalue = {value}", after, count=1)
    path = tmp_path_factory.mktemp("policy") / "other.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


@pytest.fixture(scope="module")
def network():
    """A demonstration as small as one may be whose stations still find rosters."""
    return generate_demo(6_000, seed=3)


@pytest.fixture(scope="module")
def made(network, other):
    """What each use case finds under that policy."""
    found = planning.atlas_results(network, other, planning.PlanParameters(stations=2, frontier=2))
    return found, planning.assess_site(network, other, site_id="P061")


def sheets(path):
    """Return every text of a workbook."""
    book = openpyxl.load_workbook(path)
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    )


@pytest.mark.slow(planted=True)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_that_is_made_under_it_says_the_shipped_numbers(network, other, made, tmp_path, lang):
    found, site = made
    report.write_plan(network, found.plan, tmp_path / "plan", lang)
    report.write_audit(network, found.audit, tmp_path / "audit", lang)
    report.write_coverage(network, dataclasses.replace(found.coverage, areas={}), tmp_path / "coverage", lang)
    edition = Edition(network, other, lang, found.audit, found.coverage, found.plan, found.previous)
    first = str(found.plan.proposals["site_id"].iloc[0])
    told = {
        "atlas": typeset.plain_text(atlas(edition)),
        "dossier": typeset.plain_text(
            dossier(
                network, found.plan, first, lang, findings=planning.plan_findings(network, other, found.plan)[first]
            )
        ),
        "plan": "\n".join(summary.plan_summary(network, found.plan, lang)),
        "coverage": "\n".join(summary.coverage_summary(network, found.coverage, lang)),
        "site": "\n".join(answers.site_lines(network, site, lang)),
        "map": (tmp_path / "plan" / "map.html").read_text(encoding="utf-8"),
    }
    told |= {path.name: sheets(path) for path in tmp_path.rglob("*.xlsx")}
    said = {
        name: sorted({text[max(match.start() - 12, 0) : match.end() + 8] for match in SHIPPED.finditer(text)})
        for name, text in told.items()
    }
    assert {name: phrases for name, phrases in said.items() if phrases} == {}
    assert "70" in told["atlas"]
    if lang == "zh":
        assert f"《{TITLE}》" in told["plan.xlsx"]
        assert f"《{TITLE}》" in told["atlas"]
