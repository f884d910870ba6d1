"""Remove outputs and run counts from the notebooks, so that what is committed is what was written.

Usage: ``python scripts/strip_notebooks.py [--check] [FILE ...]``; without files every notebook of ``notebooks/``.
With ``--check`` nothing is written and the exit code is 1 when a notebook still carries outputs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a notebook (nbformat 4) without outputs, run counts and what a front end remembers of cells."""
    cells = []
    for cell in notebook["cells"]:
        kept = {name: value for name, value in cell.items() if name != "metadata"} | {"metadata": {}}
        if cell["cell_type"] == "code":
            kept |= {"outputs": [], "execution_count": None}
        cells.append(kept)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {**notebook, "cells": cells, "metadata": metadata}


def as_text(notebook: dict[str, Any]) -> str:
    """Return the text of a notebook as it is committed: sorted keys, Chinese readable, a newline at the end."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Strip the named notebooks, or only look when asked to ``--check``."""
    check = "--check" in arguments
    files = [Path(name) for name in arguments if name != "--check"] or sorted(NOTEBOOKS.glob("*.ipynb"))
    dirty = 0
    for file in files:
        before = file.read_text(encoding="utf-8")
        after = as_text(stripped(json.loads(before)))
        if before == after:
            continue
        dirty += 1
        print(f"{file.name}: {'carries outputs' if check else 'stripped'}", file=sys.stderr)
        if not check:
            file.write_text(after, encoding="utf-8")
    return int(check and dirty > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
