"""What a planner sees who opens the files in QGIS; left out where Debian's python3-qgis is not installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ipps_geo import planning, report
from ipps_geo.planning.access_choices import AccessChoices

PYTHON = "/usr/bin/python3"
QUIET = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
QUIET.pop("PYTHONPATH", None)


def has_qgis():
    if not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", "import qgis.core"], env=QUIET, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not has_qgis(), reason="python3-qgis is not installed")


def opened(path, picture, *extent):
    script = Path(__file__).with_name("qgis_opened.py")
    run = subprocess.run(
        [PYTHON, script, path, picture, *map(str, extent)], env=QUIET, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert picture.stat().st_size > 20_000
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def folder(beijing, ten_stations, tmp_path_factory):
    """The files of a plan of ten, as the command writes them."""
    out = tmp_path_factory.mktemp("qgis") / "out"
    report.write_plan(beijing, ten_stations, out, "zh")
    return out, ten_stations


def test_the_project_names_every_proposal_and_its_layers_in_words(folder, tmp_path):
    out, plan = folder
    seen = opened(out / "plan.qgs", tmp_path / "plan.png")
    assert sorted(seen["labels"]["拟设工作站"]) == sorted(plan.proposals["name_zh"])
    assert list(seen["layers"]) == [
        "拟设工作站", "公共服务机构", "拟设工作站可达范围", "服务单元", "未列入名册的重点产业企业密度",
    ]  # fmt: skip
    assert all(layer["valid"] for layer in seen["layers"].values())
    assert seen["layers"]["未列入名册的重点产业企业密度"]["legend"] == ["1–4", "5–19", "20–59", "60–149", "≥ 150"]


def test_the_geopackage_dropped_into_a_project_names_every_proposal(folder, tmp_path):
    out, plan = folder
    seen = opened(out / "plan.gpkg", tmp_path / "dropped.png")
    assert set(seen["labels"]["proposals"]) == set(plan.proposals["name_zh"])
    assert "在册工作站" in seen["layers"]["institutions"]["legend"]


def test_bands_of_reach_open_as_classes(beijing, draft, tmp_path):
    choices = AccessChoices(limits=(1000.0, 3000.0, 5000.0))
    covered = planning.coverage(beijing, draft, choices=choices)
    report.write_coverage(beijing, covered, tmp_path / "out", "zh")
    seen = opened(tmp_path / "out" / "coverage.qgs", tmp_path / "coverage.png")
    assert seen["layers"]["可达范围分级"]["legend"] == ["0–1 千米", "1–3 千米", "3–5 千米"]
