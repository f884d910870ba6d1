"""Draw Dask's dashboard during a plan over partitions, for the page on scale: docs/images/scale_dashboard.png.

python scripts/docs_dashboard.py FOLDER     # FOLDER: a partitioned workspace (python -m benchmarks.scale nation FOLDER)

Needs the extra ``cluster`` and a browser of playwright.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from distributed import LocalCluster
from playwright.sync_api import sync_playwright

from ipps_geo.executors import executor_for
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.national import plan_partitions
from ipps_geo.policy import load_policy
from ipps_geo.workspace.partitions import open_partitions

TARGET = Path(__file__).parents[1] / "docs" / "images" / "scale_dashboard.png"
SIZE = {"width": 1240, "height": 560}


def plan(address: str, folder: Path, out: Path) -> None:
    """Plan on the workers of a cluster."""
    workspace = open_partitions(folder, sandbox=False)
    with executor_for(cluster=address) as executor:
        parameters = PlanParameters(stations=12, gap=0.001)
        plan_partitions(
            workspace, load_policy("beijing-draft"), parameters, out / "rosters", executor=executor, whole_sites=0
        )


def main() -> None:
    """Plan, look at the dashboard meanwhile, keep what it showed at the end."""
    folder = Path(sys.argv[1])
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        tempfile.TemporaryDirectory() as out,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(cluster.dashboard_link.replace("/status", "/individual-task-stream"))
        work = threading.Thread(target=plan, args=(cluster.scheduler_address, folder, Path(out)))
        work.start()
        while work.is_alive():
            time.sleep(0.5)
        page.wait_for_timeout(4_000)
        page.screenshot(path=TARGET)
        browser.close()
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
