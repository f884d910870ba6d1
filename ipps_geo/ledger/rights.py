"""The policy of :mod:`ipps_geo.ledger.views` once more, in SQL: who connects to PostgreSQL directly reads his view.

Whoever signs in to the database is a member of one of five roles, and stands in ``database_login`` with his unit. The
schema ``seen`` has one view per table, with what he may see of it as of the last batch, or of the batch that he sets
(``SET ipps.batch = '7'``); QGIS and ArcGIS read them as layers. The tables themselves are under row-level security: a
district reads the rows of its own unit there, the city all, everybody else none. Tests draw ledgers and hold these
views against those in Python: two statements of one policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import Role
from ipps_geo.ledger.aliases import Kind, alias
from ipps_geo.ledger.events import append
from ipps_geo.ledger.rows import holds
from ipps_geo.ledger.store import Ledger
from ipps_geo.ledger.tables import ALIAS, DATABASE_LOGIN, FACT, ROWS
from ipps_geo.ledger.views import NEED, SHARED, TOLD, TOLD_OF_REVOKED

OPEN = ("service_units", "carriers", "key_industries")
"""Tables that everybody reads whole."""

OWN_BY = {"evaluations": "own_stations", "staff": "own_holders", "conduct": "own_stations"}

ALIASED: Mapping[str, Kind] = {"enterprise_id": "id", "uscc": "code", "parent_uscc": "code", "name": "name"}
"""Columns that stand under pseudonyms for an analyst, and of which kind these are."""

SET_UP = "rights"
POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_HIDDEN = ("former_names", "address", "source")


def set_up(ledger: Ledger, login: str) -> None:
    """Make the roles, the views and the policies; again after each change of the tables, with the same result.

    Raises
    ------
    BadInput
        The ledger is not on PostgreSQL, its user may not make roles, or the key of pseudonyms is not named.
    """
    if ledger.engine.dialect.name != "postgresql":
        raise BadInput("ledger.no_roles", where=ledger.where)
    key = ledger.key()
    with ledger.writing() as connection:
        for statement in statements():
            connection.exec_driver_sql(statement)
        if connection.scalar(sa.select(FACT.c.value).where(FACT.c.name == SET_UP)) is None:
            connection.execute(sa.insert(FACT).values(name=SET_UP, value="1"))
        write_aliases(connection, key)
        append(connection, login, "rights", "ledger")


def add_login(ledger: Ledger, login: str, name: str, role: Role, unit: str | None = None) -> None:
    """Let a user of the database read the view of a role, of a district that of its unit.

    Raises
    ------
    BadInput
        There is no such user, or he may not be given the role.
    """
    with ledger.writing() as connection:
        known = connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
        if known is None or (role is Role.DISTRICT) != (unit is not None):
            raise BadInput("ledger.no_login", where=name)
        connection.execute(sa.delete(DATABASE_LOGIN).where(DATABASE_LOGIN.c.name == name))
        connection.execute(sa.insert(DATABASE_LOGIN).values(name=name, role=role.value, unit=unit))
        quoted = connection.dialect.identifier_preparer.quote(name)
        others = ", ".join(f"ipps_{each.value}" for each in Role)
        connection.exec_driver_sql(f"REVOKE {others} FROM {quoted}")
        connection.exec_driver_sql(f"GRANT ipps_{role.value} TO {quoted}")
        append(connection, login, "database_login", f"account:{name}", role=role.value, unit=unit)


def are_set_up(connection: sa.Connection) -> bool:
    """Whether somebody may connect directly, so that pseudonyms are to be kept in the database."""
    return connection.scalar(sa.select(FACT.c.value).where(FACT.c.name == SET_UP)) is not None


def write_aliases(connection: sa.Connection, key: bytes) -> None:
    """Write the pseudonyms that are missing, of what holds now."""
    wanted: set[tuple[Kind, str]] = set()
    for table in ("enterprises", "rosters"):
        for column, kind in ALIASED.items():
            wanted |= {(kind, text) for text in _texts(connection, table, column)}
    wanted |= {("case", text) for text in _texts(connection, "applications", "application_id")}
    wanted -= {(kind, text) for kind, text in connection.execute(sa.select(ALIAS.c.kind, ALIAS.c.clear))}
    rows = [{"kind": kind, "clear": text, "alias": alias(key, kind, text)} for kind, text in sorted(wanted)]
    if rows:
        connection.execute(sa.insert(ALIAS), rows)


def _texts(connection: sa.Connection, table: str, column: str) -> list[str]:
    rows = ROWS[table]
    chosen = sa.select(rows.c[column]).distinct().where(holds(rows, None), rows.c[column].is_not(None))
    return list(connection.scalars(chosen))


def statements() -> list[str]:
    """Return the policy as statements of PostgreSQL, in their order."""
    roles = [f"ipps_{role.value}" for role in Role]
    made = [
        f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$" for role in roles
    ]
    made += ["DROP SCHEMA IF EXISTS seen CASCADE", "DROP SCHEMA IF EXISTS kept CASCADE"]
    made += ["CREATE SCHEMA kept", "CREATE SCHEMA seen", *_kept(), *_own()]
    for name in TABLES:
        made.append(f"CREATE VIEW seen.{name} WITH (security_barrier) AS {_seen(name)}")
    everybody = ", ".join(roles)
    made += [f"GRANT USAGE ON SCHEMA seen TO {everybody}", f"GRANT SELECT ON ALL TABLES IN SCHEMA seen TO {everybody}"]
    return made + _policies()


def _kept() -> list[str]:
    """Return views of the rows as of the batch that is set: for the views below, granted to nobody."""
    batch = "COALESCE(NULLIF(current_setting('ipps.batch', true), '')::bigint, (SELECT batch FROM public.head))"
    made = [f"CREATE VIEW kept.batch AS SELECT {batch} AS number"]
    for name in TABLES:
        number = "(SELECT number FROM kept.batch)"
        made.append(
            f"CREATE VIEW kept.{name} AS SELECT * FROM public.{name} "
            f"WHERE recorded_in <= {number} AND (superseded_in IS NULL OR superseded_in > {number})"
        )
    return made


def _own() -> list[str]:
    """Return the statements of ``rights.sql``: what is the own unit's, and what of others it knows of."""
    text = files("ipps_geo.ledger").joinpath("rights.sql").read_text(encoding="utf-8")
    stated = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [each for each in stated.split(";") if each.strip()]


def _seen(name: str) -> str:
    """Return the query of what whoever asks may see of a table."""
    if name in OPEN:
        return f"SELECT {_columns(name)} FROM kept.{name} t WHERE EXISTS (SELECT 1 FROM kept.me)"
    parts = [f"SELECT {_columns(name)} FROM kept.{name} t WHERE {_role('city', 'bureau')}"]
    if name == "institutions":
        others = _role("district", "analyst", "reader")
        parts.append(f"SELECT {_columns(name, _told())} FROM kept.institutions t WHERE {others}")
    elif name == "enterprises":
        own = "t.unit IN (SELECT code FROM kept.own_units)"
        need = {column: f"CASE WHEN {own} THEN t.{column} ELSE {_literal(value)} END" for column, value in NEED.items()}
        need["need_date"] = f"CASE WHEN {own} THEN t.need_date END"
        served = "t.entity IN (SELECT entity FROM kept.own_rosters)"
        named = "t.enterprise_id IN (SELECT enterprise_id FROM kept.own_rosters)"
        parts.append(
            f"SELECT {_columns(name, need)} FROM kept.enterprises t "
            f"WHERE {_role('district')} AND ({own} OR {served} OR {named})"
        )
        hidden = _aliases() | dict.fromkeys(_HIDDEN, "NULL::text") | {"geometry": "t.cell"}
        parts.append(f"SELECT {_columns(name, hidden)} FROM kept.enterprises t WHERE {_role('analyst')}")
    elif name == "rosters":
        parts.append(f"SELECT {_columns(name)} FROM kept.own_rosters t WHERE {_role('district')}")
        shared = {"holder_id": "t.holder", "listed_on": "t.listed_on", "delisted_on": "t.delisted_on"}
        shared |= {column: f"o.{column}" for column in SHARED}
        parts.append(
            f"SELECT {_columns(name, _defaults(name) | shared)} FROM kept.elsewhere t "
            f"JOIN kept.own_names o ON o.entity = t.entity WHERE {_role('district')}"
        )
        stations = "t.holder_id IN (SELECT institution_id FROM kept.institutions)"
        parts.append(f"SELECT {_columns(name, _aliases())} FROM kept.rosters t WHERE {_role('analyst')} AND {stations}")
    elif name == "applications":
        own = "t.application_id IN (SELECT id FROM kept.own_cases)"
        parts.append(f"SELECT {_columns(name)} FROM kept.applications t WHERE {_role('district')} AND {own}")
        told = {column: f"t.{column}" for column in ("kind", "institution_kind", "decision")}
        told |= {"application_id": "n.alias", "roster_filed": "'yes'"}
        parts.append(
            f"SELECT {_columns(name, _defaults(name) | told)} FROM kept.applications t "
            f"JOIN public.alias n ON n.kind = 'case' AND n.clear = t.application_id WHERE {_role('district')} "
            "AND t.application_id IN (SELECT application FROM kept.elsewhere)"
        )
    else:
        own = f"t.institution_id IN (SELECT id FROM kept.{OWN_BY[name]})"
        parts.append(f"SELECT {_columns(name)} FROM kept.{name} t WHERE {_role('district')} AND {own}")
    return " UNION ALL ".join(parts)


def _told() -> dict[str, str]:
    """Return, by column of an institution, what is told of it to those whose own it may not be."""
    own = "t.unit IN (SELECT code FROM kept.own_units)"
    revoked = "(t.revoked_on IS NOT NULL OR t.is_revoked = 'yes')"
    filed = "CASE WHEN t.institution_id IN (SELECT id FROM kept.holding) THEN 'yes' ELSE t.roster_filed END"
    told = _defaults("institutions") | {column: f"t.{column}" for column in TOLD} | {"roster_filed": filed}
    told |= {column: f"CASE WHEN {revoked} THEN t.{column} END" for column in TOLD_OF_REVOKED}
    return {
        column: f"CASE WHEN {own} THEN t.{column} ELSE {value} END" if value != f"t.{column}" else value
        for column, value in told.items()
    }


def _policies() -> list[str]:
    """Return the row-level security of the tables themselves: own rows of a district, all of the city's roles."""
    made = []
    for kind in ("units", "holders", "stations"):
        column = "code" if kind == "units" else "id"
        made.append(
            f"CREATE FUNCTION seen.own_{kind}() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER "
            f"SET search_path = pg_catalog AS $$ SELECT {column} FROM kept.own_{kind} $$"
        )
    own = dict.fromkeys(("enterprises", "institutions", "applications"), "unit IN (SELECT seen.own_units())")
    own |= dict.fromkeys(OPEN, "true") | {"rosters": "holder_id IN (SELECT seen.own_holders())"}
    own |= {name: f"institution_id IN (SELECT seen.{by}())" for name, by in OWN_BY.items()}
    for name in TABLES:
        columns = ", ".join(f'"{column}"' for column in (*TABLES[name].columns, "recorded_in", "superseded_in"))
        made += [
            f"ALTER TABLE public.{name} ENABLE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS whole ON public.{name}",
            f"DROP POLICY IF EXISTS own ON public.{name}",
            f"CREATE POLICY whole ON public.{name} FOR SELECT TO ipps_city, ipps_bureau USING (true)",
            f"CREATE POLICY own ON public.{name} FOR SELECT TO ipps_district USING ({own[name]})",
            f"GRANT SELECT ({columns}) ON public.{name} TO ipps_city, ipps_bureau, ipps_district",
        ]
    return made


def _columns(name: str, instead: Mapping[str, str] | None = None) -> str:
    """Return the columns of a table ``t`` in their order, some of them replaced."""
    values = {column: f"t.{column}" for column in TABLES[name].columns} | dict(instead or {})
    return ", ".join(f'{values[column]} AS "{column}"' for column in TABLES[name].columns)


def _defaults(name: str) -> dict[str, str]:
    """Return, by column, what stands where nothing is told."""
    types = {column: ROWS[name].c[column].type.compile(POSTGRESQL) for column in TABLES[name].columns}
    return {
        column: f"{_literal(described.default)}::{types[column]}" for column, described in TABLES[name].columns.items()
    }


def _aliases() -> dict[str, str]:
    return {
        column: f"(SELECT alias FROM public.alias WHERE kind = '{kind}' AND clear = t.{column})"
        for column, kind in ALIASED.items()
    }


def _role(*roles: str) -> str:
    return f"(SELECT role FROM kept.me) IN ({', '.join(repr(role) for role in roles)})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int) else f"'{value}'"
