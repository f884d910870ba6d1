"""Industries as offices write them, read as codes of GB/T 4754-2017: codes, names, both, and paths through its levels.

>>> industries("I65 软件和信息技术服务业"), industries("C-制造业/27-医药制造业/2761")
(('I65', 'code_writing'), ('C2761', 'code_writing'))
>>> industries("医药制造业"), industries("新一代信息技术")
(('C27', 'code_writing'), (None, ''))
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from ipps_geo.policy.key_industries import normalise_industry_code
from ipps_geo.settings import data_root

_CODE = re.compile(r"(?<![0-9A-Z])([A-T])?[\s\-.]?(\d{2,4})(?![0-9])")
_SECTION = re.compile(r"(?<![0-9A-Z])([A-T])(?=[\s\-:.、]*(?:[一-鿿]|$|[;,/|)]))")
_RANGE = re.compile(r"[A-T]?\d{2,4}\s*(?:[~—–至]|-(?=\s*[A-T]?\d))\s*[A-T]?\d{2,4}")
_SEPARATORS = re.compile(r"[;；,，、/|\\\n>→]+")
_PATH = re.compile(r"[-—–_/>→|\s]+")
_NOISE = re.compile(r"[\s()\[\]{}:：.。、,，·\-—–_/|>→;；]+")
_TAIL = re.compile(r"(?:行业|产业|门类|大类|中类|小类|类)$")


def industries(text: str) -> tuple[str | None, str]:
    """Return (codes joined by ``;``, note), None where the text names no class, or classes that contradict each other.

    Of a path through the levels the finest class counts; codes get their section letter.
    """
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    whole = _named(plain)
    found = [whole] if whole is not None else _coded(plain)
    if found is None:
        return None, ""
    if not found:
        found = _by_names(plain) or []
    if not found:
        return None, ""
    joined = ";".join(found)
    return joined, "" if joined == text else "code_writing"


def _coded(plain: str) -> list[str] | None:
    """Return the codes in a text, the finest of each branch, in their order; None where they cannot be right."""
    if _RANGE.search(plain):
        return None
    sections = [(place.start(), place[1]) for place in _SECTION.finditer(plain)]
    numbers = [(place.start(), (place[1] or "") + place[2]) for place in _CODE.finditer(plain)]
    codes = []
    for _, written in sorted(sections + numbers):
        code = normalise_industry_code(written)
        if code is None:
            return None
        codes.append(code)
    if not codes:
        return []
    finest = _finest(codes)
    rest = [part for part in re.split(r"[0-9A-T;；,，/|\s>→\-—–]+", plain) if part]
    for name in (_named(part) for part in (*rest, "".join(rest))):
        # A name beside the code must lie on the same branch: I65 医药制造业 is neither.
        if name is not None and not any(code.startswith(name) or name.startswith(code) for code in finest):
            return None
    return finest


def _by_names(plain: str) -> list[str] | None:
    for separator in (_PATH, _SEPARATORS):
        parts = [part for part in separator.split(plain) if part.strip()]
        codes = [_named(part) for part in parts]
        if parts and None not in codes:
            return _finest([code for code in codes if code is not None])
    return None


def _finest(codes: list[str]) -> list[str]:
    return [c for c in dict.fromkeys(codes) if not any(other != c and other.startswith(c) for other in codes)]


def _named(text: str) -> str | None:
    bare = _NOISE.sub("", text)
    names = industry_names()
    for own in (bare, _TAIL.sub("", bare), bare + "业"):
        if own in names:
            return names[own]
    return None


@cache
def industry_names() -> Mapping[str, str]:
    """Return code by name, without punctuation; of classes with one name the finest."""
    names: dict[str, str] = {}
    for file in ("industry_names.csv", "industry_classes.csv"):
        with (data_root() / "facts" / file).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                names[_NOISE.sub("", row["name"])] = row["code"]
    return names
