"""Links, entities, archives and names that point elsewhere: nothing of another file comes back, nobody is called."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.gate import Worker, confined, content_of, read_toml
from ipps_geo.gate.children import environment, python_command
from ipps_geo.intake import coloured, read_table, write_coloured_copy
from ipps_geo.policy import load_policy
from ipps_geo.reach.street_files import read_streets
from ipps_geo.workspace import load_workspace

from .conftest import SECRET, Listener

pytestmark = pytest.mark.slow(planted=True)

Told = Callable[[Callable[[], object]], str]


def test_entities_of_xml_name_no_file_and_no_address(
    tmp_path: Path, nobody_called: Listener, secret: Path, told: Told
) -> None:
    for target in (secret.as_uri(), f"{nobody_called.url}/dtd"):
        document = f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY x SYSTEM "{target}">]>'
        outside = f'<?xml version="1.0"?><!DOCTYPE g SYSTEM "{target}">'
        for head in (document, outside):
            files = {
                "net.graphml": f'{head}<graphml><graph><node id="&x;"/></graph></graphml>',
                "net.osm": f'{head}<osm version="0.6"><node id="1" lat="39.9" lon="116.3"/><note>&x;</note></osm>',
                "place.kml": f"{head}<kml><Document><Placemark><name>&x;</name></Placemark></Document></kml>",
                "book.xml": f'{head}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">&x;</Workbook>',
            }
            for name, text in files.items():
                (tmp_path / name).write_text(text, encoding="utf-8")
            for name in ("net.graphml", "net.osm"):
                said = told(lambda name=name: read_streets(tmp_path / name, sandbox=False))
                assert said.startswith(("BadInput", "UnsafeInput")), said
                assert SECRET not in said
            for name in ("place.kml", "book.xml"):
                read = read_table(tmp_path / name, sandbox=False)
                assert SECRET not in read.frame.to_csv() + read.problems.to_csv()
                assert read.has_errors


def test_links_of_places_are_not_followed(tmp_path: Path, nobody_called: Listener, secret: Path) -> None:
    file = tmp_path / "places.kml"
    file.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<NetworkLink><Link><href>{nobody_called.url}/link.kml</href></Link></NetworkLink>"
        f'<Placemark><name>甲</name><styleUrl>{nobody_called.url}/style</styleUrl><Schema parent="{secret.as_uri()}"/>'
        "<Point><coordinates>116.3,39.9</coordinates></Point></Placemark></Document></kml>",
        encoding="utf-8",
    )
    read = read_table(file)
    assert SECRET not in read.frame.to_csv() + read.problems.to_csv()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_an_archive_is_no_file(tmp_path: Path, secret: Path, told: Told) -> None:
    packed = tmp_path / "feed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("enterprises.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(secret))
    read = read_table(packed, "enterprises")
    assert SECRET not in read.frame.to_csv() + read.problems.to_csv()


def test_a_workspace_names_no_file_outside_itself(tmp_path: Path, secret: Path, told: Told) -> None:
    (tmp_path / "w").mkdir()
    for entry in (f"../private/{secret.name}", str(secret), "..\\\\secret.csv"):
        (tmp_path / "w" / "workspace.toml").write_text(f'[tables]\nenterprises = "{entry}"\n', encoding="utf-8")
        said = told(lambda: load_workspace(tmp_path / "w"))
        assert said.startswith("BadInput"), said
        assert SECRET not in said


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files there")
@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/environ", "/etc", "http://127.0.0.1/x", "a\x00b"])
def test_what_is_no_file_is_not_read(path: str) -> None:
    for read in (content_of, read_toml, load_policy, read_streets):
        with pytest.raises(BadInput):
            read(path)


def test_a_copy_is_coloured_by_a_process_without_rights(tmp_path: Path, secret: Path, monkeypatch: Any) -> None:
    asked: list[str] = []

    def noted(function: str, *arguments: Any, **options: Any) -> Any:
        asked.append(function)
        return confined(function, *arguments, **options)

    monkeypatch.setattr(coloured, "confined", noted)
    file = tmp_path / "a.csv"
    file.write_text("企业编号,企业名称\nE1,甲\nE1,乙\n", encoding="utf-8")
    write_coloured_copy(file, read_table(file, "enterprises", accept_partial=True), tmp_path / "copy.xlsx")
    assert asked == ["ipps_geo.intake.coloured:coloured_here"]
    assert zipfile.is_zipfile(tmp_path / "copy.xlsx")


def test_a_policy_tells_nothing_of_what_it_could_not_read(secret: Path, told: Told) -> None:
    assert SECRET not in told(lambda: load_policy(secret))


def test_what_is_too_large_is_not_unpacked(tmp_path: Path, told: Told) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("stops", "trips", "stop_times", "calendar"):
            archive.writestr(f"{name}.txt", bytes(64 << 20))
    from ipps_geo.reach.gtfs import read_gtfs

    assert told(lambda: read_gtfs(bomb)).startswith(("BadInput", "UnsafeInput"))
    assert told(lambda: read_streets(bomb)).startswith(("BadInput", "UnsafeInput"))
    deep = tmp_path / "deep.toml"
    deep.write_text("x = " + "[" * 100_000, encoding="utf-8")
    assert "gate.toml_value" in told(lambda: read_toml(deep))
    deep.write_text(f"x = {'9' * 100_000}", encoding="utf-8")
    assert "gate.toml_value" in told(lambda: read_toml(deep))


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_worker_makes_no_call_of_the_network(tmp_path: Path, secret: Path, nobody_called: Listener) -> None:
    hostile = tmp_path / "streets.gpkg"
    source = f"/vsicurl/{nobody_called.url}/x"
    hostile.write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='nodes'><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>"
        "</OGRVRTDataSource>",
        encoding="utf-8",
    )
    calls = tmp_path / "calls.txt"
    traced = ["strace", "-f", "-e", "trace=network", "-o", str(calls)]
    done = subprocess.run(
        [*traced, *python_command("ipps_geo.cli:main", "check", str(hostile))],
        env=environment(), capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    found = [line for line in calls.read_text().splitlines() if "socket(" in line or "connect(" in line]
    assert not found, found


def test_what_the_worker_is_held_to_can_be_asked() -> None:
    with Worker() as worker:
        assert worker.call("ipps_geo.gate.confinement:missing", held={})
        assert "processor_time" in worker.held or sys.platform == "win32"
