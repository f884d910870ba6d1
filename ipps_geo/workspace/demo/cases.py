"""What a planner meets: the few stations and applications of the demonstration that show one thing each.

The failures among them are planted and documented, so that an audit can be held to name each of them and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.workspace.demo.network import Network, Pool
from ipps_geo.workspace.planted import PlantedFlaw

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

_SHARED = 6
_DRIFT = dt.date(2026, 6, 30)
"""Day on which rosters that were in order when their stations were established changed."""


@dataclass(frozen=True)
class _Roster:
    """One roster case: members by need at establishment, by need that left later, and that came later."""

    start: Mapping[str, int]
    left: Mapping[str, int] = field(default_factory=dict)
    came: Mapping[str, int] = field(default_factory=dict)
    rule: str = ""
    why: str = ""


_ROSTERS = (
    _Roster(
        {"yes": 37, "no": 11, "unknown": 2}, {"no": 1}, {}, "R7-2a", "49 enterprises since one left: one short of 50"
    ),
    _Roster({"yes": 37, "no": 11, "unknown": 2}),  # exactly 50
    _Roster({"yes": 36, "no": 24}),  # exactly 60 %
    _Roster({"yes": 36, "no": 24}, {"yes": 1}, {"no": 1}, "R7-2d", "35 of 60 with explicit need: one below 60 %"),
    _Roster({"yes": 33, "no": 19, "unknown": 8}),  # the unknown decide
)


def add_cases(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> list[PlantedFlaw]:
    """Add the stations and applications that show one thing each, and return what fails among them.

    Where the enterprises around the carriers do not suffice (a small demonstration), a case is left out.
    """
    planted = []
    for case in _ROSTERS:
        wanted = {answer: case.start.get(answer, 0) + case.came.get(answer, 0) for answer in ("yes", "no", "unknown")}
        host, chosen = _host(network, pool, carriers, wanted)
        if host is None or chosen is None:
            continue
        station = network.add_station(host, dt.date(2024, 4, 16), 2, 1)
        came = _first(chosen, case.came)
        left = _first(chosen.drop(index=came.index), case.left)
        network.add_roster(station, chosen.drop(index=came.index.union(left.index)))
        if len(left):
            network.add_roster(station, left, delisted=_DRIFT)
        if len(came):
            network.add_roster(station, came, listed=_DRIFT)
        if case.rule:
            planted.append(PlantedFlaw(case.rule, station, "FAIL", case.why))
    planted += _overlap(network, pool, carriers)
    _industry_organisation(network, pool)
    released = _revoked(network, pool, carriers)
    _legacy(network, pool, carriers)
    # Only who comes after the revocation may take them: the rosters of earlier stations have no first day.
    pool.free[released] = True
    planted += _applications(network, pool, carriers)
    _refused(network, pool, carriers)
    # An application binds nobody before it is accepted, so its enterprises stay free.
    pool.free[_applied_for(pool, network)] = True
    return planted


def _first(rows: pd.DataFrame, wanted: Mapping[str, int]) -> pd.DataFrame:
    """Return the first rows of each wanted need."""
    chosen = [rows.index[rows["explicit_need"] == answer][:count] for answer, count in wanted.items()]
    return rows.loc[sorted(label for labels in chosen for label in labels)]


def _host(
    network: Network, pool: Pool, carriers: gpd.GeoDataFrame, wanted: dict[str, int]
) -> tuple[pd.Series | None, pd.DataFrame | None]:
    """Return (a carrier without a station that has the wanted enterprises around, those enterprises).

    Units with many carriers come first, so that small ones keep their candidates.
    """
    sizes = carriers["unit"].map(carriers["unit"].value_counts())
    order = np.lexsort((carriers["carrier_id"].to_numpy(dtype=str), -sizes.to_numpy()))
    sites = metric_xy(carriers, network.metric_crs)
    # Every fifth carrier first: the cases spread over the city instead of crowding in one unit.
    for place in np.concatenate([order[start::5] for start in range(5)]):
        if carriers["carrier_id"].iloc[place] in network.hosts:
            continue
        chosen = pool.take(sites[place], wanted)
        if chosen is not None:
            network.hosts.add(str(carriers["carrier_id"].iloc[place]))
            return carriers.iloc[place], pool.table.iloc[chosen]
    return None, None


def _overlap(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> list[PlantedFlaw]:
    """Two stations share enterprises: the one established later fails, the earlier one is only named."""
    first, shared = _host(network, pool, carriers, {"yes": 48, "no": 18})
    second, own = _host(network, pool, carriers, {"yes": 42, "no": 14})
    if first is None or second is None or shared is None or own is None:
        return []
    earlier = network.add_station(first, dt.date(2023, 6, 20), 2, 0)
    network.add_roster(earlier, shared)
    later = network.add_station(second, dt.date(2024, 9, 10), 1, 1)
    network.add_roster(later, own)
    # Spread over the shared ones, so that yes and no are both among them.
    network.add_roster(later, shared.iloc[:: len(shared) // _SHARED][:_SHARED], listed=_DRIFT)
    why = f"{_SHARED} enterprises are on the roster of {earlier}, which was established earlier"
    return [PlantedFlaw("R7-2c", later, "FAIL", why)]


def _industry_organisation(network: Network, pool: Pool) -> None:
    """A station of a municipal industry organisation serves the whole city and belongs to no unit."""
    chosen = pool.take(None, {"yes": 55, "no": 15}, reach_m=np.inf)
    if chosen is None:
        return
    number = sum(row["kind"] == "workstation" for row in network.institutions) + 1
    established = dt.date(2024, 1, 18)
    row: dict[str, Any] = {
        "institution_id": f"W-{number:03d}",
        "kind": "workstation",
        "name": f"演示工作站{number:03d}（演示市级行业协会）",
        "host_type": "industry_organization",
        "org_level": "municipal",
        **network.operator("演示市级行业协会"),
        "legal_form": "social_organization",
        "undertaking_founded_on": dt.date(2012, 5, 8),
        "operating_since": dt.date(2012, 9, 3),
        "full_time_staff": 3,
        "part_time_staff": 2,
        "has_premises": "yes",
        "has_phone": "yes",
        "has_tools": "yes",
        "has_service_base": "yes",
        "established_on": established,
        "legacy": "no",
        "agreement_parties": "city_center;industry_organization",
        "agreement_signed_on": dt.date(2024, 2, 1),
        "has_key_service_list": "yes",
        "service_data_until": dt.date(2026, 9, 30),
        "online_service": "yes",
        "source": "generated demonstration",
        "source_kind": "generated",
        "data_class": "synthetic",
    }
    network.institutions.append(row)
    network.add_application(row, established, accepted=True)
    network.add_evaluations(row)
    network.add_staff(row["institution_id"], 3, 2)
    network.add_roster(row["institution_id"], pool.table.iloc[chosen])


def _revoked(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """A station gave up its duties in 2025, and its carrier is a candidate again; returns which rows it released."""
    host, chosen = _host(network, pool, carriers, {"yes": 45, "no": 15})
    if host is None or chosen is None:
        return np.zeros(len(pool.free), bool)
    ended = dt.date(2025, 9, 30)
    station = network.add_station(
        host,
        dt.date(2023, 3, 7),
        1,
        0,
        revoked_on=ended,
        revocation_ground="duties_adjusted",
        revocation_notified_on=dt.date(2025, 10, 9),
        service_data_until=dt.date(2025, 9, 30),
    )
    network.add_roster(station, chosen)
    network.applications.append(
        network.applications[-1]
        | {
            "application_id": f"A-{len(network.applications) + 1:03d}",
            "kind": "revocation",
            "applied_on": dt.date(2025, 8, 12),
            "inspected_on": None,
            "recommended_on": None,
            "decided_on": ended,
            "planned_on": ended,
            "filed_on": dt.date(2025, 10, 15),
            "ground": "duties_adjusted",
        }
    )
    return np.isin(pool.table["enterprise_id"], chosen["enterprise_id"])


def _legacy(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> None:
    """A station from before the Measure: its agreement and staff are not on record."""
    host, chosen = _host(network, pool, carriers, {"yes": 50, "no": 20, "unknown": 4})
    if host is None or chosen is None:
        return
    facts = {"undertaking_founded_on": dt.date(2013, 4, 2), "operating_since": dt.date(2014, 9, 1), "legacy": "yes"}
    unknown = dict.fromkeys(
        ("agreement_parties", "agreement_district", "agreement_signed_on", "full_time_staff", "part_time_staff")
    )
    station = network.add_station(host, dt.date(2019, 12, 10), 0, 0, **facts, **unknown)
    network.add_roster(station, chosen)


def _applications(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> list[PlantedFlaw]:
    """Applications on the table: two that meet the conditions, and one of a unit too young."""
    planted = []
    for number, wanted in enumerate(
        ({"yes": 44, "no": 16}, {"yes": 40, "no": 14, "unknown": 4}, {"yes": 41, "no": 15})
    ):
        host, chosen = _host(network, pool, carriers, wanted)
        if host is None or chosen is None:
            continue
        young = number == 2
        row = {
            **dict.fromkeys(("has_premises", "has_phone", "has_tools", "has_service_base"), "yes"),
            "name": f"演示拟设工作站（{host['name_zh']}）",
            "unit": host["unit"],
            "carrier_id": host["carrier_id"],
            "host_type": host["host_type"],
            **network.operator(f"{host['name_zh']}申请"),
            "legal_form": "company",
            "undertaking_founded_on": dt.date(2026, 2, 2) if young else dt.date(2018, 6, 1 + number),
            "operating_since": dt.date(2026, 3, 2) if young else dt.date(2020, 3, 2 + number),
            "full_time_staff": 1,
            "part_time_staff": number,
            "agreement_parties": "city_center;district_ip_authority;host_operator",
            "agreement_district": host["unit"],
            "geometry": host["geometry"],
        }
        application = network.add_application(
            row, None, accepted=False, applied_on=dt.date(2026, 9, 14) + dt.timedelta(days=7 * number)
        )
        network.add_roster(application, chosen)
        network.add_staff(application, 1, number)
        if young:
            planted.append(
                PlantedFlaw(
                    "R7-1c", application, "FAIL", "the applicant was founded less than a year before it applied"
                )
            )
    return planted


def _refused(network: Network, pool: Pool, carriers: gpd.GeoDataFrame) -> None:
    """An application that was refused in 2025, because its roster was too short."""
    host, chosen = _host(network, pool, carriers, {"yes": 26, "no": 12})
    if host is None or chosen is None:
        return
    row = {
        "name": f"演示拟设工作站（{host['name_zh']}）",
        "unit": host["unit"],
        "carrier_id": host["carrier_id"],
        "host_type": host["host_type"],
        **network.operator(f"{host['name_zh']}申请"),
        "legal_form": "company",
        "undertaking_founded_on": dt.date(2016, 8, 9),
        "operating_since": dt.date(2017, 3, 1),
        "geometry": host["geometry"],
    }
    application = network.add_application(row, dt.date(2025, 5, 20), accepted=False)
    network.add_roster(application, chosen)


def _applied_for(pool: Pool, network: Network) -> NDArray[np.bool_]:
    """Return which rows of the pool are on the roster of an application."""
    ids = [roster["enterprise_id"] for roster in network.rosters if str(roster["holder_id"].iloc[0]).startswith("A-")]
    return np.isin(pool.table["enterprise_id"], np.concatenate(ids)) if ids else np.zeros(len(pool.free), bool)
