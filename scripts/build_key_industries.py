"""Build ``data/key_industries/key_industries.csv`` from ``data/facts/key_industries.csv``.

Four lists: the ten industries of 2017, the "2441" list of 2021, and two that have names only: the nine areas of the
national strategic emerging industries (classification of 2018, unverified, first day left blank) and the draft of 2026.
The mapping to GB/T 4754-2017 codes and its confidence are this project's own judgement. A mapping of low confidence is
marked ``partial``: only part of the code belongs to the industry, so that membership needs judgement.

Run: ``python scripts/build_key_industries.py``
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data"
LISTS = {
    "2018": ("national-strategic-2018", ""),
    "2017": ("beijing-ten-2017", "2017-12-26"),
    "2021": ("beijing-2441-2021", "2021-01-01"),
    "2026": ("beijing-draft-2026", "2026-01-25"),
}


def main() -> None:
    """Write the lists, by year, industry and code."""
    facts = pd.read_csv(DATA / "facts" / "key_industries.csv", dtype=str, keep_default_na=False)
    table = pd.DataFrame(
        {
            "list_id": facts["year"].map(lambda year: LISTS[year][0]),
            "list_name": facts["list"],
            "year": facts["year"],
            "scope": "city",
            "industry": facts["industry"],
            "industry_zh": facts["industry_zh"],
            "code": facts["code"],
            "partial": (facts["confidence"] == "low").map({True: "true", False: "false"}),
            "confidence": facts["confidence"],
            "mapping_basis": facts["mapping_basis"],
            "valid_from": facts["year"].map(lambda year: LISTS[year][1]),
            "valid_to": "",
            "source": facts["source"],
            "source_kind": facts["source_kind"],
        }
    )
    out = DATA / "key_industries" / "key_industries.csv"
    out.parent.mkdir(exist_ok=True)
    table.sort_values(["list_id", "industry", "code"], kind="stable").to_csv(out, index=False, lineterminator="\n")
    print(f"{out}: {len(table)} rows, {table['list_id'].nunique()} lists")


if __name__ == "__main__":
    main()
