"""Build the documentation site: ``docs/`` and what the code says of itself, Chinese first, English beside it.

    python scripts/docs_site.py [TARGET]        into site/ by default; needs the extra ``docs``; asks no other host

The pages of ``docs/zh`` are the site's root, those of ``docs/en`` its folder ``en``; what builders read (``docs/*.md``)
stands in both under ``developers``. Made here: the reference of the library from the public faces and their docstrings,
the commands from their own help, the rules from the registry, the glossary, the list of documents. The site opens from
a folder, without a server.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import docs_pages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LANGUAGES = ("zh", "en")
WORKER = "https://unpkg.com/iframe-worker/shim"
_LINK = re.compile(r"(\]\()(?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?(\))")


def build(target: Path) -> Path:
    """Build the site into ``target`` and return it."""
    with tempfile.TemporaryDirectory(prefix="ipps-geo-site-") as folder:
        work = Path(folder)
        for lang in LANGUAGES:
            assemble(work / lang / "docs", lang)
            configuration = work / lang / "zensical.toml"
            configuration.write_text(configured(lang), encoding="utf-8")
            command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", configuration]
            subprocess.run(command, cwd=configuration.parent, check=True)
            keep_to_itself(work / lang / "site")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(work / "zh" / "site", target)
        shutil.copytree(work / "en" / "site", target / "en")
    return target


def assemble(folder: Path, lang: str) -> None:
    """Lay out the pages of one language: its own, those of builders, those that are made."""
    pages = {path: path.relative_to(DOCS / lang) for path in sorted((DOCS / lang).rglob("*.md"))}
    pages |= {path: Path("developers") / path.name for path in sorted(DOCS.glob("*.md"))}
    pages[DOCS / "decisions" / "README.md"] = Path("developers/decisions.md")
    pages[ROOT / "CHANGELOG.md"] = Path("developers/changelog.md")
    shutil.copytree(DOCS / "images", folder / "images")
    shutil.copytree(DOCS / "site", folder / "site")
    for source, place in pages.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_linked(source, place, pages, lang), encoding="utf-8")
    for place, text in docs_pages.made(lang).items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _linked(source: Path, place: Path, pages: Mapping[Path, Path], lang: str) -> str:
    """Return a page whose links lead to where its targets stand in the site; files that are no pages become words."""
    up = "../" * (len(place.parts) - 1)

    def moved(match: re.Match[str]) -> str:
        opening, link, anchor, closing = match.groups()
        found = (source.parent / link).resolve()
        if found in pages:
            return f"{opening}{up}{pages[found].as_posix()}{anchor or ''}{closing}"
        if found.is_relative_to(DOCS / "images"):
            return f"{opening}{up}{found.relative_to(DOCS).as_posix()}{closing}"
        other = "en" if lang == "zh" else "zh"
        if found.is_relative_to(DOCS / other) and found.suffix == ".md":
            page = found.relative_to(DOCS / other).with_suffix(".html").as_posix()
            return f"{opening}{up}{'en/' if lang == 'zh' else '../'}{page}{closing}"
        if link.removesuffix(".md") in docs_pages.MADE:
            return f"{opening}{up}{link}{anchor or ''}{closing}"
        return f"{opening}#{closing}"

    text = _LINK.sub(moved, source.read_text(encoding="utf-8"))
    return with_formulas(re.sub(r"\[([^\]]+)\]\(#\)", r"\1", text))


def with_formulas(text: str) -> str:
    """Return a page with its formulas (fences named ``math``, and words between dollar and backtick) as MathML."""
    from latex2mathml.converter import convert

    text = re.sub(r"^```math\n(.*?)\n```$", lambda found: convert(found[1], display="block"), text, flags=re.M | re.S)
    return re.sub(r"\$`([^`]+)`\$", lambda found: f"<span>{convert(found[1])}</span>", text)


def keep_to_itself(site: Path) -> None:
    """Let every page load what it needs from the site itself.

    Search runs in a worker, which a browser allows a page from a folder only by a stand-in; the theme asks another host
    for it, the copy in ``docs/site`` is the same.
    """
    for page in site.rglob("*.html"):
        up = "../" * (len(page.relative_to(site).parts) - 1)
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(WORKER, f"{up}site/iframe-worker.js"), encoding="utf-8")


def configured(lang: str) -> str:
    """Return the configuration of one language: its menu from ``docs/site/menu.toml``, nothing from other hosts."""
    menu = tomllib.loads((DOCS / "site" / "menu.toml").read_text(encoding="utf-8"))
    entries = ",\n".join(
        f'  {{ "{section[lang]}" = [{", ".join(_entry(page, lang) for page in section["pages"])}] }}'
        if len(section["pages"]) > 1
        else f"  {_entry(section['pages'][0], lang)}"
        for section in menu["section"]
    )
    template = (DOCS / "site" / "zensical.toml").read_text(encoding="utf-8")
    names = menu["name"]
    return (
        template.replace("@NAME@", names[lang])
        .replace("@LANGUAGE@", lang)
        .replace("@OTHER_LABEL@", names["switch_to_en" if lang == "zh" else "switch_to_zh"])
        .replace("@OTHER_LINK@", "./en/index.html" if lang == "zh" else "../index.html")
        .replace("@PACKAGE@", str(ROOT))
        .replace("@MENU@", entries)
    )


def _entry(page: Mapping[str, str], lang: str) -> str:
    if page["file"] != "reference/index.md":
        return f'{{ "{page[lang]}" = "{page["file"]}" }}'
    rooms = ", ".join(f'"{file}"' for file in docs_pages.reference(lang))
    return f'{{ "{page[lang]}" = [{rooms}] }}'


def main() -> None:
    """Do what the arguments say."""
    match sys.argv[1:]:
        case []:
            print(build(ROOT / "site"))
        case [target] if not target.startswith("-"):
            print(build(Path(target).resolve()))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
