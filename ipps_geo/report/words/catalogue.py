"""One catalogue of words per language: Chinese by default, English beside it, with equal keys.

>>> catalogue("zh").label("InstitutionKind", "district_center")
'区中心'
>>> catalogue("en").label("InstitutionKind", "district_center")
'district centre'
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ipps_geo.errors import BadInput, Message
from ipps_geo.regions import Region, load_region

LANGUAGES = ("zh", "en")
DASH = "—"
"""What a page shows where a value is missing: unknown, not zero."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The words of one language; keys are dotted paths into its TOML file."""

    lang: str
    entries: Mapping[str, str]

    def text(self, key: str, /, **params: Any) -> str:
        """Return the sentence of ``key`` with ``params`` filled in; an unknown key is a programming error."""
        template = self.entries[key]
        return template.format_map(_Told(self, params)) if params else template

    def has(self, key: str) -> bool:
        """Whether the catalogue holds ``key``."""
        return key in self.entries

    def label(self, kind: str, code: object) -> str:
        """Return the word for a code of an enumeration or of a result; an unlisted code is shown as it is."""
        if is_missing(code) or code == "":
            return DASH
        return self.entries.get(f"{kind}.{code}", str(code))

    def labels(self, kind: str, codes: object, joiner: str = "") -> str:
        """Return the words for a list of codes joined by ``;``."""
        if is_missing(codes) or codes == "":
            return DASH
        return (joiner or self.text("page.list_joiner")).join(
            self.label(kind, code) for code in str(codes).split(";") if code
        )

    def column(self, name: str) -> str:
        """Return the header of an output's column."""
        return self.entries[f"column.{name}"]

    def value(self, value: object) -> str:
        """Return a value as a reader of this language writes it: grouped digits, ISO dates, yes and no, a dash."""
        if is_missing(value):
            return DASH
        if isinstance(value, bool):
            return self.text("page.yes" if value else "page.no")
        if isinstance(value, dt.datetime):
            return value.date().isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, int):
            return f"{value:,}"
        if isinstance(value, float):
            return self.number(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            entries = sorted(value) if isinstance(value, (set, frozenset)) else value
            return self.text("page.list_joiner").join(self.value(entry) for entry in entries)
        if isinstance(value, Mapping):
            joiner = self.text("page.list_joiner")
            return joiner.join(f"{key}={self.value(entry)}" for key, entry in value.items())
        if isinstance(value, Message):
            return self.text(f"fault.{value.code}.message", **value.values)
        if hasattr(value, "item"):  # a numpy scalar
            return self.value(value.item())
        return str(value)

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number with grouped digits and at most ``digits`` decimals.

        >>> catalogue("zh").number(12345.5)
        '12,345.5'
        """
        if math.isinf(value):
            return "∞" if value > 0 else "-∞"
        text = f"{value:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def share(self, part: float, whole: float, digits: int = 1) -> str:
        """Return ``part / whole`` as a percentage, a dash where there is nothing to divide by.

        >>> catalogue("zh").share(1, 8)
        '12.5%'
        """
        if is_missing(part) or is_missing(whole) or not whole:
            return DASH
        return f"{100 * float(part) / float(whole):.{digits}f}%"


class _Told(dict[str, str]):
    """What a sentence is filled in with, each value in words once the sentence asks for it."""

    def __init__(self, words: Catalogue, params: Mapping[str, Any]) -> None:
        super().__init__()
        self._words, self._params = words, params

    def __missing__(self, name: str) -> str:
        return self._words.value(self._params[name])


def is_missing(value: object) -> bool:
    """Whether ``value`` is None, NaN or NaT."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas.NA, arrays
        return type(value).__name__ == "NAType"


def catalogue(lang: str = "zh", region: Region | None = None) -> Catalogue:
    """Return the catalogue of ``lang`` with the names of ``region`` in its sentences, by default the embedded one.

    Raises
    ------
    BadInput
        A language without a catalogue.
    """
    if lang not in LANGUAGES:
        raise BadInput("report.no_language", where="lang", lang=lang, languages=", ".join(LANGUAGES))
    return _of_region(lang, region or load_region())


@lru_cache(maxsize=8)
def _of_region(lang: str, region: Region) -> Catalogue:
    """Return a catalogue whose ``{@NAME}`` are what the region says; see :func:`_place_words`."""
    entries = dict(_entries(lang))
    said = _place_words(lang, region, entries)
    for key, entry in entries.items():
        if "{@" in entry:
            for name, text in said.items():
                entry = entry.replace(f"{{@{name}}}", text)
            entries[key] = entry
    return Catalogue(lang, MappingProxyType(entries))


def _place_words(lang: str, region: Region, entries: Mapping[str, str]) -> dict[str, str]:
    """Return what sentences call a region: its name, its units, its functional area, what it is measured in."""
    area = region.functional_areas[0].short(lang) if region.functional_areas else entries["region.an_area"]
    meridian = region.meridian
    measured = (
        entries["region.crs"].format(crs=region.metric_crs)
        if meridian is None
        else entries["region.zone"].format(meridian=meridian, crs=region.metric_crs)
    )
    with_area = "_with_area" if region.functional_areas else ""
    return {
        "region": region.name(lang),
        "area": area,
        "crs": measured,
        "units": region.said(f"units_{lang}") or entries[f"region.units{with_area}"].format(area=area),
        "overlap": region.said(f"overlap_{lang}") or entries[f"region.overlap{with_area}"].format(area=area),
    }


@lru_cache(maxsize=len(LANGUAGES))
def _entries(lang: str) -> Mapping[str, str]:
    source = files("ipps_geo.report.words").joinpath("locales", f"{lang}.toml").read_text(encoding="utf-8")
    flat: dict[str, str] = {}
    _flatten(tomllib.loads(source), "", flat)
    for name, prefix in (("faults", "fault."), ("problems", "fault.problem.")):
        told = files("ipps_geo.report.words").joinpath("locales", lang, f"{name}.toml").read_text(encoding="utf-8")
        _flatten(tomllib.loads(told), prefix, flat)
    return MappingProxyType(flat)


def _flatten(node: Mapping[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, entry in node.items():
        if isinstance(entry, Mapping):
            _flatten(entry, f"{prefix}{key}.", into)
        else:
            into[f"{prefix}{key}"] = entry
