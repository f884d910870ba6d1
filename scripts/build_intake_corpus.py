"""Make the corpus of good and bad files that intake is tested with: ``python scripts/build_intake_corpus.py DIR``.

Everything is generated from a fixed seed by ``intake_corpus`` beside this file (no file of anybody else is in it; MIT
like the rest). Beside the files stands ``manifest.toml``: per file what is expected (``accept``, ``reject`` or
``partial``), the codes of the problems that must be named, and whether an error must name a row, feature or column.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from intake_corpus.cases import Case, Corpus
from intake_corpus.databases import databases
from intake_corpus.foreign import foreign
from intake_corpus.layers import archives, geojson
from intake_corpus.oddities import ODDITIES
from intake_corpus.texts import cells, encodings, shapes_of_text
from intake_corpus.workbooks import workbooks


def build(folder: Path) -> list[Case]:
    """Write the corpus and its manifest into ``folder`` and return the cases."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(folder)
    for make in (encodings, shapes_of_text, cells, workbooks, geojson, archives, databases, foreign, *ODDITIES):
        make(corpus)
    lines = ["# Written by scripts/build_intake_corpus.py; every file is generated, MIT"]
    for case in corpus.cases:
        lines += ["", "[[file]]", f"name = {json.dumps(case.file, ensure_ascii=False)}", f'expect = "{case.expect}"']
        lines += [f"codes = {json.dumps(list(case.codes))}", f"located = {str(case.located).lower()}"]
        lines += [f'table = "{case.table}"']
        lines += [
            f"{key} = {value}" for key, value in (("rows", case.rows), ("rejected", case.rejected)) if value is not None
        ]
        if case.why:
            lines += [f"why = {json.dumps(case.why, ensure_ascii=False)}"]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return corpus.cases


if __name__ == "__main__":
    print(f"{len(build(Path(sys.argv[1])))} files")
