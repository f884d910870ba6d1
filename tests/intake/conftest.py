"""The corpus, made once per session; the option for longer mutation runs."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _builder() -> ModuleType:
    name = "build_intake_corpus"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def builder() -> ModuleType:
    return _builder()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, builder: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    builder.build(folder)
    return folder


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = tomllib.loads((corpus / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return files
