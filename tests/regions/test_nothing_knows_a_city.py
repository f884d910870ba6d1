"""No module knows a city: names, codes and reference systems of one stand in data, or in an example of a docstring."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import ipps_geo

PACKAGE = Path(ipps_geo.__file__).parent
MODULES = sorted([*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "apps").rglob("*.py")])
CITY = re.compile(
    r"beijing|yizhuang|北京|亦庄|海淀|中关村|\bBDA\b|(?<!\d)11\d{4}(?![\d.])|(?<!\d)(?:4548|4527|32650)(?!\d)",
    re.IGNORECASE,
)


def said(path: Path) -> list[str]:
    """Return the constants and names of a module, without its docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told:
            found.append(str(node.value))
        found += [
            value for name in ("id", "arg", "name", "attr") if isinstance(value := getattr(node, name, None), str)
        ]
    return found


@pytest.mark.parametrize("root", [PACKAGE, PACKAGE.parent / "apps"], ids=["package", "apps"])
def test_no_module_holds_a_name_a_code_or_a_grid_of_a_city(root):
    modules = [path for path in MODULES if path.is_relative_to(root)]
    knows = [f"{path.relative_to(root)}: {text[:60]}" for path in modules for text in said(path) if CITY.search(text)]
    assert knows == []
    assert len(modules) > 10 or not root.is_dir()


def test_the_search_finds_what_it_looks_for(tmp_path):
    (tmp_path / "a.py").write_text(
        '"""Beijing."""\nIN_BEIJING = 1\nx = {"110108": "a"}\ny = "EPSG:4548"\nz = "x北京y"\n'
    )
    assert len([text for text in said(tmp_path / "a.py") if CITY.search(text)]) == 4
