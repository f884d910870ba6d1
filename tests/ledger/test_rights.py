"""The policy of the views stands twice, in Python and in SQL: both give the same rows on every drawn ledger."""

import pandas as pd
import pytest
import sqlalchemy as sa

from ipps_geo import ledger as room
from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger import DESK, Account, Role
from ipps_geo.ledger.rights import add_login, set_up
from ipps_geo.ledger.rows import frame_of, records
from tests.ledger.conftest import ANALYST, BUREAU, CITY, READER
from tests.ledger.drawn import UNITS, drawn

PEOPLE = (CITY, BUREAU, ANALYST, READER, *(Account(f"clerk {unit}", "区", Role.DISTRICT, unit) for unit in UNITS))


def user_of(account):
    return f"t_{account.role.value}_{(account.unit or '').lower()}"


@pytest.fixture
def shared(database):
    """An empty ledger on PostgreSQL with roles, and a user for every role and unit."""
    opened = room.open_ledger(database)
    set_up(opened, "desk")
    with opened.writing() as connection:
        for account in PEOPLE:
            name = user_of(account)
            connection.exec_driver_sql(
                f"DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
    for account in PEOPLE:
        add_login(opened, "desk", user_of(account), account.role, account.unit)
    yield opened
    opened.engine.dispose()


def connected(ledger, account):
    """Return a direct connection of a user of the database, as QGIS or psql make one."""
    return sa.create_engine(ledger.engine.url.set(username=user_of(account)), poolclass=sa.pool.NullPool).connect()


def seen_in_sql(connection, name):
    columns = list(TABLES[name].columns)
    told = ", ".join("ST_AsBinary(geometry)" if each == "geometry" else f'"{each}"' for each in columns)
    return frame_of(name, columns, connection.exec_driver_sql(f"SELECT {told} FROM seen.{name}").fetchall())


def plain_rows(name, frame):
    """Return the rows of a table as sorted texts."""
    return sorted(repr(sorted(row.items())) for row in records(name, frame))


def differing(ledger, batch=None):
    """Return (account, table, rows in Python only, rows in SQL only) wherever the two statements differ."""
    wrong = []
    for account in PEOPLE:
        python = room.view(ledger, account, batch)
        with connected(ledger, account) as connection:
            if batch is not None:
                connection.exec_driver_sql(f"SET ipps.batch = '{batch}'")
            for name in TABLES:
                one, other = plain_rows(name, python.tables[name]), plain_rows(name, seen_in_sql(connection, name))
                if one != other:
                    wrong.append((account.login, name, set(one) - set(other), set(other) - set(one)))
    return wrong


def test_both_statements_of_the_policy_give_the_same_rows(shared, request):
    for seed in range(request.config.getoption("--drawn")):
        network = drawn(seed)
        with shared.writing() as connection:
            for name in ("batch", "alias", *TABLES):
                connection.exec_driver_sql(f"TRUNCATE public.{name} CASCADE")
            connection.exec_driver_sql("UPDATE head SET batch = 0")
        room.import_workspace(shared, DESK, network, file="drawn", day=network.data_date)
        assert differing(shared) == []


def test_a_past_batch_is_seen_as_it_was_in_both(shared):
    from tests.ledger.test_batches import taken

    network = drawn(7, enterprises=40, rows=80)
    room.import_workspace(shared, DESK, network, file="drawn", day=network.data_date)
    holder = network.rosters["holder_id"].iloc[0]
    rows = network.rosters[network.rosters["holder_id"] == holder]
    taken(shared, rows.iloc[1:], f"station:{holder}" if holder.startswith("W") else "city")
    assert differing(shared, 1) == []
    assert differing(shared, 2) == []
    assert room.as_of(shared, 1).content_hash == network.content_hash


def test_a_district_reads_its_rows_of_the_tables_and_nothing_of_the_ledger_itself(shared):
    network = drawn(11)
    room.import_workspace(shared, DESK, network, file="drawn", day=network.data_date)
    clerk = PEOPLE[4]
    own = network.institutions.loc[network.institutions["unit"] == clerk.unit, "institution_id"]
    with connected(shared, clerk) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM institutions").scalar() == len(own)
        for refused in (
            "SELECT entity FROM rosters",
            "SELECT * FROM alias",
            "SELECT * FROM event",
            "TABLE kept.rosters",
        ):
            with pytest.raises(sa.exc.ProgrammingError), connection.begin_nested():
                connection.exec_driver_sql(refused)
        for changing in ("DELETE FROM rosters", "UPDATE enterprises SET name = 'x'", "SET ROLE ipps_city"):
            with pytest.raises(sa.exc.ProgrammingError), connection.begin_nested():
                connection.exec_driver_sql(changing)


def test_places_are_indexed_so_that_a_gis_reads_layers(shared):
    with shared.reading() as connection:
        told = (
            connection.exec_driver_sql("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%%gist%%'")
            .scalars()
            .all()
        )
        srids = connection.exec_driver_sql("SELECT DISTINCT srid FROM geometry_columns").scalars().all()
    assert {name for name, table in TABLES.items() if table.geometry} <= set(told)
    assert srids == [4490] or set(srids) == {0, 4490}


def test_who_is_no_user_or_has_the_wrong_unit_gets_no_view(shared, embedded):
    for name, role, unit in (("nobody_here", Role.CITY, None), (user_of(CITY), Role.DISTRICT, None)):
        with pytest.raises(BadInput) as refused:
            add_login(shared, "desk", name, role, unit)
        assert refused.value.code == "ledger.no_login"
    with pytest.raises(BadInput) as no_roles:
        set_up(embedded, "desk")
    assert no_roles.value.code == "ledger.no_roles"
    assert pd.notna(no_roles.value.where)
