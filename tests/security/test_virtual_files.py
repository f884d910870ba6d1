"""A virtual data set of GDAL names addresses and files of others: under no name and by no reader is it opened."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from ipps_geo.intake import Limits
from ipps_geo.intake.request import Request
from ipps_geo.intake.sandbox import Sandbox, sheets_of
from ipps_geo.intake.sniff import SUFFIXES
from ipps_geo.planning.networks import read_network
from ipps_geo.planning.uploads import check_upload
from ipps_geo.planning.workspace_files import opened_workspace
from ipps_geo.policy import load_policy
from ipps_geo.reach.gtfs import read_gtfs
from ipps_geo.reach.street_files import read_streets

from .conftest import SECRET, Listener

pytestmark = pytest.mark.slow(planted=True)

OTHERS = (".vrt", ".shp", ".dbf", ".pbf", ".osm", ".graphml", ".xml", ".gml", ".sqlite", ".dat", "")


def payloads(url: str, secret: Path) -> dict[str, str]:
    """Return virtual data sets that call ``url`` or hand out ``secret``, each written in another way."""
    layer = (
        '<OGRVRTLayer name="{name}"><SrcDataSource>{source}</SrcDataSource>'
        "<GeometryType>wkbPoint</GeometryType><LayerSRS>WGS84</LayerSRS>"
        '<GeometryField encoding="PointFromColumns" x="lon" y="lat"/></OGRVRTLayer>'
    )
    names = ("secret", "nodes", "edges", "enterprises")

    def vector(source: str) -> str:
        layers = "".join(layer.format(name=name, source=source) for name in names)
        return f"<OGRVRTDataSource>{layers}</OGRVRTDataSource>"

    band = '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>{source}</SourceFilename>'
    raster = '<VRTDataset rasterXSize="1" rasterYSize="1">' + band + "</SimpleSource></VRTRasterBand></VRTDataset>"
    return {
        "file": vector(str(secret)),
        "address": vector(f"/vsicurl/{url}/vrt.csv"),
        "bare address": vector(f"{url}/vrt.csv"),
        "service": vector(f"WFS:{url}/wfs"),
        "raster": raster.format(source=f"/vsicurl/{url}/r.tif"),
        "declared": f'<?xml version="1.0"?>\n<!-- a table -->\n{vector(str(secret))}',
        "after a mark": "\ufeff  \n" + vector(f"/vsicurl/{url}/mark.csv"),
        "after a line": f"enterprise_id,name\nE1,甲\n{vector(str(secret))}",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sent")


@pytest.fixture(scope="module")
def box(folder: Path) -> Iterator[Sandbox]:
    with Sandbox(Limits(seconds=20), files=[folder]) as made:
        yield made


@pytest.mark.parametrize("suffix", [*sorted(SUFFIXES), *OTHERS])
def test_no_table_is_a_virtual_one(
    suffix: str, box: Sandbox, folder: Path, nobody_called: Listener, secret: Path
) -> None:
    for name, text in payloads(nobody_called.url, secret).items():
        file = folder / f"sent{suffix}"
        file.write_text(text, encoding="utf-8")
        read = box.read(Request(file, "enterprises", accept_partial=True))
        assert SECRET not in read.frame.to_csv() + read.problems.to_csv(), name
        assert not (set(read.frame.get("enterprise_id", pd.Series(dtype=str))) - {"E1"}), name


@pytest.mark.parametrize("suffix", [".gpkg", ".graphml", ".osm.pbf", ".geojson", ".zip"])
def test_no_network_is_a_virtual_one(
    suffix: str, tmp_path: Path, nobody_called: Listener, secret: Path, told: Callable[[Callable[[], object]], str]
) -> None:
    for name in ("file", "address"):
        file = tmp_path / f"{name}{suffix}"
        file.write_text(payloads(nobody_called.url, secret)[name], encoding="utf-8")
        said = told(lambda file=file: read_streets(file, edges=file if suffix == ".csv" else None))
        assert said.startswith(("BadInput", "UnsafeInput")), said
        assert SECRET not in said


def test_no_archive_hides_one(
    box: Sandbox, folder: Path, nobody_called: Listener, secret: Path, told: Callable[[Callable[[], object]], str]
) -> None:
    text = payloads(nobody_called.url, secret)["address"]
    for names in (["layer.shp", "layer.shx", "layer.dbf"], ["a.gdb/a00000001.gdbtable"], ["a.tab", "a.dat"], ["a.vrt"]):
        file = folder / f"{names[0].replace('/', '_')}.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for name in names:
                archive.writestr(name, text)
        assert not len(box.read(Request(file, "enterprises", accept_partial=True)).frame)
    assert told(lambda: read_streets(file)).startswith(("BadInput", "UnsafeInput"))
    feed = folder / "feed.zip"
    with zipfile.ZipFile(feed, "w") as archive:
        for name in ("stops", "trips", "stop_times", "calendar"):
            archive.writestr(f"{name}.txt", text)
    assert told(lambda: read_gtfs(feed)).startswith(("BadInput", "UnsafeInput"))


def test_what_the_app_is_sent_goes_the_same_way(
    nobody_called: Listener, secret: Path, told: Callable[[Callable[[], object]], str]
) -> None:
    content = payloads(nobody_called.url, secret)["file"].encode()
    said = told(lambda: read_network({"streets.gpkg": content}, "streets"))
    assert said.startswith(("BadInput", "UnsafeInput")), said
    assert SECRET not in said
    assert SECRET not in told(lambda: check_upload(content, "enterprises.gpkg"))
    assert "no_bundle" in told(lambda: opened_workspace(_zip({"x.vrt": content}), "w.zip"))


def test_no_policy_is_one(tmp_path: Path, nobody_called: Listener, secret: Path, told: Callable[..., str]) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(payloads(nobody_called.url, secret)["file"], encoding="utf-8")
    assert told(lambda: load_policy(file)).startswith("PolicyError")
    said = told(lambda: load_policy(secret))
    assert said.startswith("PolicyError")
    assert SECRET not in said


def test_a_database_with_virtual_tables_views_and_others_attached_is_refused(
    box: Sandbox, folder: Path, nobody_called: Listener, secret: Path
) -> None:
    statements = {
        "view": "CREATE VIEW enterprises AS SELECT load_extension('x') AS enterprise_id",
        "virtual": None,
        "trigger": "CREATE TRIGGER t AFTER INSERT ON own BEGIN SELECT writefile('/tmp/x', 'x'); END",
    }
    for name, statement in statements.items():
        file = folder / f"{name}.gpkg"
        database = sqlite3.connect(file)
        database.execute("CREATE TABLE gpkg_contents (table_name, data_type, identifier, srs_id)")
        database.execute("INSERT INTO gpkg_contents VALUES ('enterprises', 'attributes', 'enterprises', 0)")
        database.execute("CREATE TABLE own (enterprise_id, name)")
        if statement:
            database.execute(statement)
        else:
            # A module of GDAL that reads any data source: the statement is only stored here.
            database.execute("PRAGMA writable_schema = ON")
            sql = f"CREATE VIRTUAL TABLE enterprises USING VirtualOGR('{secret}')"
            into = "INSERT INTO sqlite_master VALUES ('table', 'enterprises', 'enterprises', 0, ?)"
            database.execute(into, [sql])
        database.commit()
        database.close()
        read = box.read(Request(file, "enterprises", accept_partial=True))
        assert not len(read.frame), name
        assert SECRET not in read.problems.to_csv()
        assert set(sheets_of(file)) <= {"enterprises"}


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
