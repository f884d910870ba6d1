"""The catalogue of faults: every code raised has its sentence and advice in both languages, with the same values."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

import ipps_geo
from ipps_geo import errors
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.messages import error_message

ROOT = Path(ipps_geo.__file__).parent
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and kind.__module__ == errors.__name__}


def faults(lang):
    flat = {}

    def walk(node, prefix):
        for key, entry in node.items():
            if isinstance(entry, dict):
                walk(entry, f"{prefix}{key}.")
            else:
                flat[f"{prefix}{key}"] = entry

    walk(tomllib.loads((ROOT / f"report/words/locales/{lang}/faults.toml").read_text(encoding="utf-8")), "")
    return flat


def names(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def raised():
    """Every (place, code, names of the values) that the package raises or says as a clause, read from its text."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            kind = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            code = node.args[0].value
            if kind in KINDS and isinstance(code, str) and CODE.fullmatch(code):
                given = {word.arg for word in node.keywords} - {"where"}
                yield f"{path.relative_to(ROOT)}:{node.lineno}", kind, code, given


def test_both_languages_say_the_same_codes_with_the_same_values():
    english, chinese = faults("en"), faults("zh")
    assert set(english) == set(chinese)
    assert {key: names(text) for key, text in english.items()} == {key: names(text) for key, text in chinese.items()}


def test_every_code_that_is_raised_is_told_with_the_values_that_it_has():
    told = faults("en")
    wrong = {}
    for place, kind, code, given in raised():
        texts = [told[key] for part in ("message", "advice") if (key := f"{code}.{part}") in told]
        if not texts:
            wrong[place] = f"{code} has no sentence"
        elif kind != "Message" and None not in given and not set().union(*map(names, texts)) <= given:
            wrong[place] = f"{code} needs {set().union(*map(names, texts))}, has {given}"
    assert wrong == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_clause_inside_an_error_is_told_in_the_readers_language(lang):
    clause = errors.Message("argument.not_a_day", {"text": "x"})
    assert catalogue(lang).value((clause, clause)).count("x") == 2
    assert "YYYY" not in error_message(errors.BadInput("argument.not_a_day", where="--on", text="x"), lang)
