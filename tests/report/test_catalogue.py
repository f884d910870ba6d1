"""Both languages say the same things: equal keys, equal placeholders, a word for every code."""

from __future__ import annotations

import ast
import enum
import inspect
import re
import string
import tomllib
from pathlib import Path

import pytest

import ipps_geo.report
from ipps_geo import vocabulary
from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.report.words.catalogue import DASH, LANGUAGES, catalogue
from ipps_geo.settings import MANIFEST, data_root


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_keys_are_equal():
    assert catalogue("zh").entries.keys() == catalogue("en").entries.keys()


def test_placeholders_are_equal_and_no_text_is_blank():
    zh, en = (catalogue(lang).entries for lang in LANGUAGES)
    assert [key for key in zh if placeholders(zh[key]) != placeholders(en[key])] == []
    assert [key for key in zh if not zh[key].strip() or not en[key].strip()] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_member_of_the_vocabulary_has_a_word(lang):
    words = catalogue(lang)
    kinds = [
        kind
        for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
        if issubclass(kind, enum.Enum) and kind.__module__ == vocabulary.__name__
    ]
    assert len(kinds) > 10
    missing = [
        f"{kind.__name__}.{member}" for kind in kinds for member in kind if not words.has(f"{kind.__name__}.{member}")
    ]
    assert missing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_of_every_table_has_a_header(lang):
    words = catalogue(lang)
    names = {name for table in TABLES.values() for name in table.columns}
    assert [name for name in sorted(names) if not words.has(f"column.{name}")] == []


def test_chinese_headers_agree_with_the_templates_that_planners_fill_in():
    words = catalogue("zh")
    kept_general = {"code", "name_zh", "kind", "name", "year", "holder_id", "geometry"}  # one word for several tables
    for table in TABLES.values():
        for name, column in table.columns.items():
            if name in kept_general:
                continue
            assert words.column(name).split("（")[0] == column.zh.split("（")[0], f"{table.name}.{name}"


def test_every_key_that_the_code_asks_for_exists():
    words = catalogue("zh")
    asked: set[str] = set()
    for path in Path(ipps_geo.report.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            first = node.args[0]
            if node.func.attr == "text" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                asked.add(first.value)
            if node.func.attr == "column" and isinstance(first, ast.Constant):
                asked.add(f"column.{first.value}")
    assert len(asked) > 60
    assert sorted(asked - words.entries.keys()) == []


def test_nothing_is_ever_approved():
    refused = re.compile(r"批准|审批通过|予以通过|\bapproved?\b|\bapproval\b", re.IGNORECASE)
    for lang in LANGUAGES:
        assert [key for key, text in catalogue(lang).entries.items() if refused.search(text)] == []


def test_values_are_written_for_people():
    words = catalogue("zh")
    assert words.value(None) == DASH
    assert words.value(float("nan")) == DASH
    assert words.value(value=True) == "是"
    assert words.value(1234) == "1,234"
    assert words.value(("甲", "乙")) == "甲、乙"
    assert words.share(3, 5) == "60.0%"
    assert words.share(3, 0) == DASH


def test_an_unknown_language_is_bad_input():
    with pytest.raises(BadInput, match="no catalogue"):
        catalogue("fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_of_siting_has_a_sentence(lang):
    from ipps_geo.siting.choices.closed_sites import CLOSED_REASONS
    from ipps_geo.siting.choices.explain import UNCOVERED_REASONS

    words = catalogue(lang)
    asked = [f"ClosedReason.{code}" for code in CLOSED_REASONS] + [
        f"UncoveredReason.{code}" for code in UNCOVERED_REASONS
    ]
    assert [key for key in asked if not words.has(key)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_finding_has_a_sentence_that_names_only_what_it_carries(lang):
    from ipps_geo.compliance import CODES, all_rules
    from ipps_geo.policy.model import READINGS

    words = catalogue(lang)
    always = {"measured", "required", "margin", "subject", "unit", "missing", "rule"}
    assert [code for code in CODES if not words.has(f"finding.{code}")] == []
    assert [
        key for key in words.entries if key.startswith("finding.") and key.removeprefix("finding.") not in CODES
    ] == []
    beyond = {
        code: placeholders(words.entries[f"finding.{code}"]) - always - set(told.params) for code, told in CODES.items()
    }
    assert {code: names for code, names in beyond.items() if names} == {}
    assert [rule.rule_id for rule in all_rules() if not words.has(f"Rule.{rule.rule_id}")] == []
    readings = [f"Reading.{name}.{option}" for name, options in READINGS.items() for option in options]
    assert [key for key in readings if not words.has(key)] == []


def test_what_the_manifest_says_of_the_embedded_files_is_said_in_chinese_too():
    listed = tomllib.loads((data_root() / MANIFEST).read_text(encoding="utf-8"))["file"]
    told = {entry[name] for entry in listed for name in ("publisher", "licence", "how")}
    assert [text for text in sorted(told) if not catalogue("zh").has(f"SourceText.{text}")] == []
