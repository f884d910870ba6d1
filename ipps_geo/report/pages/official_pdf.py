"""An official document as PDF, in the same form as the Word file, in the one font that travels with the program."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ipps_geo.files import write_bytes
from ipps_geo.report.fonts import find_font
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.official import Official


def write_official_pdf(document: Official, path: str | Path) -> Path:
    """Set ``document`` as PDF and return the path; the same document gives the same bytes.

    Raises
    ------
    MissingExtra
        The package ``typst`` is not installed.
    """
    words = document.words
    described = {
        "lang": words.lang,
        "font": find_font().family,
        "title": document.title,
        "addressee": document.addressee,
        "marks": list(document.marks),
        "body": [asdict(part) for part in document.body],
        "annexes": [
            asdict(annex) | {"label": words.text("official.annex", n=number)}
            for number, annex in enumerate(document.annexes, start=1)
        ],
        "attachments": words.text("official.attachments"),
        "closing": document.closing,
        "seal": document.seal,
        "day": document.day,
        "foot": document.foot,
    }
    return write_bytes(path, typeset.compiled("official.typ", described, document.pictures))
