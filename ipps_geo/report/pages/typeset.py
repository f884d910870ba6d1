"""Documents of blocks (texts, facts, tables, pictures) set as PDF with typst, or told as plain text."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.errors import MissingExtra
from ipps_geo.executors import Crew
from ipps_geo.files import write_bytes
from ipps_geo.media import markdown
from ipps_geo.report.fonts import drawable, find_font, require_maps
from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.report.words.edition import edition_mark, map_notice
from ipps_geo.report.words.policy import policy_name

if TYPE_CHECKING:
    from ipps_geo.results import Provenance

Block = Mapping[str, Any]
VERDICT_SHADES = {"PASS": "#DFF0E4", "FAIL": "#F8D7CD", "UNDETERMINED": "#FFF2CC"}


@dataclass(frozen=True, eq=False)
class Page:
    """One page or more: a title, blocks, blocks beside them (``side``), blocks below both (``after``)."""

    title: str
    blocks: Sequence[Block]
    side: Sequence[Block] = ()
    after: Sequence[Block] = ()
    share: int = 60
    cover: bool = False


@dataclass(frozen=True, eq=False)
class Document:
    """Pages with the marks that every one of them carries.

    ``pictures`` maps the file names that the pages use to functions that draw them; they run when the PDF is set: the
    text edition costs no drawing.
    """

    title: str
    words: Catalogue
    provenance: Provenance
    pages: Sequence[Page]
    landscape: bool = False
    paper: str = "a4"
    size_pt: float = 9.0
    pictures: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


# ---------------------------------------------------------------------- blocks
def text(told: str) -> Block:
    """Return a paragraph."""
    return {"kind": "text", "text": told}


def note(told: str) -> Block:
    """Return a paragraph in small grey type."""
    return {"kind": "note", "text": told}


def banner(told: str) -> Block:
    """Return a paragraph on a coloured ground."""
    return {"kind": "banner", "text": told}


def absent(told: str) -> Block:
    """Return a grey box that says what an edition does not hold."""
    return {"kind": "absent", "text": told}


def heading(told: str) -> Block:
    """Return a heading inside a page."""
    return {"kind": "heading", "text": told}


def bullets(items: Sequence[str]) -> Block:
    """Return a list."""
    return {"kind": "list", "items": list(items)}


def picture(file: str, width: int = 100) -> Block:
    """Return a picture of the document's ``pictures``, ``width`` in percent of the column."""
    return {"kind": "image", "file": file, "width": width}


def facts(rows: Sequence[tuple[str, str]], label: int = 30) -> Block:
    """Return label and value pairs; ``label`` is the width of the labels in percent."""
    return {"kind": "facts", "rows": [[name, value] for name, value in rows], "label": label}


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    aligns: Sequence[str],
    widths: Sequence[float] | None = None,
    *,
    caption: str = "",
    size: float = 7.6,
    inset: float = 2.7,
) -> Block:
    """Return a table; cells are texts or (text, shade) pairs, widths are shares, 0 for as wide as the cells."""
    cells = [[{"text": cell[0], "shade": cell[1]} if isinstance(cell, tuple) else cell for cell in row] for row in rows]
    return {
        "kind": "table", "header": list(header), "rows": cells, "aligns": list(aligns),
        "widths": list(widths or [0] * len(header)), "caption": caption, "size": size, "inset": inset,
    }  # fmt: skip


def signatures(items: Sequence[tuple[str, str]]) -> Block:
    """Return lines to sign on: who, and what stands under the line."""
    return {"kind": "signatures", "items": [[who, under] for who, under in items]}


# ---------------------------------------------------------------------- output
def require_typst() -> None:
    """Refuse where no PDF could be set: asked before a search, not after it.

    Raises
    ------
    MissingExtra
        The package ``typst`` is not installed, or what draws the maps of a document.
    """
    require_maps()
    if find_spec("typst") is None:
        raise MissingExtra("report.no_typst", where="typst")


def write_pdf(document: Document, path: str | Path, crew: Crew | None = None) -> Path:
    """Set ``document`` as PDF and return the path; the same document gives the same bytes, whoever draws its pictures.

    Raises
    ------
    MissingExtra
        The package ``typst`` is not installed.
    """
    made = compiled("report.typ", _described(document, find_font().family), document.pictures, crew)
    return write_bytes(path, made)


def compiled(
    template: str,
    described: Mapping[str, Any],
    pictures: Mapping[str, Callable[[], bytes]],
    crew: Crew | None = None,
) -> bytes:
    """Return the PDF of ``template`` (a file of this package) with what it is to show; pictures are drawn now.

    A ``crew`` of other processes draws them at the same time; each is then a function that can travel there.

    Raises
    ------
    MissingExtra
        The package ``typst`` is not installed.
    """
    require_typst()
    import typst

    font = find_font()
    with tempfile.TemporaryDirectory(prefix="ipps-geo-") as folder:
        room = Path(folder)
        source = files("ipps_geo.report.pages").joinpath(template).read_text(encoding="utf-8")
        (room / "main.typ").write_text(source, encoding="utf-8")
        stated = drawable(json.dumps(described, ensure_ascii=False), font)
        (room / "data.json").write_text(stated, encoding="utf-8")
        names = list(pictures)
        drawn = (crew or Crew()).share_out(_drawn, pictures, names)
        for name, picture_of in zip(names, drawn, strict=True):
            (room / name).write_bytes(picture_of)
        made: bytes = typst.compile(
            str(room / "main.typ"), root=str(room), font_paths=[str(font.path.parent)], ignore_system_fonts=True,
            format="pdf", timestamp=0,
        )  # fmt: skip
    return made


def _drawn(pictures: Mapping[str, Callable[[], bytes]], name: str, _stopped: Callable[[], bool]) -> bytes:
    return pictures[name]()


def plain_text(document: Document) -> str:
    """Return ``document`` as plain text in Markdown's manner, pictures left out: for mail, diff and screen readers."""
    words = document.words
    lines = [f"# {markdown(document.title)}", ""]
    if document.provenance.synthetic:
        lines += [markdown(words.text("page.synthetic_banner")), ""]
    for page in document.pages:
        if page.title:
            lines += [f"## {markdown(page.title)}", ""]
        for block in (*page.blocks, *page.side, *page.after):
            lines += _told(block)
    return "\n".join([*lines, markdown(footer_line(words, document.provenance)), ""])


def footer_line(words: Catalogue, provenance: Provenance) -> str:
    """Return notice, dates, versions and hash as one line."""
    return " · ".join(
        (
            map_notice(words, provenance),
            words.text("page.data_date", date=provenance.data_date),
            words.text("page.policy", version=policy_name(words, provenance)),
            words.text("page.software", version=provenance.software_version),
            words.text("page.content_hash", hash=provenance.content_hash[:12]),
        )
    )


def _described(document: Document, family: str) -> dict[str, Any]:
    words, origin = document.words, document.provenance
    return {
        "title": document.title,
        "lang": words.lang,
        "font": family,
        "size": document.size_pt,
        "landscape": document.landscape,
        "paper": document.paper,
        "stamp": " · ".join(
            filter(None, [edition_mark(words, origin), words.text("page.synthetic") if origin.synthetic else ""])
        ),
        "footer": footer_line(words, origin),
        "pages": [
            {
                "title": page.title, "blocks": list(page.blocks), "side": list(page.side), "after": list(page.after),
                "share": page.share, "cover": page.cover,
            }
            for page in document.pages
        ],
    }  # fmt: skip


def _told(block: Block) -> list[str]:
    kind = block["kind"]
    if kind == "heading":
        return [f"### {markdown(block['text'])}", ""]
    if kind == "list":
        return [*(f"- {markdown(item)}" for item in block["items"]), ""]
    if kind == "facts":
        return [*(f"- {markdown(name)}: {markdown(value)}" for name, value in block["rows"]), ""]
    if kind == "table":
        rows = [[_leaf(cell) for cell in row] for row in (block["header"], *block["rows"])]
        rows.insert(1, ["---"] * len(block["header"]))
        told = [f"| {' | '.join(row)} |" for row in rows]
        return [*([markdown(block["caption"]), ""] if block.get("caption") else []), *told, ""]
    if kind == "signatures":
        return [*(f"{markdown(who)}: ____________________ {markdown(under)}" for who, under in block["items"]), ""]
    if kind == "image":
        return []
    return [markdown(block["text"]), ""]


def _leaf(cell: Any) -> str:
    return markdown(cell["text"] if isinstance(cell, dict) else cell)
