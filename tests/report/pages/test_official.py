"""The report for the bureau: in the form of an official document, the same in Word and PDF, and it decides nothing."""

import io
import re

import pytest

from ipps_geo import report
from ipps_geo.errors import MissingExtra
from ipps_geo.report.pages import official_docx
from ipps_geo.report.pages.official import plan_report
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue

pytestmark = pytest.mark.slow(planted=True)

docx = pytest.importorskip("docx")
pytest.importorskip("typst")


@pytest.fixture(scope="module", params=LANGUAGES)
def made(request, sample, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "out"
    report.write_plan(sample.workspace(), sample.plan(), out, request.param, official=True)
    return request.param, out


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


def test_the_word_file_has_the_parts_of_an_official_document_in_their_order(made):
    lang, out = made
    words, told = catalogue(lang), texts(docx.Document(out / "report.docx"))
    wanted = [
        words.text(f"official.{key}")
        for key in ("title", "addressee", "situation", "findings", "plan", "alternatives", "judgement", "closing")
    ]
    wanted += [words.text("official.seal"), words.text("official.day"), words.text("official.annex", n=1)]
    places = [told.index(text) for text in wanted]
    assert places == sorted(places)
    assert any(words.text("page.synthetic_banner") in line for line in told[: places[0]])
    assert words.text("page.decides") in told


def test_paper_and_type_are_those_of_the_standard(made):
    _, out = made
    document = docx.Document(out / "report.docx")
    page = document.sections[0]
    edges = [page.page_width, page.page_height, page.top_margin, page.left_margin]
    assert [round(edge.mm) for edge in edges] == [210, 297, 37, 28]
    body = next(paragraph for paragraph in document.paragraphs if paragraph.paragraph_format.first_line_indent)
    assert body.runs[0].font.size.pt == 16
    assert "仿宋" in body.runs[0]._element.xml
    assert "PAGE" in page.footer.paragraphs[0]._element.xml


def test_figures_in_the_report_are_those_of_the_plan(made, sample):
    lang, out = made
    plan, document = sample.plan(), docx.Document(out / "report.docx")
    served = int(plan.proposals["newly_served"].sum())
    assert any(re.search(rf"(?<!\d){served}(?!\d)", line) for line in texts(document))
    table = next(t for t in document.tables if t.rows[0].cells[0].text == catalogue(lang).column("rank"))
    listed = [int(row.cells[3].text) for row in table.rows[1:]]
    assert listed == plan.proposals["newly_served"].tolist()
    assert len(document.inline_shapes) == 1  # the map


def test_the_pdf_says_the_same_and_both_are_the_same_bytes_again(made, sample, tmp_path):
    lang, out = made
    report.write_plan(sample.workspace(), sample.plan(), tmp_path / "again", lang, official=True)
    for name in ("report.docx", "report.pdf"):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_name_with_a_control_character_is_still_a_document(sample, tmp_path):
    plan = sample.plan()
    plan.proposals["name_zh"] = ["=甲\x0b<b>园", *plan.proposals["name_zh"].iloc[1:]]
    made = plan_report(sample.workspace(), plan, lambda: b"", "zh")
    made.pictures["map.png"] = lambda: _png()
    path = official_docx.write_docx(made, tmp_path / "report.docx")
    assert any("=甲\\x0b<b>园" in line for line in texts(docx.Document(path)))


def _png():
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, format="png")
    return buffer.getvalue()


def test_a_missing_package_is_told_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr(official_docx, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra):
        official_docx.require_docx()
