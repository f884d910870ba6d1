"""The last check before a plan is written: the proposals as tables, against the tables they came from.

Nothing of the siting instance is used: no positions, no reach, no needs array. What would be printed is joined again
with the demand by entity key and with the sites by id, distances are measured again in metres, and every proposed
roster is judged by the Measure's numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from ipps_geo.columns.words import positions
from ipps_geo.errors import BadInput
from ipps_geo.siting.violations import Violation

if TYPE_CHECKING:
    from numpy.typing import NDArray

Keys: TypeAlias = Collection[str] | pd.Series
"""Entity keys: a series where there are many."""

_ANSWERS = pd.Series(["unknown", "no", "yes"])

#: A printed distance may be rounded to whole metres.
_ROUNDING_M = 0.51


def verify_proposals(
    annex: pd.DataFrame,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    active_keys: Keys,
    limit_m: float | None = None,
    reached: pd.DataFrame | None = None,
    key_in_unit: Mapping[str, Keys] | None = None,
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
    counted = _counted(joined)
    for site in sorted(set(proposals or ()) | set(counted)):
        _check_roster(
            site, counted.get(site, (0, 0)), min_roster, need_share, capacity or {}, (earlier or {}).get(site, (0, 0)),
            found,
        )  # fmt: skip
    return found


def _need_columns(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise BadInput("siting.column_missing", where=where, column=missing[0])


def _joined(annex: pd.DataFrame, demand: pd.DataFrame, sites: pd.DataFrame, found: list[Violation]) -> pd.DataFrame:
    """The annex with what the tables say about entity and site; rows that the tables do not know are noted."""
    keys, ids = annex["entity_key"], annex["site_id"]
    row, place = positions(keys, demand["entity_key"]), positions(ids, sites["site_id"])
    found.extend(_each(annex.loc[row < 0], "entity_unknown", "not in the demand", "in the demand"))
    nowhere = sorted(set(ids[place < 0]))
    found.extend(Violation("site_unknown", site, None, "not a site", "a site") for site in nowhere)
    east, north = (
        _numbers(demand, name, row, np.nan) - _numbers(sites, name, place, np.nan) for name in ("x_m", "y_m")
    )
    joined = annex.assign(
        row=row,
        place=place,
        known_need=_numbers(demand, "need", row, np.nan),
        metres=np.hypot(east, north),
    ).reset_index(drop=True)
    joined["site_unit"] = sites["unit"].reset_index(drop=True).reindex(place).to_numpy()
    if "key_industry" in demand:
        joined["known_key_industry"] = np.append((demand["key_industry"] == "yes").to_numpy(bool), False)[row]
    return joined


def _numbers(frame: pd.DataFrame, name: str, rows: NDArray[np.int64], unknown: float) -> NDArray[np.float64]:
    """A column of numbers at some rows; ``unknown`` where the row is negative."""
    return np.append(frame[name].to_numpy(np.float64, na_value=np.nan), unknown)[rows]


def repeated(rows: NDArray[np.int64], keys: pd.Series) -> NDArray[np.bool_]:
    """Return, per entry, whether its entity occurs again; by its row in the demand, by its key where that has none."""
    known = rows >= 0
    several = np.zeros(len(rows), bool)
    several[known] = (np.bincount(rows[known]) > 1)[rows[known]] if known.any() else False
    several[~known] = keys[~known].duplicated(keep=False)
    return several


def _check_entities(
    joined: pd.DataFrame, active_keys: Keys, key_in_unit: Mapping[str, Keys] | None, found: list[Violation]
) -> None:
    keys = joined["entity_key"]
    for key, rows in joined.loc[repeated(joined["row"].to_numpy(), keys)].groupby("entity_key", sort=True):
        found.append(Violation("entity_twice", ";".join(sorted(rows["site_id"])), str(key), len(rows), 1))
    active = _among(keys, active_keys)
    found.extend(_each(joined.loc[active], "entity_on_active_roster", "on a roster", "on none"))
    if key_in_unit is None:
        good = joined["known_key_industry"].to_numpy(bool)
    else:
        good = np.zeros(len(joined), bool)
        for unit in joined["site_unit"].dropna().unique():
            here = (joined["site_unit"] == unit).to_numpy(bool)
            good[here] = _among(keys[here], key_in_unit.get(unit, ()))
    found.extend(_each(joined.loc[~good], "not_key_industry", "not shown to be in one", "in a key industry"))


def _among(texts: pd.Series, keys: Keys) -> NDArray[np.bool_]:
    listed = keys if isinstance(keys, pd.Series) else pd.Series(list(keys), dtype="str")
    return positions(texts, listed) >= 0


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
        near = joined["metres"].to_numpy() <= limit_m * (1 + 1e-12)
        found.extend(_each(joined.loc[~near], "out_of_reach", "metres", limit_m))


def _check_statements(joined: pd.DataFrame, found: list[Violation]) -> None:
    if "distance_m" in joined.columns:
        off = (joined["distance_m"] - joined["metres"]).abs() > _ROUNDING_M
        found.extend(
            Violation("distance_differs", row.site_id, row.entity_key, row.distance_m, row.metres)
            for row in joined.loc[off].itertuples()
        )
    if "explicit_need" in joined.columns:
        said = np.array([-1, 0, 1, np.nan])[positions(joined["explicit_need"], _ANSWERS)]
        for row in joined.loc[said != joined["known_need"].to_numpy()].itertuples():
            known = _number(row.known_need)
            found.append(Violation("need_differs", row.site_id, row.entity_key, str(row.explicit_need), known))


def _counted(joined: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return (distinct entities, those with need) of each proposal that has rows."""
    distinct = joined[["site_id", "entity_key", "known_need"]]
    if repeated(joined["row"].to_numpy(), joined["entity_key"]).any():
        distinct = distinct.drop_duplicates(["site_id", "entity_key"])
    told = distinct.assign(with_need=distinct["known_need"] == 1).groupby("site_id")["with_need"].agg(["size", "sum"])
    return {str(site): (int(n), int(k)) for site, n, k in told.itertuples()}


def _check_roster(
    site: str,
    counted: tuple[int, int],
    min_roster: int,
    need_share: tuple[int, int],
    capacity: Mapping[str, int],
    earlier: tuple[int, int],
    found: list[Violation],
) -> None:
    """Minimum, share and capacity over the distinct entities of one proposal, and those that it had before."""
    n, k = earlier[0] + counted[0], earlier[1] + counted[1]
    num, den = need_share
    if counted[0] == 0:
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
