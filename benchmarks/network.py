"""How long reach along streets takes: snapping, the many-to-many search and assembly of the sparse ``Reach`` included.

``python -m benchmarks.network`` prints a table; ``--out docs/benchmarks.md`` writes it between its markers there. The
streets of Beijing are no part of the project: they are looked for in the folder that ``IPPS_GEO_REFERENCE`` names, then
in ``data/network`` of the folders beside the checkout, and their rows are left out where they are absent. Each row runs
in a process of its own, kernels warm.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.orlib import reference_places
from benchmarks.siting import machine
from ipps_geo.reach.street_files import read_streets
from ipps_geo.reach.street_search import street_reach
from ipps_geo.reach.streets import StreetNetwork, street_network

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- networks: start -->", "<!-- networks: end -->"
ROWS = {
    "beijing-1.2km": (1_000, 100_000, 1_200.0, "under 2 s"),
    "beijing-6km": (1_000, 100_000, 6_000.0, "under 6 s"),
    "grid-1M-10km": (2_000, 100_000, 10_000.0, "under 60 s, 4 GB"),
}
GRID_SIDE, GRID_SPACING_M = 1_000, 100.0


def reference() -> Path | None:
    """Return the folder of the reference networks, or ``None`` where there is none."""
    return next((place for place in reference_places("network") if (place / "roads_nodes.csv").exists()), None)


def beijing() -> StreetNetwork:
    """Return the streets of Beijing inside the fifth ring: 27,267 nodes, 60,810 directed edges."""
    folder = reference()
    if folder is None:
        raise SystemExit("no street files: set IPPS_GEO_REFERENCE")
    return read_streets(folder / "roads_nodes.csv", edges=folder / "roads_edges.csv", mode="car")


def grid(seed: int = 0) -> StreetNetwork:
    """Return a network like a grid: a million nodes 100 m apart, shifted at random, a tenth of the streets missing."""
    rng = np.random.default_rng(seed)
    number = np.arange(GRID_SIDE * GRID_SIDE).reshape(GRID_SIDE, GRID_SIDE)
    x, y = np.meshgrid(np.arange(GRID_SIDE), np.arange(GRID_SIDE), indexing="ij")
    xy = np.column_stack([x.ravel(), y.ravel()]) * GRID_SPACING_M + rng.uniform(-25, 25, (number.size, 2))
    tail = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    head = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    kept = rng.random(len(tail)) > 0.1
    return street_network(np.arange(number.size), xy, tail[kept], head[kept])


def scattered(network: StreetNetwork, n: int, seed: int) -> NDArray[np.float64]:
    """Return points near nodes of the network, up to about 60 m off, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    return network.node_xy[rng.integers(0, network.n_nodes, n)] + rng.normal(0, 40, (n, 2))


def measure(row: str) -> dict[str, float]:
    """Return seconds, CPU seconds, peak MB of the process, pairs and unsnapped points of one row."""
    n_sites, n_demand, limit_m, _ = ROWS[row]
    network = beijing() if row.startswith("beijing") else grid()
    demand, sites = scattered(network, n_demand, 1), scattered(network, n_sites, 2)
    street_reach(network, demand[:10], sites[:2], 500.0)  # kernels are compiled or loaded before the clock starts
    before_mb = _peak_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    found = street_reach(network, demand, sites, limit_m)
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": _peak_mb(),
        "before_mb": before_mb,
        "nodes": network.n_nodes,
        "pairs": found.reach.pairs.nnz,
        "unsnapped": len(found.demand.unsnapped) + len(found.sites.unsnapped),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_child(row: str) -> dict[str, float]:
    """Measure one row in a process of its own, so that its peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.network", "--child", row],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def table(rows: list[str]) -> list[str]:
    """Return the lines of the section."""
    lines = [
        "## Networks",
        "",
        (
            f"Measured on {dt.datetime.now().astimezone().date()}: {machine()}, other work on the same machine (compare"
            " CPU seconds). Snapping, search and assembly of the sparse reach included; one thread; kernels warm."
            " Command: `python -m benchmarks.network --out docs/benchmarks.md`."
        ),
        "",
        "| row | nodes | sites | enterprises | pairs | wall s | CPU s | peak MB | must |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row.startswith("beijing") and reference() is None:
            print(f"{row}: no street files, left out", file=sys.stderr)
            continue
        n_sites, n_demand, _, must = ROWS[row]
        run = in_a_child(row)
        lines.append(
            f"| {row} | {run['nodes']:,.0f} | {n_sites:,} | {n_demand:,} | {run['pairs']:,.0f} | {run['seconds']:.2f} |"
            f" {run['cpu_s']:.2f} | {run['peak_mb']:,.0f} | {must} |"
        )
        print(lines[-1], file=sys.stderr)
    return lines


def write_section(path: Path, lines: list[str]) -> None:
    """Replace the lines between this section's markers, or append the section."""
    text = path.read_text("utf-8") if path.is_file() else ""
    section = "\n".join([START, *lines, END])
    if START in text and END in text:
        text = text[: text.index(START)] + section + text[text.index(END) + len(END) :]
    else:
        text = text.rstrip("\n") + "\n\n" + section + "\n"
    path.write_text(text, "utf-8")


def main() -> None:
    """Measure the chosen rows and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--child", choices=list(ROWS), help="measure one row in this process and print JSON")
    parser.add_argument("--out", type=Path, help="a Markdown file whose section of networks is replaced")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child)))
        return
    lines = table(options.rows)
    if options.out:
        write_section(options.out, lines)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
