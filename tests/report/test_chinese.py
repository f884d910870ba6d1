"""What a Chinese reader sees holds no English sentence: every error raised, every finding of the policy cases."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import ipps_geo
from ipps_geo import errors
from ipps_geo.compliance import CODES
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.messages import sentence
from ipps_geo.report.words.naming import Names
from ipps_geo.report.words.wording import (
    evidence_lines,
    finding_sentence,
    missing_words,
    other_readings,
    reading_words,
    rule_title,
)
from tests.compliance.test_cases import CASES, _found

ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
ROOT = Path(ipps_geo.__file__).parent
ZH = catalogue("zh")
# Names that are the same in every language: programs, formats, systems, and what is typed as it stands.
SAME = re.compile(
    r"ipps-geo check 文件 --table rosters|ipps-geo|assess-site|beijing-(draft|2022-154)|--[a-z-]+|objective='\w+'"
    r"|\[+\w+\]+|\w+_\w+|\.?\w*\.(txt|toml|xlsx?|csv|gpkg|geojson|parquet|png|svg|pdf)\b"
    r"|pip install \S+|apt-get install \S+|\{ from = day, value = ... \}"
    r"|\b(all|allowed|bicycle|budget|car|data_date|dated|false|from|geometry|limit|min|name|placed|planted|reached)\b"
    r"|\b(target|true|unknown|value|verified|walk|yes|zip)\b"
    r"|gcj02|wgs84|bd09|cgcs2000|scipy|pyosmium|typst|OpenStreetMap|GeoPackage|Streamlit|Debian|Excel|Reach|Web"
    r"|Noto Sans CJK SC|EPSG:nnnn|\b[0-9A-Z]{18}\b|\b[A-Z][A-Z0-9-]{1,}\b"
)
BUILT = {"7 error7: 7", "no file for the table7 7"}
"""Sentences with a plural: 7 in the place of an s makes no sentence; both forms have their own words."""


def written(node: ast.expr) -> list[str]:
    """Return the sentences that a literal, or a choice of literals, can be; 7 stands for every parameter."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return written(node.body) + written(node.orelse)
    return []


def raised() -> Iterator[tuple[str, str]]:
    """Every (place, sentence) that the package raises as an error: messages and advice."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = (
                getattr(node.func, "id", None) or getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
            )
            if isinstance(node, ast.Call) and name in ERRORS:
                told = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "advice")]
                for text in (text for part in told for text in written(part)):
                    if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", text):
                        continue  # a code: its sentences are held by test_faults
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def english(text: str) -> list[str]:
    """Return the English words that are left in a Chinese sentence."""
    return re.findall(r"[A-Za-z]{3,}", SAME.sub("", text))


def test_every_error_is_told_in_chinese() -> None:
    told = {text: (place, sentence(text)) for place, text in raised() if english(text) and text not in BUILT}
    assert len(told) > 0
    assert {text: (place, found) for text, (place, found) in told.items() if english(found)} == {}


def test_every_finding_code_has_a_sentence_of_its_own() -> None:
    assert [code for code in CODES if not ZH.has(f"finding.{code}")] == []


def test_every_finding_of_the_policy_cases_is_told_in_chinese() -> None:
    names = Names(ZH, {"BDA": "亦庄"}, {})
    left: dict[str, str] = {}
    for position in range(len(CASES)):
        for finding in _found(position).values():
            lines = [
                finding_sentence(ZH, finding, names),
                rule_title(ZH, finding.rule),
                missing_words(ZH, finding.missing),
                reading_words(ZH, finding.reading),
                other_readings(ZH, finding),
                *evidence_lines(ZH, finding, names),
            ]
            left.update((finding.code, line) for line in lines if english(line))
    assert left == {}
