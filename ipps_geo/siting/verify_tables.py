"""The last check before a plan is written: the proposals as tables, against the tables they came from.

Nothing of the siting instance is used: no positions, no reach, no needs array. What would be printed is joined again
with the demand by entity key and with the sites by id, distances are measured again in metres, and every proposed
roster is judged by the Measure's numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.siting.violations import Violation

#: A printed distance may be rounded to whole metres.
_ROUNDING_M = 0.51


def verify_proposals(
    annex: pd.DataFrame,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    active_keys: Collection[str],
    limit_m: float | None = None,
    reached: pd.DataFrame | None = None,
    key_in_unit: Mapping[str, Collection[str]] | None = None,
    proposals: Collection[str] | None = None,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: Mapping[str, int] | None = None,
    earlier: Mapping[str, tuple[int, int]] | None = None,
) -> list[Violation]:
    """Check the roster annex of every proposal; an empty list means that it may be written.

    Parameters
    ----------
    annex
        One row per proposed roster entry: ``site_id``, ``entity_key``; where they are there, ``explicit_need`` (yes,
        no, unknown) and ``distance_m`` (straight line) must agree with the tables.
    demand
        One row per legal entity: ``entity_key``, ``need`` (1, 0, -1), ``x_m`` and ``y_m`` in metres, and
        ``key_industry`` (yes, no, unknown) unless ``key_in_unit`` is given.
    sites
        ``site_id``, ``unit``, ``x_m``, ``y_m``.
    active_keys
        Entity keys on any active roster, citywide.
    limit_m
        Straight-line reach; ``reached`` (``site_id``, ``entity_key`` of every pair within reach) replaces it when reach
        is measured in another way. One of the two is needed.
    key_in_unit
        Entity keys in a key industry, per service unit of the site.
    proposals
        Ids of the sites proposed; one without any roster row is a violation.
    min_roster, need_share
        Smallest roster and the need share as whole numbers (num, den).
    capacity
        Largest roster per site id, where there is one.
    earlier
        (members, with need) that a station has already, per site id: minimum, share and capacity are judged on old and
        new members together.

    Raises
    ------
    BadInput
        A column is missing, or nothing says who reaches whom.

    Examples
    --------
    >>> demand = pd.DataFrame({"entity_key": ["a", "b"], "need": [1, 0], "key_industry": "yes", "x_m": 0.0, "y_m": 0.0})
    >>> sites = pd.DataFrame({"site_id": ["S"], "unit": ["110108"], "x_m": [900.0], "y_m": [0.0]})
    >>> annex = pd.DataFrame({"site_id": "S", "entity_key": ["a", "b"]})
    >>> found = verify_proposals(annex, demand, sites, active_keys={"b"}, limit_m=1000, min_roster=2, need_share=(1, 2))
    >>> [(v.code, v.site, v.demand) for v in found]
    [('entity_on_active_roster', 'S', 'b')]
    """
    _need_columns(annex, ("site_id", "entity_key"), "annex")
    _need_columns(sites, ("site_id", "unit", "x_m", "y_m"), "sites")
    wanted = ("entity_key", "need", "x_m", "y_m") + (() if key_in_unit is not None else ("key_industry",))
    _need_columns(demand, wanted, "demand")
    if limit_m is None and reached is None:
        raise BadInput("siting.no_reach_stated", where="limit_m")
    for frame, key, where in ((demand, "entity_key", "demand"), (sites, "site_id", "sites")):
        if frame[key].duplicated().any():
            raise BadInput("siting.key_repeated", where=where, key=frame.loc[frame[key].duplicated(), key].iloc[0])
    found: list[Violation] = []
    joined = _joined(annex, demand, sites, found)
    _check_entities(joined, active_keys, key_in_unit, found)
    _check_reach(joined, limit_m, reached, found)
    _check_statements(joined, found)
    named = sorted(set(annex["site_id"]) if proposals is None else set(proposals) | set(annex["site_id"]))
    for site in named:
        _check_roster(
            site, joined.loc[joined["site_id"] == site], min_roster, need_share, capacity or {},
            (earlier or {}).get(site, (0, 0)), found,
        )  # fmt: skip
    return found


def _need_columns(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise BadInput("siting.column_missing", where=where, column=missing[0])


def _joined(annex: pd.DataFrame, demand: pd.DataFrame, sites: pd.DataFrame, found: list[Violation]) -> pd.DataFrame:
    """The annex with what the tables say about entity and site; rows that the tables do not know are noted."""
    entities = demand.set_index("entity_key")
    places = sites.set_index("site_id")
    keys, ids = annex["entity_key"], annex["site_id"]
    stranger = ~keys.isin(entities.index)
    found.extend(_each(annex.loc[stranger], "entity_unknown", "not in the demand", "in the demand"))
    nowhere = sorted(set(ids[~ids.isin(places.index)]))
    found.extend(Violation("site_unknown", site, None, "not a site", "a site") for site in nowhere)
    # Of no rows at all, what is looked up has no numbers either.
    east, north = (
        keys.map(entities[name]).astype("float64") - ids.map(places[name]).astype("float64") for name in ("x_m", "y_m")
    )
    return annex.assign(
        known_need=keys.map(entities["need"]),
        known_key_industry=keys.map(entities["key_industry"]) if "key_industry" in entities else "unknown",
        site_unit=ids.map(places["unit"]),
        metres=np.hypot(east, north),
    ).reset_index(drop=True)


def _check_entities(
    joined: pd.DataFrame,
    active_keys: Collection[str],
    key_in_unit: Mapping[str, Collection[str]] | None,
    found: list[Violation],
) -> None:
    for key, rows in joined.loc[joined["entity_key"].duplicated(keep=False)].groupby("entity_key", sort=True):
        found.append(Violation("entity_twice", ";".join(sorted(rows["site_id"])), str(key), len(rows), 1))
    active = joined["entity_key"].isin(set(active_keys))
    found.extend(_each(joined.loc[active], "entity_on_active_roster", "on a roster", "on none"))
    if key_in_unit is None:
        good = (joined["known_key_industry"] == "yes").to_numpy()
    else:
        listed = {unit: set(keys) for unit, keys in key_in_unit.items()}
        pairs = zip(joined["entity_key"], joined["site_unit"], strict=True)
        good = np.array([key in listed.get(unit, ()) for key, unit in pairs], dtype=bool)
    found.extend(_each(joined.loc[~good], "not_key_industry", "not shown to be in one", "in a key industry"))


def _check_reach(
    joined: pd.DataFrame, limit_m: float | None, reached: pd.DataFrame | None, found: list[Violation]
) -> None:
    if reached is not None:
        _need_columns(reached, ("site_id", "entity_key"), "reached")
        pairs = pd.MultiIndex.from_frame(reached[["site_id", "entity_key"]])
        alien = ~pd.MultiIndex.from_frame(joined[["site_id", "entity_key"]]).isin(pairs)
        found.extend(_each(joined.loc[alien], "out_of_reach", "no pair", "a pair within reach"))
    elif limit_m is not None:
        # Written so that an unknown distance is never within reach; the hair is rounding of the square root.
        near = (joined["metres"] <= limit_m * (1 + 1e-12)).to_numpy()
        found.extend(_each(joined.loc[~near], "out_of_reach", "metres", limit_m))


def _check_statements(joined: pd.DataFrame, found: list[Violation]) -> None:
    if "distance_m" in joined.columns:
        off = (joined["distance_m"] - joined["metres"]).abs() > _ROUNDING_M
        found.extend(
            Violation("distance_differs", row.site_id, row.entity_key, row.distance_m, row.metres)
            for row in joined.loc[off].itertuples()
        )
    if "explicit_need" in joined.columns:
        said = joined["explicit_need"].map({"yes": 1, "no": 0, "unknown": -1})
        for row in joined.loc[said != joined["known_need"]].itertuples():
            known = _number(row.known_need)
            found.append(Violation("need_differs", row.site_id, row.entity_key, str(row.explicit_need), known))


def _check_roster(
    site: str,
    rows: pd.DataFrame,
    min_roster: int,
    need_share: tuple[int, int],
    capacity: Mapping[str, int],
    earlier: tuple[int, int],
    found: list[Violation],
) -> None:
    """Minimum, share and capacity over the distinct entities of one proposal, and those that it had before."""
    entities = rows.drop_duplicates("entity_key")
    n, k = earlier[0] + len(entities), earlier[1] + int((entities["known_need"] == 1).sum())
    num, den = need_share
    if len(entities) == 0:
        found.append(Violation("proposal_without_roster", site, None, 0, min_roster))
        return
    if n < min_roster:
        found.append(Violation("roster_too_small", site, None, n, min_roster))
    if den * k < num * n:
        found.append(Violation("need_share_too_low", site, None, k, -(-num * n // den)))
    if site in capacity and n > capacity[site]:
        found.append(Violation("over_capacity", site, None, n, int(capacity[site])))


def _each(rows: pd.DataFrame, code: str, measured: str, required: float | str) -> list[Violation]:
    """One violation per row; ``measured`` is a word, or the name of the column that holds the number."""
    values = [_number(value) for value in rows[measured]] if measured in rows.columns else [measured] * len(rows)
    return [
        Violation(code, site, key, value, required)
        for site, key, value in zip(rows["site_id"], rows["entity_key"], values, strict=True)
    ]


def _number(value: Any) -> float | None:
    return None if value != value else float(value)
