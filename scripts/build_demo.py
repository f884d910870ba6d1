"""Build ``data/demo``: 30,000 synthetic enterprises, the demonstration network, and what is wrong with it on purpose.

Run after the other build scripts: ``python scripts/build_demo.py``
"""

from __future__ import annotations

from ipps_geo.settings import data_root
from ipps_geo.workspace.demo import generate_demo
from ipps_geo.workspace.planted import planted_text
from ipps_geo.workspace.save import write_table

ENTERPRISES, SEED = 30_000, 7


def main() -> None:
    """Write the synthetic tables and the manifest of planted failures."""
    folder = data_root() / "demo"
    folder.mkdir(exist_ok=True)
    workspace = generate_demo(ENTERPRISES, SEED)
    synthetic = workspace.institutions["data_class"] == "synthetic"
    tables = {
        "enterprises.parquet": workspace.enterprises,
        "institutions.geojson": workspace.institutions[synthetic],
        "rosters.csv": workspace.rosters,
        "applications.geojson": workspace.applications,
        "evaluations.csv": workspace.evaluations,
        "staff.csv": workspace.staff,
    }
    for file, table in tables.items():
        write_table(table, folder / file)
        print(f"{folder / file}: {len(table)} rows, {(folder / file).stat().st_size:,} bytes")
    (folder / "planted.toml").write_text(planted_text(workspace.planted), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
