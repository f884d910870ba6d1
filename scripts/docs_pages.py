"""The pages of the site that are made from the code: reference, commands, rules, glossary, documents."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ipps_geo"
MADE = ("commands", "documents", "glossary", "reference/index", "rules")
WORDS: Mapping[str, Any] = tomllib.loads((ROOT / "docs" / "site" / "words.toml").read_text(encoding="utf-8"))
"""What the made pages say around what they list."""


def made(lang: str) -> dict[str, str]:
    """Return the pages of one language by their file."""
    return {
        "commands.md": commands(lang),
        "documents.md": documents(lang),
        "glossary.md": glossary(lang),
        "rules.md": rules(lang),
        **reference(lang),
    }


def reference(lang: str) -> dict[str, str]:
    """Return a page per package with a public face, and their list: each name where it is defined."""
    pages, listed = {}, []
    for stub in sorted(PACKAGE.glob("*/__init__.pyi")):
        room = stub.parent.name
        names = [line.split() for line in stub.read_text(encoding="utf-8").splitlines() if line.startswith("from .")]
        text = [f"# ipps_geo.{room}\n", inspect.cleandoc(_docstring(stub.with_suffix(".py"))), ""]
        modules = [words[3] for words in names if words[1] == "."]
        if modules:
            text.append(", ".join(f"`{name}`" for name in modules) + "\n")
        for words in names:
            target = f"ipps_geo.{room}.{words[3]}" if words[1] == "." else f"ipps_geo.{room}{words[1]}.{words[3]}"
            text.append(f"::: {target}\n")
        pages[f"reference/{room}.md"] = "\n".join(text)
        listed.append(f"- [`ipps_geo.{room}`]({room}.md): {_docstring(stub.with_suffix('.py')).splitlines()[0]}")
    return {"reference/index.md": WORDS[lang]["reference"] + "\n" + "\n".join(listed) + "\n", **pages}


def _docstring(path: Path) -> str:
    import ast

    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def commands(lang: str) -> str:
    """Return every command with its options, as its help has them."""
    import typer

    from ipps_geo.cli import app

    program: Any = typer.main.get_command(app)
    parts = [str(WORDS[lang]["commands"])]
    for name, command in program.commands.items():
        parts += [f"## ipps-geo {name}\n", f"{_side(command.help or '', lang)}\n"]
        rows = [
            (
                ", ".join(f"`{option}`" for option in parameter.opts),
                _side(getattr(parameter, "help", "") or "", lang),
                "" if _nothing(parameter.default) else f"`{_plain(parameter.default)}`",
            )
            for parameter in command.params
            if parameter.name != "help"
        ]
        parts += [*table(WORDS[lang]["option"], rows), ""]
    return "\n".join(parts)


def _nothing(default: object) -> bool:
    return default is None or default is False or default == () or callable(default) or "UNSET" in repr(default).upper()


def _plain(default: Any) -> str:
    return str(getattr(default, "value", default))


def _side(text: str, lang: str) -> str:
    """Return the Chinese or the English half of a help text, which are parted by a middle dot."""
    zh, dot, en = " ".join(text.split()).partition("· ")
    return zh.strip() if lang == "zh" or not dot else en.strip()


def documents(lang: str) -> str:
    """Return the keys of every JSON document."""
    from ipps_geo.results.schemas import VERSIONS, schema, stated

    parts = [str(WORDS[lang]["documents"])]
    for kind in VERSIONS:
        told = schema(kind)
        rows = [(f"`{key}`", _type(value), value.get("description", "")) for key, value in told["properties"].items()]
        parts += [
            f"## {stated(kind)['schema']}\n",
            f"{told['description']}\n",
            *table(WORDS[lang]["document"], rows),
            "",
        ]
    return "\n".join(parts)


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).removeprefix("#/$defs/")
    if "const" in value or "enum" in value:
        return f"`{json.dumps(value.get('const', value.get('enum')), ensure_ascii=False)}`"
    kind = value.get("type", "")
    return ", ".join(kind) if isinstance(kind, list) else str(kind)


def glossary(lang: str) -> str:
    """Return the terms of ``docs/glossary.toml`` side by side."""
    terms = tomllib.loads((ROOT / "docs" / "glossary.toml").read_text(encoding="utf-8"))["term"]
    rows = [
        (term["zh"], term["en"], f"`{term['name']}`" if term.get("name") else "", term[f"meaning_{lang}"])
        for term in terms
    ]
    return "\n".join([str(WORDS[lang]["glossary"]), *table(WORDS[lang]["term"], rows), ""])


def rules(lang: str) -> str:
    """Return the rules: in English as ``docs/en/rules.md`` has them, in Chinese from the catalogue."""
    if lang == "en":
        return (ROOT / "docs" / "en" / "rules.md").read_text(encoding="utf-8")
    from docs_rules import render

    return render()


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a table in Markdown."""
    heads = list(head)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
