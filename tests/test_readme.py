"""What README and documents point at exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    # What scripts/docs_site.py makes stands beside the pages of a language, in the site alone.
    made = {"commands.md", "documents.md", "glossary.md", "rules.md", "reference/index.md"}
    own = page.parent.name in ("zh", "en")
    assert [link for link in links if not (page.parent / link).exists() and not (own and link in made)] == []


def test_the_commands_of_the_readme_are_those_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in re.findall(r"make (\w+)", readme))
    assert "pytest -n 2 --dist worksteal" in makefile
    assert "pytest -n 2 --dist worksteal" in readme
