"""An official document as a Word file: paper, margins, type and order of GB/T 9704-2012, to be edited and signed."""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ipps_geo.errors import MissingExtra
from ipps_geo.files import write_bytes
from ipps_geo.intake.packing import zipped
from ipps_geo.media import xml_text
from ipps_geo.report.pages.official import Annex, Official, Part

BODY, TITLE, FIRST, SECOND = "仿宋", "方正小标宋简体", "黑体", "楷体"
"""Type of body, title and headings of the first and second level; Word takes another one where a face is missing."""
LINE_PT, SIZE_PT, TITLE_PT, TABLE_PT, PAGE_PT = 28.9, 16.0, 22.0, 9.0, 14.0
"""22 lines of 28 characters of size 三号 on a page; the title in 二号."""


def require_docx() -> None:
    """Refuse where no Word file could be written: asked before a search, not after it.

    Raises
    ------
    MissingExtra
        The package ``python-docx`` is not installed.
    """
    if find_spec("docx") is None:
        raise MissingExtra("report.no_docx", where="python-docx")


def write_docx(document: Official, path: str | Path) -> Path:
    """Write ``document`` as .docx and return the path; the same document gives the same bytes.

    Raises
    ------
    MissingExtra
        The package ``python-docx`` is not installed.
    """
    require_docx()
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    made = docx.Document()
    _set_up(made, document)
    for mark in document.marks:
        _paragraph(made, mark, BODY, 12, ALIGN.LEFT)
    _paragraph(made, document.title, TITLE, TITLE_PT, ALIGN.CENTER, line_pt=34)
    _paragraph(made, "", BODY, SIZE_PT)
    _paragraph(made, document.addressee, BODY, SIZE_PT)
    for part in document.body:
        _part(made, part)
    _paragraph(made, document.closing, BODY, SIZE_PT, indent=True)
    _paragraph(made, "", BODY, SIZE_PT)
    words = document.words
    for number, annex in enumerate(document.annexes, start=1):
        lead = words.text("official.attachments") if number == 1 else "　　　" if words.lang == "zh" else ""
        _paragraph(made, f"{lead}{number}. {annex.title}", BODY, SIZE_PT, indent=True)
    _paragraph(made, "", BODY, SIZE_PT)
    for line in (document.seal, document.day):
        _paragraph(made, line, BODY, SIZE_PT, ALIGN.RIGHT)
    for number, annex in enumerate(document.annexes, start=1):
        _annex(made, document, number, annex)
    buffer = io.BytesIO()
    made.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return write_bytes(path, zipped({name: archive.read(name) for name in archive.namelist()}))


def _set_up(made: Any, document: Official) -> None:
    """Set paper, margins, type of the ground style, page numbers, and the facts of the file (no clock, no author)."""
    import datetime as dt

    from docx.shared import Pt

    _page(made.sections[0], across=False)
    made.settings.odd_and_even_pages_header_footer = True
    style = made.styles["Normal"]
    style.font.size = Pt(SIZE_PT)
    _face(style.font, style.element.get_or_add_rPr(), BODY)
    style.paragraph_format.space_after = Pt(0)
    facts = made.core_properties
    facts.title, facts.author, facts.comments, facts.last_modified_by = xml_text(document.title), "ipps-geo", "", ""
    facts.created = facts.modified = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    facts.revision = 1
    _footer(made.sections[0], document.foot)


def _page(section: Any, *, across: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if across else (Mm(210), Mm(297))
    edges = (28, 26, 20, 20) if across else (37, 35, 28, 26)
    for name, edge in zip(("top_margin", "bottom_margin", "left_margin", "right_margin"), edges, strict=True):
        setattr(section, name, Mm(edge))


def _footer(section: Any, foot: str) -> None:
    """Put the page number outside, as — 1 —, and the hash of the data on the other side."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for footer, side in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        paragraph.add_run(f"{xml_text(foot)}　　").font.size = Pt(7)
        for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
            run = paragraph.add_run(text)
            run.font.size = Pt(PAGE_PT)
            _face(run.font, run._element.get_or_add_rPr(), "宋体")  # noqa: SLF001 - python-docx has no public way
            for kind in ("begin", "text", "end") if field else ():
                element = OxmlElement("w:instrText" if kind == "text" else "w:fldChar")
                if kind == "text":
                    element.text = field
                else:
                    element.set(qn("w:fldCharType"), kind)
                run._element.append(element)  # noqa: SLF001


def _face(font: Any, properties: Any, name: str) -> None:
    """Set the Chinese face and the Latin one beside it."""
    from docx.oxml.ns import qn

    font.name = "Times New Roman"
    properties.rFonts.set(qn("w:eastAsia"), name)


def _paragraph(
    made: Any, text: str, face: str, size: float, align: Any = None, *, indent: bool = False, line_pt: float = LINE_PT
) -> Any:
    from docx.shared import Pt

    paragraph = made.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing, shape.space_after, shape.space_before = Pt(line_pt), Pt(0), Pt(0)
    if align is not None:
        paragraph.alignment = align
    if indent:
        shape.first_line_indent = Pt(2 * size)
    run = paragraph.add_run(xml_text(text))
    run.font.size = Pt(size)
    _face(run.font, run._element.get_or_add_rPr(), face)  # noqa: SLF001
    return paragraph


def _part(made: Any, part: Part) -> None:
    if part.kind == "table":
        _table(made, part)
    elif part.kind == "note":
        _paragraph(made, part.text, BODY, 10.5, line_pt=16)
    else:
        face = {"heading": FIRST, "subheading": SECOND}.get(part.kind, BODY)
        told = _paragraph(made, part.text, face, SIZE_PT, indent=True)
        told.paragraph_format.keep_with_next = part.kind in ("heading", "subheading")


def _table(made: Any, part: Part) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = made.sections[-1]
    room = (section.page_width - section.left_margin - section.right_margin) / Mm(1)
    table = made.add_table(rows=1, cols=len(part.header))
    table.style, table.autofit = "Table Grid", False
    widths = [Mm(room * width / sum(part.widths)) for width in part.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001
    for number, texts in enumerate((part.header, *part.rows)):
        cells = (table.rows[0] if number == 0 else table.add_row()).cells
        for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            cell.width = widths[place]
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(12.5)
            paragraph.alignment = ALIGN.CENTER if number == 0 else ALIGN.RIGHT if place in part.right else ALIGN.LEFT
            run = paragraph.add_run(xml_text(text))
            run.font.size = Pt(TABLE_PT)
            _face(run.font, run._element.get_or_add_rPr(), FIRST if number == 0 else BODY)  # noqa: SLF001
    _paragraph(made, "", BODY, 6, line_pt=8)


def _annex(made: Any, document: Official, number: int, annex: Annex) -> None:
    from docx.enum.section import WD_SECTION
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm

    section = made.add_section(WD_SECTION.NEW_PAGE)
    _page(section, across=bool(annex.picture))
    _paragraph(made, document.words.text("official.annex", n=number), FIRST, SIZE_PT)
    _paragraph(made, annex.title, TITLE, 18, ALIGN.CENTER, line_pt=30)
    for part in annex.parts:
        _part(made, part)
    if annex.picture:
        # The picture gives the line its height: an exact spacing would cut it off.
        paragraph = made.add_paragraph()
        paragraph.alignment = ALIGN.CENTER
        paragraph.add_run().add_picture(io.BytesIO(document.pictures[annex.picture]()), height=Mm(128))
