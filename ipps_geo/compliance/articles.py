"""The modules of the rules, in the order of the articles."""

from __future__ import annotations

import importlib

MODULES = ("article_04", "article_04_place", "article_07_roster")


def load() -> None:
    """Import every module that registers rules; in order, so that findings follow the Measure."""
    for name in MODULES:
        importlib.import_module(f"ipps_geo.compliance.{name}")
