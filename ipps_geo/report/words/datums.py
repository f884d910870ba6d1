"""Names of reference systems: those of the catalogue, and every zone or grid by its number."""

from __future__ import annotations

import re

from ipps_geo.regions import meridian_of
from ipps_geo.report.words.catalogue import Catalogue

_NORTH_FIRST = " north first"
_NUMBERED = range(4513, 4534)
_FIRST_ZONE = 25


def datum_label(words: Catalogue, datum: object) -> str:
    """Return the name of a reference system; one that nobody gave a name to is shown as it is.

    >>> from ipps_geo.report.words.catalogue import catalogue
    >>> datum_label(catalogue("zh"), "EPSG:4543"), datum_label(catalogue("zh"), "EPSG:4522 north first")
    ('CGCS2000 三度带，中央经线 102°（EPSG:4543）', 'CGCS2000 三度带，带号 34（EPSG:4522），北坐标在前')
    """
    text = str(datum)
    if words.has(f"Datum.{text}") or not text.startswith("EPSG:"):
        return words.label("Datum", datum)
    if text.endswith(_NORTH_FIRST):
        return words.text("region.datum_north_first", grid=datum_label(words, text.removesuffix(_NORTH_FIRST)))
    meridian = meridian_of(text)
    if meridian is not None:
        return words.text("region.datum_zone", meridian=meridian, crs=text)
    code = re.fullmatch(r"EPSG:(\d+)", text)
    number = int(code[1]) if code else 0
    if number in _NUMBERED:
        return words.text("region.datum_numbered", number=number - _NUMBERED.start + _FIRST_ZONE, crs=text)
    if 32601 <= number <= 32660:
        return words.text("region.datum_utm", number=number - 32600, crs=text)
    return text
