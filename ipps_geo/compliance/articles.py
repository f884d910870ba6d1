"""The modules of the rules, in the order of the articles."""

from __future__ import annotations

import importlib

MODULES = (
    "article_02",
    "article_04",
    "article_04_place",
    "article_05",
    "article_06",
    "article_07_applicant",
    "article_07_roster",
    "article_07_need",
    "article_08",
    "article_09",
    "article_13",
    "article_18",
    "article_19",
    "article_20",
    "article_25",
    "data_quality",
    "policy_values",
)


def load() -> None:
    """Import every module that registers rules; in order, so that findings follow the Measure."""
    for name in MODULES:
        importlib.import_module(f"ipps_geo.compliance.{name}")
