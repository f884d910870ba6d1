"""Who may see what: a view of the record is a workspace, and no room below knows about roles.

The same policy stands once more in SQL (:mod:`ipps_geo.ledger.rights`); tests draw ledgers and compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.ledger.accounts import Role
from ipps_geo.ledger.aliases import alias, aliased
from ipps_geo.ledger.asof import workspace_at
from ipps_geo.ledger.entities import cells, entities
from ipps_geo.workspace.tables import conform, empty

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account
    from ipps_geo.ledger.store import Ledger
    from ipps_geo.workspace import Workspace

WHOLE = frozenset({Role.CITY, Role.BUREAU})
"""Roles that see the whole record."""

TOLD = (
    *("institution_id", "kind", "name", "unit", "carrier_id", "geometry", "position_precision_m", "position_basis"),
    *("established_on", "revoked_on", "is_revoked", "suspended", "legacy", "data_class"),
)
"""What everybody knows of an institution: name, kind, place, unit, status, established."""

TOLD_OF_REVOKED = ("revocation_ground", "revocation_notified_on", "undertaking_name", "undertaking_uscc")
"""What everybody knows besides of one that was revoked: whom a ban on new applications binds (Art. 9(3))."""

NEED = {"explicit_need": "unknown", "need_evidence": None, "need_date": None}
"""Columns of the need of an enterprise, as they stand for those who may not know it."""

SHARED = ("uscc", "name", "parent_uscc", "enterprise_id")
"""How an enterprise on somebody else's roster is named: as the own record names it."""


def view(ledger: Ledger, account: Account, batch: int | None = None) -> Workspace:
    """Return what an account may see of the record as of a batch, the last one by default.

    Raises
    ------
    BadInput
        There is no such batch, or none at all; or the key of pseudonyms cannot be read.
    """
    with ledger.reading() as connection:
        whole = workspace_at(connection, batch, ledger.where)
    if account.role in WHOLE:
        return whole
    return seen(whole, account, ledger.key())


def seen(whole: Workspace, account: Account, key: bytes) -> Workspace:
    """Return what an account may see of a workspace; see the table in the documentation of the ledger."""
    if account.role in WHOLE:
        return whole
    # Names and hashes of the files of others, and headers in them, are theirs.
    common = whole.replace(sources=(), planted=(), mappings={})
    if account.role is Role.DISTRICT and account.unit is not None:
        return _of_district(common, units_of(whole.service_units, account.unit), key)
    nothing = {name: empty(name) for name in ("applications", "evaluations", "staff", "conduct")}
    told = _told(common, np.zeros(len(common.institutions), dtype=bool))
    if account.role is Role.ANALYST:
        return common.replace(institutions=told, **_pseudonymous(common, key), **nothing)
    nothing |= {name: empty(name) for name in ("enterprises", "rosters")}
    return common.replace(institutions=told, **nothing, scope=frozenset())


def units_of(service_units: pd.DataFrame, unit: str) -> frozenset[str]:
    """Return a unit and those that are part of it."""
    within = {unit}
    parts = service_units[["code", "part_of"]].dropna()
    while True:
        more = set(parts.loc[parts["part_of"].isin(within), "code"]) - within
        if not more:
            return frozenset(within)
        within |= more


def _of_district(whole: Workspace, units: frozenset[str], key: bytes) -> Workspace:
    own_stations = _in(whole.institutions["unit"], units)
    stations = set(whole.institutions.loc[own_stations, "institution_id"])
    own_cases = _in(whole.applications["unit"], units) | _in(whole.applications["institution_id"], stations)
    holders = stations | set(whole.applications.loc[own_cases, "application_id"])
    keys, listed = entities(whole.enterprises, whole.rosters)
    own_rows = _in(whole.rosters["holder_id"], holders)
    own_units = _in(whole.enterprises["unit"], units)
    served = set(listed[own_rows].dropna())
    named = set(whole.rosters.loc[own_rows, "enterprise_id"].dropna())
    visible = own_units | _in(keys, served) | _in(whole.enterprises["enterprise_id"], named)
    foreign = visible & ~own_units
    enterprises = whole.enterprises.copy()
    for column, value in NEED.items():
        enterprises[column] = enterprises[column].mask(foreign, value)
    known = served | set(keys[own_units].dropna())
    elsewhere, pending = _elsewhere(whole, listed, ~own_rows & _in(listed, known), key)
    names = _names(whole, keys, listed, own_units, own_rows)
    shared = conform("rosters", elsewhere.join(names, on="entity"))
    rosters = (
        pd.concat([whole.rosters[own_rows], shared], ignore_index=True) if len(shared) else whole.rosters[own_rows]
    )
    applications = whole.applications[own_cases]
    if len(pending):
        applications = pd.concat([applications, conform("applications", pending)], ignore_index=True)
    return whole.replace(
        enterprises=conform("enterprises", enterprises[visible]),
        institutions=_told(whole, own_stations),
        rosters=conform("rosters", rosters),
        applications=conform("applications", applications),
        evaluations=_only(whole, "evaluations", stations),
        staff=_only(whole, "staff", holders),
        conduct=_only(whole, "conduct", stations),
        scope=units,
    )


def _elsewhere(
    whole: Workspace, listed: pd.Series, chosen: np.ndarray[Any, np.dtype[np.bool_]], key: bytes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (entries of others, applications of others), both nameless but for the station and the days.

    The roster of an accepted application is that of the station it became; one that is pending, or became no station
    that has a row, stands under a pseudonym. What was refused binds nobody.
    """
    entries = whole.rosters.loc[chosen, ["holder_id", "listed_on", "delisted_on"]].assign(entity=listed[chosen])
    stations = set(whole.institutions["institution_id"])
    cases = whole.applications.set_index("application_id")
    applied = ~entries["holder_id"].isin(stations)
    about = cases.reindex(entries["holder_id"])[["kind", "institution_kind", "institution_id", "decision"]]
    about.index = entries.index
    live = about["decision"].isin(["pending", "accepted"]) & (about["kind"] == "establishment")
    became = (about["decision"] == "accepted") & about["institution_id"].isin(stations)
    nameless = entries["holder_id"].map(lambda each: alias(key, "case", each))
    holder = entries["holder_id"].where(~applied, about["institution_id"].where(became, nameless))
    kept = ~applied | live
    # In an order of its own: that of the rows on record would tell in which order others handed in theirs.
    told = entries.assign(holder_id=holder)[kept].drop_duplicates()
    told = told.sort_values(["holder_id", "entity", "listed_on", "delisted_on"])
    rows = about.assign(application_id=holder)[kept & applied & ~became].drop_duplicates("application_id")
    pending = rows[["application_id", "kind", "institution_kind", "decision"]].assign(roster_filed="yes")
    return told.reset_index(drop=True), pending.sort_values("application_id").reset_index(drop=True)


def _names(whole: Workspace, keys: pd.Series, listed: pd.Series, own_units: Any, own_rows: Any) -> pd.DataFrame:
    """Return, by entity, how the own record names it: the row with the lowest code, then name; columns of SHARED."""
    named = list(SHARED)
    own = pd.concat(
        [
            whole.rosters.loc[own_rows, named].assign(entity=listed[own_rows]),
            whole.enterprises.loc[own_units, named].assign(entity=keys[own_units]),
        ],
        ignore_index=True,
    )
    order = [own[column].fillna("").to_numpy(dtype=object) for column in (*reversed(named), "entity")]
    first = own.iloc[np.lexsort([pd.factorize(each, sort=True)[0] for each in order])]
    return pd.DataFrame(first.drop_duplicates("entity").set_index("entity"))


def _told(whole: Workspace, own: Any) -> gpd.GeoDataFrame:
    """Return the institutions: own ones whole, of others what everybody knows, and whether a roster is on record."""
    frame = whole.institutions.reset_index(drop=True)
    foreign = frame[~own]
    others = foreign[list(TOLD)].copy()
    revoked = foreign["revoked_on"].notna() | (foreign["is_revoked"] == "yes")
    for column in TOLD_OF_REVOKED:
        others[column] = foreign[column].where(revoked)
    accepted = whole.applications["decision"] == "accepted"
    became = whole.applications[accepted].set_index("application_id")["institution_id"]
    holding = set(whole.rosters["holder_id"]) | set(became.reindex(whole.rosters["holder_id"]).dropna())
    others["roster_filed"] = foreign["roster_filed"].mask(foreign["institution_id"].isin(holding), "yes")
    parts = [frame[own], conform("institutions", others).set_axis(foreign.index)]
    return gpd.GeoDataFrame(pd.concat([part for part in parts if len(part)] or parts).sort_index())


def _pseudonymous(whole: Workspace, key: bytes) -> dict[str, pd.DataFrame]:
    enterprises = whole.enterprises.assign(
        geometry=cells(whole.enterprises.geometry, whole.region.metric_crs),
        former_names=None,
        address=None,
        source=None,
    )
    rosters = whole.rosters[whole.rosters["holder_id"].isin(whole.institutions["institution_id"])]
    made = {}
    for name, frame in (("enterprises", enterprises), ("rosters", rosters)):
        hidden: dict[str, pd.Series] = {
            "enterprise_id": aliased(key, "id", frame["enterprise_id"]),
            "uscc": aliased(key, "code", frame["uscc"]),
            "parent_uscc": aliased(key, "code", frame["parent_uscc"]),
            "name": aliased(key, "name", frame["name"]),
        }
        made[name] = conform(name, frame.assign(**hidden))
    return made


def _only(whole: Workspace, table: str, institutions: set[str]) -> pd.DataFrame:
    frame = whole.tables[table]
    return conform(table, frame[_in(frame["institution_id"], institutions)])


def _in(values: pd.Series, wanted: Any) -> Any:
    """Return, per row, whether its value is among those wanted, as an array."""
    return values.isin(list(wanted)).to_numpy(dtype=bool)
