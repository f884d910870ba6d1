"""The store: made on first use, brought up to date, the same tables in both kinds, and refusing what is none."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from ipps_geo import ledger as room
from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.ledger import migrations
from ipps_geo.ledger.dialects import address_of
from ipps_geo.ledger.opening import ledger_address
from ipps_geo.ledger.schema import METADATA


def test_the_last_migration_is_the_one_that_the_code_stands_on():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.VERSION


def test_the_migrations_make_the_tables_that_the_code_describes(ledger):
    with ledger.reading() as connection:
        if ledger.engine.dialect.name == "sqlite":
            there = {
                name: {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({name})")}
                for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
            }
        else:
            there = {}
            told = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            for table, column in connection.exec_driver_sql(told):
                there.setdefault(table, set()).add(column)
    described = {name: set(table.c.keys()) for name, table in METADATA.tables.items()}
    assert {name: there.get(name) for name in described} == described


def test_opening_again_changes_nothing(ledger):
    migrations.bring_up_to_date(ledger)
    with ledger.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM head")) == 1


def test_where_the_ledger_is(monkeypatch, tmp_path):
    monkeypatch.delenv("IPPS_GEO_LEDGER", raising=False)
    monkeypatch.delenv("IPPS_GEO_SCENARIOS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert ledger_address() == str(tmp_path / "ipps-geo" / "ledger.sqlite")
    (tmp_path / "ipps-geo").mkdir()
    (tmp_path / "ipps-geo" / "scenarios.sqlite").touch()
    assert ledger_address().endswith("scenarios.sqlite")
    monkeypatch.setenv("IPPS_GEO_LEDGER", "postgresql://somebody@host/base")
    assert address_of(ledger_address()).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("address", ["mysql://host/base", "sqlite://", "http:// /"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(BadInput) as refused:
        room.open_ledger(address)
    assert refused.value.code == "ledger.address"


def test_a_server_that_is_not_there_is_told_without_its_password():
    pytest.importorskip("psycopg")
    with pytest.raises((BadInput, MissingExtra)) as refused:
        room.open_ledger("postgresql+psycopg://somebody:secret@127.0.0.1:1/base")
    assert refused.value.code == "ledger.server"
    assert "secret" not in str(refused.value)


def test_an_empty_ledger_says_how_it_is_filled(ledger):
    with pytest.raises(BadInput) as empty:
        room.as_of(ledger)
    assert empty.value.code == "ledger.empty"
    assert room.verify(ledger) == ()
