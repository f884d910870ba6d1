"""The corpus, made once per session; the option for longer mutation runs."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _script(name: str) -> ModuleType:
    folder = str(ROOT / "scripts")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """The plain tables that the corpus is made from."""
    return _script("intake_corpus.cases")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    _script("build_intake_corpus").build(folder)
    return folder


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = tomllib.loads((corpus / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return files
