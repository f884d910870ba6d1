"""Write ``docs/licences.md``: the licence of every locked package, read from the packages that are installed.

python scripts/licences.py
"""

from __future__ import annotations

import importlib.metadata

from lock import CONSTRAINTS, ROOT, entries

TARGET = ROOT / "docs" / "licences.md"
HEAD = """# Licences of the dependencies

Written by `scripts/licences.py` from the metadata of the packages; the versions are those of `constraints.txt`. Code of
this project: MIT. Data: `data/sources.toml`.

| package | version | licence | where from |
|---|---|---|---|
"""
ELSEWHERE = "stated by the package; it is not installed on the platform where this list was written"
_PREFIX = "License :: OSI Approved :: "


def licence_of(name: str) -> tuple[str, str]:
    """Return (licence, where it is stated) of an installed package; ("", "") of one that is not installed."""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return "", ""
    if told.get("License-Expression"):
        return told["License-Expression"], "expression"
    classes = [line for line in told.get_all("Classifier", []) if line.startswith("License ::")]
    named = [line.removeprefix(_PREFIX).removeprefix("License :: ") for line in classes if line != _PREFIX.rstrip(" :")]
    if named:
        return "; ".join(named), "classifier"
    text = (told.get("License") or "").strip().splitlines()
    return (text[0][:80], "field") if text else ("not stated in its metadata", "-")


def table() -> str:
    """Return the list as Markdown."""
    rows = {}
    for name, version, marker in entries(CONSTRAINTS.read_text(encoding="utf-8")):
        licence, place = licence_of(name)
        rows[name, version] = (licence or ELSEWHERE, place or (marker or "-"))
    lines = [
        f"| {name} | {version} | {licence.replace('|', '/')} | {place.replace('|', '/')} |"
        for (name, version), (licence, place) in sorted(rows.items())
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8", newline="\n")
