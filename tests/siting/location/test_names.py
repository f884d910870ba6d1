"""The table of names: every model of the face stands in it, in both languages, and every model of spopt has a row."""

import inspect
import re
from pathlib import Path

import pytest

from ipps_geo.siting import location

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_knows_spopt_finds_each_model(lang):
    text = (ROOT / f"docs/{lang}/methods.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("|") and line.count("|") == 5]
    table = [[cell.strip() for cell in row[1:5]] for row in rows]
    named = {name for row in table for name in re.findall(r"`([a-z_]+)", row[3]) if hasattr(location, name)}
    assert named == set(dir(location))
    theirs = {name for row in table for name in re.findall(r"`([A-Za-z]+)`", row[0])}
    assert theirs >= {"LSCP", "LSCPB", "MCLP", "PMedian", "KNearestPMedian", "PCenter", "PDispersion"}


@pytest.mark.parametrize("name", dir(location))
def test_each_model_takes_what_all_take_and_says_where_it_comes_from(name):
    model = getattr(location, name)
    assert {"required_sites", "forbidden_sites", "time_limit_s", "gap", "work_limit", "progress", "should_stop"} <= set(
        inspect.signature(model).parameters
    )
    assert re.search(r"\b(19|20)\d\d\b", inspect.getmodule(model).__doc__)
    assert ">>> " in model.__doc__
