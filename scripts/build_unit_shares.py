"""Write ``data/facts/unit_shares.csv``: the share of the enterprises of a demonstration that lie in each service unit.

Half of the weight follows the legal units of the secondary and tertiary sector (2018), half the high-tech enterprises
(three districts are known, the rest of the city is spread like the legal units). The figures count the development
area with 密云, as one residual; :data:`AREA_SHARE_OF_RESIDUAL` divides it.

Run: ``python scripts/build_unit_shares.py``
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data"
CITY, BESIDE, AREA = "1100", "110118", "BDA"
AREA_SHARE_OF_RESIDUAL = 0.55
"""Of the legal units of 密云 and the development area, the part of the area: our assumption."""


def shares() -> pd.Series:
    """Return the shares by code; their sum is 1."""
    facts = pd.read_csv(DATA / "facts" / "district_figures.csv", dtype={"unit": str})
    census = facts[(facts["metric"] == "legal_units_secondary_tertiary") & (facts["year"] == 2018)]
    legal = census.set_index("unit")["value"].astype(float).drop(CITY)
    residual = legal.pop(f"{BESIDE}+{AREA}")
    legal[BESIDE], legal[AREA] = residual * (1 - AREA_SHARE_OF_RESIDUAL), residual * AREA_SHARE_OF_RESIDUAL
    high_tech = facts[facts["metric"] == "national_high_tech_enterprises"].sort_values("year").drop_duplicates("unit")
    known = high_tech.set_index("unit")["value"].astype(float)
    rest = known.pop(CITY) - known.sum()
    others = legal.drop(known.index)
    tech = pd.concat([known, others / others.sum() * rest])
    return ((legal / legal.sum() + (tech / tech.sum()).reindex(legal.index)) / 2).sort_index()


def main() -> None:
    """Write the file."""
    found = shares()
    rows = "".join(f"{code},{share!r}\n" for code, share in zip(found.index, found.tolist(), strict=True))
    (DATA / "facts" / "unit_shares.csv").write_text("unit,share\n" + rows, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
