"""docs/en/rules.md is what the registry says today."""

from __future__ import annotations

from pathlib import Path

from ipps_geo.compliance.documentation import ARTICLES, main, render
from ipps_geo.compliance.registry import all_rules

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "en" / "rules.md"


def test_the_document_is_current() -> None:
    command = "python -m ipps_geo.compliance.documentation docs/en/rules.md"
    assert DOCUMENT.read_text(encoding="utf-8") == render(), command


def test_all_25_articles_and_every_rule_are_in_it(tmp_path: Path) -> None:
    main([str(tmp_path / "rules.md")])
    text = (tmp_path / "rules.md").read_text(encoding="utf-8")
    assert list(ARTICLES) == list(range(1, 26))
    for rule in all_rules():
        assert f"### {rule.rule_id} (Art. {rule.article})" in text
        assert rule.fails_when in text
