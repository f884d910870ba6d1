"""Flaws of units and institutions: a centre too few or too many, agreements, places, evaluations, conduct."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from shapely import Point

if TYPE_CHECKING:
    from ipps_geo.workspace.demo.ground import Ground


def unit_without_centre(ground: Ground) -> None:
    """Take the centre from a unit (R4-1)."""
    centre = ground.centre()
    unit = str(ground.row("institutions", centre)["unit"])
    ground.drop("institutions", "institution_id", centre)
    ground.plant("R4-1", unit, "the unit has no centre")


def unit_with_two_centres(ground: Ground) -> None:
    """Give a unit a second centre (R4-1)."""
    row = ground.row("institutions", ground.centre())
    second = {
        "institution_id": f"{row['institution_id']}-2",
        "name": f"演示第二{row['name']}",
        "data_class": "synthetic",
    }
    ground.add("institutions", **(row | second))
    ground.plant("R4-1", str(row["unit"]), "the unit has two centres")


def centre_without_city_centre(ground: Ground) -> None:
    """Take the city centre's signature from a centre's agreement (R4-2)."""
    centre = ground.centre()
    unit = ground.row("institutions", centre)["unit"]
    ground.change("institutions", centre, agreement_parties="district_ip_authority", agreement_district=unit)
    ground.plant("R4-2", centre, "the city centre did not sign the agreement")


def station_without_operator(ground: Ground) -> None:
    """Take the operator's signature from a station's agreement (R4-3)."""
    station = ground.station()
    ground.change("institutions", station, agreement_parties="city_center;district_ip_authority")
    ground.plant("R4-3", station, "the operator of the carrier did not sign the agreement")


def organisation_without_city_centre(ground: Ground) -> None:
    """Take the city centre's signature from an organisation's agreement (R4-4)."""
    station = ground.organisation_station()
    ground.change("institutions", station, agreement_parties="industry_organization")
    ground.plant("R4-4", station, "the city centre did not sign the agreement")


def station_elsewhere(ground: Ground) -> None:
    """Move a station to the unit farthest from its own (R4-6)."""
    station = ground.station()
    row = ground.row("institutions", station)
    units = ground.workspace.service_units
    # The unit farthest from the declared one, so that no precision of any boundary or position explains it.
    metric = units.to_crs(ground.workspace.region.metric_crs).geometry
    home = metric[(units["code"] == row["unit"]).to_numpy()].iloc[0]
    elsewhere = units.geometry.iloc[int(metric.distance(home).to_numpy().argmax())].representative_point()
    ground.change("institutions", station, geometry=Point(elsewhere.x, elsewhere.y))
    ground.plant("R4-6", station, "the place lies in another unit than the declared one")


def centre_fact(rule: str, why: str, **facts: object) -> Callable[[Ground], None]:
    """Return a planter that changes facts of a centre, so that ``rule`` fails."""

    def planter(ground: Ground) -> None:
        centre = ground.centre()
        ground.change("institutions", centre, **facts)
        ground.plant(rule, centre, why)

    return planter


def unqualified_twice(ground: Ground) -> None:
    """Evaluate a station as unqualified before and after rectification (R9-2)."""
    station = ground.station()
    ground.drop("evaluations", "institution_id", station)
    facts = {"institution_id": station, "year": 2025, "result": "unqualified", "indicator_version": "2025"}
    first = {"round": 1, "evaluated_on": dt.date(2026, 2, 10), "rectified_on": dt.date(2026, 5, 20)}
    second = {"round": 2, "evaluated_on": dt.date(2026, 6, 30)}
    for round_facts in (first, second):
        ground.add("evaluations", **facts, **round_facts, data_class="synthetic")
    ground.plant("R9-2", station, "unqualified, rectified and unqualified again in 2025, and still active")


def illegal_conduct(ground: Ground) -> None:
    """Record illegal acts in the name of an active station (R9-3, R20-1)."""
    station = ground.station()
    ground.add(
        "conduct",
        institution_id=station,
        kind="illegal",
        in_institution_name="yes",
        found_on=dt.date(2026, 7, 6),
        document="演示决定书〔2026〕1号",
        data_class="synthetic",
    )
    ground.plant("R9-3", station, "illegal acts in the institution's name were found, and it is still active")
    ground.plant("R20-1", station, "illegal acts in the institution's name were found")


def notified_before_decision(ground: Ground) -> None:
    """Revoke a station with a notice dated before the decision (R9-4)."""
    station = ground.station()
    ground.change(
        "institutions",
        station,
        revoked_on=dt.date(2026, 4, 20),
        revocation_ground="duties_adjusted",
        revocation_notified_on=dt.date(2026, 4, 1),
    )
    ground.plant("R9-4", station, "the notice of the revocation is dated before its decision")


def no_key_list(ground: Ground) -> None:
    """Take the key service list from a station (R13-1)."""
    station = ground.station()
    ground.change("institutions", station, has_key_service_list="no")
    ground.change_roster(station, key_service="unknown")  # else the roster would contradict it
    ground.plant("R13-1", station, "there is no key service list")


def other_indicators(ground: Ground) -> None:
    """Evaluate a station by the indicators of another year (R19-1)."""
    station = ground.station()
    ground.drop("evaluations", "institution_id", station)
    ground.change("institutions", station, established_on=dt.date(2023, 2, 1))
    ground.add(
        "evaluations",
        institution_id=station,
        year=2025,
        round=1,
        result="qualified",
        evaluated_on=dt.date(2026, 3, 15),
        indicator_version="2024",
        data_class="synthetic",
    )
    ground.plant("R19-1", station, "the year 2025 was evaluated by the indicators of 2024")
