"""What a user takes away: whole files by name, and one zip whose hashes hold."""

import hashlib
import io
import json
import zipfile

from ipps_geo import report


def test_the_files_of_a_plan_are_whole_and_name_themselves(workspace, plan):
    files = report.plan_files(workspace, plan, "zh")
    assert set(files) == {"map.html", "map.png", "plan.geojson", "plan.gpkg", "plan.json", "plan.qgs", "plan.xlsx"}
    assert all(files.values())
    assert json.loads(files["plan.json"])["schema"] == "ipps-geo/plan/1"
    sites = json.loads(files["plan.geojson"])["features"]
    assert [site["properties"]["site_id"] for site in sites] == list(plan.proposals["site_id"])


def test_a_bundle_holds_every_file_once_with_its_hash_and_is_the_same_each_time():
    files = {"plan.json": b"{}", "a.csv": b"x\n1\n"}
    packed = report.bundle(files)
    assert packed == report.bundle(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["SHA256SUMS", "a.csv", "plan.json"]
        assert {name: archive.read(name) for name in files} == files
        listed = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
