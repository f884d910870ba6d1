"""Without the extras the program plans and audits all the same; what is lacking is named before any work begins."""

import json
import subprocess
import sys

import pytest

WITHOUT = """
import importlib.abc, importlib.util, sys
lacking = set(sys.argv.pop(1).split(","))

class Lacking(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in lacking:
            raise ModuleNotFoundError(name)

find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.partition(".")[0] in lacking else find(name, package)
sys.meta_path.insert(0, Lacking())
from ipps_geo import cli
if "unplanned" in sys.argv:
    sys.argv.remove("unplanned")
    from ipps_geo import planning
    planning.plan = planning.atlas_results = lambda *_, **__: sys.exit("work has begun")
cli.main()
"""


def run(lacking, *arguments):
    command = [sys.executable, "-c", WITHOUT, lacking, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


DRAWING = "matplotlib,pylopdf_fonts_zh_cn,PIL,typst,streamlit,osmium,folium,docx,maplibre"


@pytest.mark.slow
def test_the_core_answers_in_json():
    done = run(DRAWING, "plan", "--stations", "2", "--json")
    assert json.loads(done.stdout)["status"] == "optimal", done.stderr


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("plan", "--out", "never"), "ipps-geo[maps]"),
        (("atlas", "--out", "never"), "ipps-geo[maps]"),
        (("assess-site", "--site", "P018", "--dossier", "--out", "never"), "ipps-geo[maps]"),
        (("app",), "ipps-geo[app]"),
    ],
)
def test_what_is_lacking_is_named_before_the_work(arguments, extra, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(DRAWING, *arguments, "unplanned")
    assert done.returncode == 2, done.stderr
    assert extra in done.stderr
    assert "work has begun" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_pdf_needs_its_own_extra(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("typst", "atlas", "--out", "never", "unplanned")
    assert "ipps-geo[atlas]" in done.stderr
    assert done.returncode == 2
