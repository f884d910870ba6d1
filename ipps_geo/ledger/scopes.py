"""What a submission speaks of: one unit, one station, or the whole city; whose it is, and which rows lie in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import Account, Role
from ipps_geo.ledger.rows import holds, read_rows
from ipps_geo.ledger.tables import ROWS
from ipps_geo.ledger.views import WHOLE, units_of

Kind = Literal["unit", "station", "city"]
KINDS: tuple[Kind, ...] = ("unit", "station", "city")

BY_UNIT = dict.fromkeys(("carriers", "enterprises", "institutions", "applications"), "unit")
BY_HOLDER = {"rosters": "holder_id", "staff": "institution_id", "evaluations": "institution_id"}
BY_HOLDER |= {"conduct": "institution_id"}
OF_CITY = frozenset({"service_units", "key_industries"})
"""Tables that the city keeps: no part of them is a district's."""


@dataclass(frozen=True)
class Scope:
    """What a submission speaks of; ``code`` is that of the unit, or the id of the station or application.

    >>> Scope.of("station:W-041")
    Scope(kind='station', code='W-041')
    """

    kind: Kind
    code: str | None = None

    @classmethod
    def of(cls, text: str) -> Scope:
        """Return the scope that a text names: ``city``, ``unit:110108`` or ``station:W-041``.

        Raises
        ------
        BadInput
            The text names none.
        """
        kind, _, code = text.partition(":")
        if kind == "city" and not code:
            return cls("city")
        if kind in ("unit", "station") and code:
            return cls("unit" if kind == "unit" else "station", code)
        raise BadInput("ledger.no_scope", where="scope", text=text)

    def __str__(self) -> str:
        return self.kind if self.code is None else f"{self.kind}:{self.code}"


@dataclass(frozen=True)
class Reach:
    """The rows of a table that a scope holds: those with one of ``values`` in ``column``; all without a column.

    ``unit`` is whose the scope is, None where it is the city's.
    """

    column: str | None
    values: frozenset[str]
    unit: str | None

    def where(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition on the store's rows."""
        return sa.true() if self.column is None else table.c[self.column].in_(sorted(self.values))

    def outside(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table that do not lie in the scope."""
        return frame.iloc[:0] if self.column is None else frame[~frame[self.column].isin(self.values)]


def reach_of(connection: sa.Connection, table: str, scope: Scope) -> Reach:
    """Return the rows of a table that a scope holds now.

    Raises
    ------
    BadInput
        The table has no such part, or there is no such unit or station.
    """
    if scope.kind == "city":
        return Reach(None, frozenset(), None)
    code = str(scope.code)
    if table in OF_CITY or (scope.kind == "station" and table not in BY_HOLDER):
        raise BadInput("ledger.scope_table", where=str(scope), table=table)
    if scope.kind == "station":
        unit = _unit_of_holder(connection, code)
        return Reach(BY_HOLDER[table], frozenset({code}), unit)
    units = units_within(connection, code)
    if table in BY_UNIT:
        return Reach("unit", units, code)
    return Reach(BY_HOLDER[table], holders_of(connection, units), code)


def units_within(connection: sa.Connection, unit: str) -> frozenset[str]:
    """Return a unit and those that are part of it.

    Raises
    ------
    BadInput
        There is no such unit.
    """
    known = read_rows(connection, "service_units")
    if unit not in set(known["code"]):
        raise BadInput("ledger.no_unit", where=unit)
    return units_of(known, unit)


def holders_of(connection: sa.Connection, units: Collection[str]) -> frozenset[str]:
    """Return the institutions and applications of some units: whose rosters are theirs."""
    stations, cases = ROWS["institutions"], ROWS["applications"]
    own = sa.select(stations.c.institution_id).where(holds(stations, None), stations.c.unit.in_(sorted(units)))
    ids = {str(each) for each in connection.scalars(own)}
    mine = sa.or_(cases.c.unit.in_(sorted(units)), cases.c.institution_id.in_(sorted(ids)))
    return frozenset(ids | set(connection.scalars(sa.select(cases.c.application_id).where(holds(cases, None), mine))))


def check_may_submit(connection: sa.Connection, account: Account, reach: Reach) -> None:
    """Refuse an account that may not speak for a scope: a district speaks for its unit, the city for everybody.

    Raises
    ------
    BadInput
        The scope is not the account's.
    """
    if account.role in WHOLE:
        return
    own = account.role is Role.DISTRICT and account.unit is not None
    if not own or reach.unit is None or reach.unit not in units_within(connection, str(account.unit)):
        raise BadInput("ledger.not_yours", where=account.login)


def _unit_of_holder(connection: sa.Connection, holder: str) -> str | None:
    for name, key in (("institutions", "institution_id"), ("applications", "application_id")):
        table = ROWS[name]
        wanted = sa.select(table.c.unit).where(holds(table, None), table.c[key] == holder)
        found = connection.execute(wanted).first()
        if found is not None:
            return None if found[0] is None else str(found[0])
    raise BadInput("ledger.no_station", where=holder)
