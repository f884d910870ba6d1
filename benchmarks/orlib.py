"""OR-Library's uncapacitated p-median instances (J. E. Beasley): reader, proven optima, and a table of runs.

The files are not part of the project: they are looked for in the folder that ``IPPS_GEO_REFERENCE`` names
(``orlib/pmed1.txt`` ...), then in ``data/orlib`` of the folders beside the checkout. Run
``python -m benchmarks.orlib`` for the table.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

# Proven optima of pmed1 to pmed40: Beasley, "A note on solving large p-median problems", EJOR 21 (1985).
P_MEDIAN_OPTIMA: dict[int, int] = dict(
    enumerate(
        (
            5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255, 7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809,
            2845, 1789, 9138, 8579, 4619, 2961, 1828, 9917, 8307, 4498, 3033, 1989, 10086, 9297, 4700, 3013, 10400,
            9934, 5057, 11060, 9423, 5128,
        ),
        start=1,
    )
)  # fmt: skip


def reference_places(kind: str) -> list[Path]:
    """Folders in which reference data of a kind (``orlib``, ``network``) may lie, the named one first."""
    beside = sorted(Path(__file__).resolve().parents[2].glob(f"*/data/{kind}"))
    named = os.environ.get("IPPS_GEO_REFERENCE")
    return [Path(named) / kind, Path(named), *beside] if named else beside


def reference_folder() -> Path | None:
    """Folder with the ``pmed*.txt`` files, or ``None`` when there is none."""
    return next((place for place in reference_places("orlib") if any(place.glob("pmed*.txt"))), None)


def numbers(folder: Path) -> list[int]:
    """Numbers of the instances in a folder, ascending."""
    return sorted(int(path.stem.removeprefix("pmed")) for path in folder.glob("pmed*.txt"))


def read_pmed(path: Path) -> tuple[NDArray[np.float64], int]:
    """Costs between all vertices (shortest paths, (n, n)) and p.

    The first line holds vertices, edges and p; each other line an edge and its cost. Of an edge given twice the last
    cost counts.
    """
    values = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    n, n_edges, p = (int(value) for value in values[:3])
    edges = values[3 : 3 + 3 * n_edges].reshape(-1, 3)
    lengths: dict[tuple[int, int], int] = {}
    for start, end, cost in edges.tolist():
        lengths[min(start, end) - 1, max(start, end) - 1] = cost
    ends = np.array(list(lengths))
    graph = csr_array((np.array(list(lengths.values()), float), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return shortest_path(graph, method="D", directed=False), p


def main() -> None:
    """Print one line per instance and the totals."""
    from ipps_geo.siting import p_median

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of instances")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds per instance")
    options = parser.parse_args()
    folder = reference_folder()
    if folder is None:
        raise SystemExit("no pmed files: set IPPS_GEO_REFERENCE")
    small = np.random.default_rng(0).integers(1, 99, (90, 40))
    p_median(small, 5)  # compiles or loads the kernels
    p_median(small, 20)
    print("| instance | n | p | optimum | objective | status | seconds |\n|---|---|---|---|---|---|---|")
    total = 0.0
    proven = 0
    for number in options.only or numbers(folder):
        costs, p = read_pmed(folder / f"pmed{number}.txt")
        began = time.perf_counter()
        plan = p_median(costs, p, time_limit_s=options.time_limit)
        seconds = time.perf_counter() - began
        total += seconds
        right = plan.status == "optimal" and plan.objective == P_MEDIAN_OPTIMA[number]
        proven += right
        print(
            f"| pmed{number} | {len(costs)} | {p} | {P_MEDIAN_OPTIMA[number]} | {plan.objective:.0f} | {plan.status} "
            f"| {seconds:.2f} |",
            flush=True,
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\n{proven} proven at the optimum, {total:.1f} s in all, {peak_mb} MB")


if __name__ == "__main__":
    main()
