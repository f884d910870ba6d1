"""What is installed is written down: the lock holds the versions of the constraints, each with hashes, and no index."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "scripts" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_is_of_the_constraints_with_a_hash_for_each(lock: ModuleType) -> None:
    text = lock.LOCK.read_text(encoding="utf-8")
    locked = lock.entries(text)
    assert locked == lock.entries(lock.CONSTRAINTS.read_text(encoding="utf-8"))
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "://" not in text


def test_everything_that_is_asked_for_is_locked_within_its_range(lock: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    versions: dict[str, set[str]] = {}
    for name, version, _ in lock.entries(lock.CONSTRAINTS.read_text(encoding="utf-8")):
        versions.setdefault(canonicalize_name(name), set()).add(version)
    for line in asked:
        wanted = Requirement(line)
        if wanted.name == project["name"]:  # an extra that takes in another one
            assert wanted.extras <= set(project["optional-dependencies"]), line
            continue
        found = versions.get(canonicalize_name(wanted.name), set())
        assert found, f"{line}: run scripts/lock.py"
        assert any(wanted.specifier.contains(version, prereleases=True) for version in found), line


def test_every_locked_package_states_its_licence(lock: ModuleType) -> None:
    listed = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    for name, version, _ in lock.entries(lock.CONSTRAINTS.read_text(encoding="utf-8")):
        assert f"| {name} | {version} |" in listed, f"{name}: run scripts/licences.py"
