"""What people typed is text in every file: names that are formulas, links, elements and commands stay what they are."""

import csv
import html.parser
import json
import re
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from ipps_geo import planning, report
from ipps_geo.columns import TABLES
from ipps_geo.media import FORMULA_MARKS
from ipps_geo.planning.judgements import plan_of_test
from ipps_geo.workspace import load_workspace, save_workspace
from ipps_geo.workspace.demo import generate_demo

pytestmark = pytest.mark.slow

NASTY = (
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://evil.test","x")', "=cmd|'/c calc'!A0",
    "![](http://evil.test/x.png)", "[x](http://evil.test)", "<img src=http://evil.test/x onerror=alert(1)>",
    "</script><script>alert(1)</script>", "<b>bold</b>&amp;", "`code` *a* _b_ ~~c~~", "$x^2$ \\frac{1}{2}",
    ":smile: :red[x]", '#link("http://evil.test")[x]', '#read("/etc/passwd")', "{0} {name} %s %(x)s", "a\"b'c\\d",
    "../../x/..\\y:z*?", "\u202eabc\u200b", "http://evil.test www.evil.test a@evil.test",
    "@include \\input{x} @DATA@ @TITLE@",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile():
    """A small demonstration in which every text of every table is one of the nasty strings."""
    made = generate_demo(2_500, seed=3)
    changed = {}
    for name, frame in made.tables.items():
        texts = [column for column, told in TABLES[name].columns.items() if told.kind in ("text", "names")]
        frame = frame.copy()
        for place, column in enumerate(texts):
            if column in frame and column not in ("uscc", "source_kind"):
                wanted = [NASTY[(row + place) % len(NASTY)] for row in range(len(frame))]
                frame[column] = pd.Series(wanted, index=frame.index, dtype=frame[column].dtype)
        changed[name] = frame
    return made.replace(**changed)


@pytest.fixture(scope="module")
def files(hostile, draft, tmp_path_factory):
    """Every file of every use case, in English and in Chinese."""
    out = tmp_path_factory.mktemp("hostile")
    parameters = planning.PlanParameters(stations=2, reach_km=12.0)
    plan = planning.plan(hostile, draft, parameters)
    assert len(plan.proposals)
    site = plan.closed_sites["site_id"].iloc[0]
    written = []
    judged = planning.plan_findings(hostile, draft, plan)
    for lang in ("zh", "en"):
        folder = out / lang
        written += report.write_plan(hostile, plan, folder / "plan", lang, dossiers=judged)
        written += report.write_audit(hostile, planning.audit(hostile, draft), folder / "audit", lang)
        written += report.write_coverage(hostile, planning.coverage(hostile, draft), folder / "coverage", lang)
        tested = planning.assess_site(hostile, draft, site_id=site, reach_km=12.0)
        told = plan_of_test(hostile, draft, tested)
        written += report.write_assessment(hostile, tested, told, folder / "site", lang, dossier=True)
    written += report.write_repair(hostile, planning.repair(hostile, draft), out / "repair", "zh")
    return written


def of_kind(files, suffix):
    found = [file for file in files if file.suffix == suffix]
    assert found
    return found


def test_every_file_is_inside_the_folder_that_was_asked_for(files, tmp_path_factory):
    root = tmp_path_factory.getbasetemp().resolve()
    assert all(root in file.resolve().parents for file in files)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(files):
    texts = set()
    for file in of_kind(files, ".xlsx"):
        book = openpyxl.load_workbook(file)
        for sheet in book:
            assert not sheet._hyperlinks
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (file, sheet.title, cell.coordinate)
                    texts.add(cell.value)
        with zipfile.ZipFile(file) as parts:
            assert not [name for name in parts.namelist() if "externalLink" in name or "connections" in name]
    assert any("evil.test" in str(text) for text in texts)


def test_no_cell_of_csv_begins_a_formula(files, hostile, tmp_path):
    save_workspace(hostile, tmp_path / "saved")
    saved = list((tmp_path / "saved").rglob("*.csv"))
    assert {file.stem for file in saved} >= {"rosters", "staff"}
    for file in [*of_kind(files, ".csv"), *saved]:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        numbers = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
        assert not [cell for cell in cells if cell.startswith(FORMULA_MARKS) and not numbers.fullmatch(cell)], file


def test_a_saved_workspace_keeps_texts_that_look_like_formulas(tmp_path):
    made = generate_demo(2_500, seed=3)
    plain = made.replace(rosters=made.rosters.assign(name=[f"={row}+1" for row in range(len(made.rosters))]))
    save_workspace(plain, tmp_path / "saved")
    again = load_workspace(tmp_path / "saved", sandbox=False)
    assert again.rosters["name"].tolist() == plain.rosters["name"].tolist()
    assert again.content_hash == plain.content_hash


class Elements(html.parser.HTMLParser):
    """Collects the elements and the addresses of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "onerror", "onload")]


def test_the_interactive_map_has_no_element_that_a_name_made(files):
    for file in of_kind(files, ".html"):
        page = Elements()
        page.feed(file.read_text(encoding="utf-8"))
        assert page.addresses == []
        assert "img" not in page.tags
        assert page.tags.count("script") == 3


def test_no_pdf_has_a_link_and_names_are_read_as_they_are(files):
    for file in of_kind(files, ".pdf"):
        assert b"/URI" not in file.read_bytes()


def test_layers_and_documents_give_the_texts_back(files, hostile):
    for file in of_kind(files, ".gpkg"):
        for name in gpd.list_layers(file)["name"]:
            gpd.read_file(file, layer=name)
    for file in of_kind(files, ".json"):
        json.loads(file.read_text(encoding="utf-8"))
    plan = json.loads(next(f for f in files if f.name == "plan.json").read_text(encoding="utf-8"))
    names = dict(zip(hostile.carriers["carrier_id"], hostile.carriers["name_zh"], strict=True))
    assert all(site["name"] == names[site["id"]] for site in plan["open_sites"])
