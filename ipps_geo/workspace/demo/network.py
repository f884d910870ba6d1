"""The demonstration network: workstations at carriers, their rosters, applications, evaluations and staff.

Most stations meet every condition of Art. 7 with room to spare; those of :mod:`ipps_geo.workspace.demo.cases` show what
a planner meets. Nothing here is known of a real place: every row is synthetic and every name says 演示.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.crs import metric_xy
from ipps_geo.workspace.demo.codes import credit_codes

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

REACH_M = 3000.0
"""How far from its host a demonstration station looks for the enterprises of its roster."""

FIRST_SERIAL = 90_000_000
"""Serials of operators' credit codes start here, above those of any enterprise."""

FULL_FACTS: dict[str, Any] = {
    "legal_form": "company",
    "has_premises": "yes",
    "has_phone": "yes",
    "has_tools": "yes",
    "has_service_base": "yes",
    "data_class": "synthetic",
    "source_kind": "generated",
}
"""Facts of an undertaking that meets the conditions."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Enterprises that a roster may name: companies in a key industry with a code and a place, one row per entity.

    ``xy`` is in metres, ``yes``, ``no`` and ``unknown`` tell their need, ``free`` which are not yet on a roster.
    """

    table: pd.DataFrame
    xy: NDArray[np.float64]
    need: NDArray[np.str_]
    free: NDArray[np.bool_]

    def take(
        self, near: NDArray[np.float64] | None, wanted: dict[str, int], reach_m: float = REACH_M
    ) -> NDArray[np.int64] | None:
        """Take the nearest free enterprises, ``wanted[answer]`` of each need, or None where there are too few.

        ``near`` None takes from the whole city, evenly over the table.
        """
        distance = np.zeros(len(self.free)) if near is None else np.hypot(*(self.xy - near).T)
        taken = []
        for answer, count in wanted.items():
            here = np.flatnonzero(self.free & (self.need == answer) & (distance <= reach_m))
            if len(here) < count:
                return None
            if near is None:
                here = here[np.linspace(0, len(here) - 1, count).astype(int)]
            else:
                here = here[np.argsort(distance[here], kind="stable")[:count]]
            taken.append(here)
        chosen = np.sort(np.concatenate(taken))
        self.free[chosen] = False
        return chosen


def roster_pool(enterprises: gpd.GeoDataFrame, key: pd.Series, metric_crs: str) -> Pool:
    """Return the pool of ``enterprises`` whose ``key`` answer is yes and whose identity and need leave no question.

    Parents of branches stay out: their branch's answer would count as theirs.
    """
    parents = set(enterprises["parent_uscc"].dropna())
    good = (
        (key == "yes")
        & enterprises["uscc"].notna()
        & (enterprises["legal_form"] == "company")
        & enterprises["parent_uscc"].isna()
        & ~enterprises["uscc"].isin(parents)
    ).to_numpy()
    rows = enterprises.loc[good].reset_index(drop=True)
    return Pool(
        rows.drop(columns="geometry"),
        metric_xy(rows, metric_crs),
        rows["explicit_need"].to_numpy(dtype=str),
        np.ones(len(rows), bool),
    )


@dataclass
class Network:
    """Rows of the network's tables while it is made; lengths are measured in ``metric_crs``."""

    metric_crs: str
    institutions: list[dict[str, Any]] = field(default_factory=list)
    rosters: list[pd.DataFrame] = field(default_factory=list)
    applications: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    staff: list[dict[str, Any]] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def operator(self, name: str) -> dict[str, Any]:
        """Return name and credit code of an operator that does not exist, the next one."""
        serial = FIRST_SERIAL + len(self.institutions) * 2 + len(self.applications)
        code = credit_codes(np.array(["91"]), np.array([serial]))[0]
        return {"undertaking_name": f"演示运营单位（{name}）", "undertaking_uscc": code}

    def add_station(
        self, carrier: pd.Series, established: dt.date, full_time: int, part_time: int, **facts: Any
    ) -> str:
        """Add a workstation hosted by ``carrier``, with the application that led to it, and return its id."""
        number = sum(row["kind"] == "workstation" for row in self.institutions) + 1
        station = f"W-{number:03d}"
        unit = carrier["unit"]
        row = {
            **FULL_FACTS,
            "institution_id": station,
            "kind": "workstation",
            "name": f"演示工作站{number:03d}（{carrier['name_zh']}）",
            "unit": unit,
            "carrier_id": carrier["carrier_id"],
            "host_type": carrier["host_type"],
            **self.operator(str(carrier["name_zh"])),
            "undertaking_founded_on": dt.date(2015 + number % 4, 1 + number % 12, 1 + number % 28),
            "operating_since": dt.date(2019 + number % 2, 1 + number % 12, 1 + number % 28),
            "full_time_staff": full_time,
            "part_time_staff": part_time,
            "established_on": established,
            "legacy": "no",
            "agreement_parties": "city_center;district_ip_authority;host_operator",
            "agreement_district": unit,
            "agreement_signed_on": established + dt.timedelta(days=14),
            "has_key_service_list": "yes",
            "service_data_until": dt.date(2026, 9, 30),
            "online_service": "yes" if number % 3 else "no",
            "position_precision_m": carrier["position_precision_m"],
            "position_basis": "at the host carrier",
            "source": "generated demonstration",
            "geometry": carrier["geometry"],
            **facts,
        }
        self.institutions.append(row)
        self.hosts.add(str(carrier["carrier_id"]))
        if row["legacy"] == "no":
            self.add_application(row, established, accepted=True)
        self.add_evaluations(row)
        self.add_staff(station, full_time, part_time)
        return station

    def add_application(self, of: dict[str, Any], decided: dt.date | None, *, accepted: bool, **facts: Any) -> str:
        """Add an application for establishment with the steps of Art. 5, decided or (None) pending; return its id."""
        application = f"A-{len(self.applications) + 1:03d}"
        applied = facts.pop("applied_on", None) or (decided or dt.date(2026, 11, 1)) - dt.timedelta(days=60)
        direct = of.get("host_type") == "industry_organization"
        same = (
            "unit", "carrier_id", "host_type", "org_level", "undertaking_name", "undertaking_uscc", "legal_form",
            "undertaking_founded_on", "operating_since", "full_time_staff", "part_time_staff", "has_premises",
            "has_phone", "has_tools", "has_service_base", "agreement_parties", "agreement_district", "geometry",
        )  # fmt: skip
        row = {
            **{name: of.get(name) for name in same},
            "application_id": application,
            "kind": "establishment",
            "institution_kind": "workstation",
            "institution_id": of.get("institution_id"),
            "name": of["name"],
            "route": "direct" if direct else "district",
            "applied_on": applied,
            "inspected_on": None if direct else applied + dt.timedelta(days=10),
            "recommended_on": None if direct else applied + dt.timedelta(days=20),
            "decision": "pending",
            "data_class": "synthetic",
        }
        if decided is not None:
            row |= {
                "decided_on": decided,
                "decision": "accepted" if accepted else "rejected",
                "was_inspected": "yes",
                "was_argued": "yes",
                "was_evaluated": "yes",
            }
            if accepted:
                row["filed_on"] = decided + dt.timedelta(days=7)
        self.applications.append(row | facts)
        return application

    def add_evaluations(self, station: dict[str, Any]) -> None:
        """Add one evaluation for each full year up to 2025 in which the station was active."""
        ended = station.get("revoked_on") or dt.date(2026, 12, 31)
        for year in (2023, 2024, 2025):
            if station["established_on"] < dt.date(year, 1, 1) and ended > dt.date(year, 12, 31):
                result = "excellent" if (int(station["institution_id"][2:]) + year) % 5 == 0 else "qualified"
                self.evaluations.append(
                    {
                        "institution_id": station["institution_id"],
                        "year": year,
                        "round": 1,
                        "result": result,
                        "evaluated_on": dt.date(year + 1, 3, 15),
                        "indicator_version": str(year),
                        "data_class": "synthetic",
                    }
                )

    def add_staff(self, institution: str, full_time: int, part_time: int) -> None:
        """Add anonymous staff."""
        modes = ["full_time"] * full_time + ["part_time"] * part_time
        for number, mode in enumerate(modes, start=1):
            self.staff.append(
                {
                    "person_id": f"{institution}-{number}",
                    "institution_id": institution,
                    "mode": mode,
                    "qualified": "yes",
                    "qualifications": "演示：专利代理师" if number % 2 else "演示：知识产权师",
                    "data_class": "synthetic",
                }
            )

    def add_roster(
        self, holder: str, rows: pd.DataFrame, *, listed: dt.date | None = None, delisted: dt.date | None = None
    ) -> None:
        """Add ``rows`` of the enterprise table to the roster of ``holder``; without days they are served all along.

        Whoever answered did so before the roster was filed: by the survey of the register, or when the holder asked.
        """
        same = [
            "enterprise_id", "uscc", "name", "parent_uscc", "industry_codes", "legal_form", "explicit_need",
            "need_evidence", "need_date",
        ]  # fmt: skip
        # Who left is not on the list of key enterprises either.
        key_service = np.where((np.arange(len(rows)) % 6 == 0) & (delisted is None), "yes", "no")
        first, end = (pd.Timestamp(day) if day else pd.NaT for day in (listed, delisted))
        filed = {"holder_id": holder, "key_service": key_service, "data_class": "synthetic"}
        asked = pd.Timestamp(listed or self._applied_on(holder)) - pd.to_timedelta(np.arange(len(rows)) % 60 + 1, "D")
        need_date = rows["need_date"].where(rows["need_date"].isna() | (rows["need_date"] < asked), asked)
        self.rosters.append(rows[same].assign(**filed, need_date=need_date, listed_on=first, delisted_on=end))

    def _applied_on(self, holder: str) -> dt.date:
        """Return the day of the holder's application; that of its establishment where it never applied."""
        applied = {
            row[name]: row["applied_on"] for row in self.applications for name in ("application_id", "institution_id")
        }
        established = {row["institution_id"]: row["established_on"] for row in self.institutions}
        day: dt.date = applied.get(holder) or established[holder]
        return day


def station_counts(units: Sequence[str], supply: pd.Series, total: int) -> dict[str, int]:
    """Return how many ordinary stations each unit gets, by its supply of enterprises; the two smallest get none.

    A unit without a station is something that a planner meets.
    """
    ranked = supply.reindex(list(units)).fillna(0).sort_values(ascending=False, kind="stable")
    ranked = ranked.iloc[: max(1, len(ranked) - 2)]
    if not total or not ranked.sum():
        return {}
    exact = ranked / ranked.sum() * total
    counts = np.maximum(1, np.floor(exact)).astype(int)
    return {str(unit): int(count) for unit, count in counts.items()}


def add_ordinary_stations(
    network: Network, pool: Pool, carriers: gpd.GeoDataFrame, wanted: dict[str, int], random: np.random.Generator
) -> None:
    """Add stations that meet every condition, at the carriers of each unit that have enough enterprises around.

    At most half of the carriers of a unit host one, so that candidates are left everywhere.
    """
    sites = metric_xy(carriers, network.metric_crs)
    for unit, count in sorted(wanted.items()):
        own = np.flatnonzero((carriers["unit"] == unit).to_numpy())
        made = 0
        for place in random.permutation(own):
            if made == min(count, (len(own) + 1) // 2):
                break
            size = int(random.integers(56, 96))
            yes = int(np.ceil(size * random.uniform(0.64, 0.82)))
            unknown = int((size - yes) * random.uniform(0, 0.4))
            chosen = pool.take(sites[place], {"yes": yes, "no": size - yes - unknown, "unknown": unknown})
            full_time, part_time = int(random.integers(1, 4)), int(random.integers(0, 3))
            established = dt.date(2023, 1, 10) + dt.timedelta(days=int(random.integers(0, 900)))
            if chosen is None or carriers["carrier_id"].iloc[place] in network.hosts:
                continue
            station = network.add_station(carriers.iloc[place], established, full_time, part_time)
            network.add_roster(station, pool.table.iloc[chosen])
            made += 1
