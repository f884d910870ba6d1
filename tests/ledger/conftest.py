"""A small network on record, in both kinds of store; PostgreSQL runs as a private cluster, where its programs are."""

import contextlib
import datetime as dt
import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from ipps_geo import ledger as room
from ipps_geo.ledger import DESK, Account, Role
from ipps_geo.workspace import generate_demo

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
CLERK = Account("li", "李", Role.DISTRICT, "110108")
NEIGHBOUR = Account("zhao", "赵", Role.DISTRICT, "110105")
CITY = Account("wang", "王", Role.CITY)
CHIEF = Account("sun", "孙", Role.CITY, administrator=True)
BUREAU = Account("qian", "钱", Role.BUREAU)
ANALYST = Account("zhou", "周", Role.ANALYST)
READER = Account("wu", "吴", Role.READER)
DAY = dt.date(2026, 7, 1)


@pytest.fixture(scope="session")
def network():
    """A demonstration small enough to be drawn many times."""
    return generate_demo(2_500, seed=5)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """The address of a private PostgreSQL server with PostGIS."""
    if not (PROGRAMS / "initdb").exists() or not Path("/usr/share/postgresql/15/extension/postgis.control").exists():
        pytest.skip("PostgreSQL 15 with PostGIS is not installed")
    # Its socket needs a short path; the server refuses to run as root.
    folder = Path(f"/tmp/ipps-pg-{secrets.token_hex(4)}")
    folder.mkdir(mode=0o700)
    owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if owner:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = ["-D", folder / "data", "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run([*owner, PROGRAMS / "initdb", *made], check=True, capture_output=True, cwd="/")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=60"
    control = [*owner, PROGRAMS / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd="/")
    try:
        yield sa.URL.create("postgresql+psycopg", "owner", host="127.0.0.1", port=port, database="postgres")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(cluster):
    """The address of a fresh database on the private server."""
    with made_from(cluster, "template1") as address:
        yield address


@contextlib.contextmanager
def made_from(cluster, template):
    """Yield the address of a database that is a copy of another, and drop it afterwards."""
    name = f"t{secrets.token_hex(6)}"
    engine = sa.create_engine(cluster, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(scope="session")
def imported(tmp_path_factory, network):
    """The file of an embedded ledger with the small network as batch 1, to be copied."""
    path = tmp_path_factory.mktemp("imported") / "ledger.sqlite"
    filled(path, network).engine.dispose()
    return path


@pytest.fixture(scope="session")
def imported_database(cluster, network):
    """The name of a database with the small network as batch 1, to be copied."""
    with made_from(cluster, "template1") as address:
        filled(address, network).engine.dispose()
        yield sa.make_url(address).database


def filled(address, network):
    """Return a new ledger with a network as batch 1."""
    opened = room.open_ledger(address)
    room.import_workspace(opened, DESK, network, file="demo", day=network.data_date)
    return opened


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    """A key of its own for every test."""
    monkeypatch.setenv("IPPS_GEO_LEDGER_KEY", str(tmp_path / "ledger.key"))


@pytest.fixture
def embedded(tmp_path, imported):
    """An embedded ledger with the small network as batch 1."""
    shutil.copy(imported, tmp_path / "ledger.sqlite")
    return room.open_ledger(tmp_path / "ledger.sqlite")


@pytest.fixture
def served(cluster, imported_database):
    """A ledger on PostgreSQL with the small network as batch 1."""
    with made_from(cluster, imported_database) as address:
        opened = room.open_ledger(address)
        yield opened
        opened.engine.dispose()


@pytest.fixture(params=["embedded", "served"])
def record(request):
    """A ledger with the small network as batch 1, in either kind of store."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where a ledger may be, in either kind of store."""
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "ledger.sqlite")
    return request.getfixturevalue("database")


@pytest.fixture
def ledger(address):
    """An empty ledger."""
    opened = room.open_ledger(address)
    yield opened
    opened.engine.dispose()
