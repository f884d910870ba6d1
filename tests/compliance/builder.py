"""From a policy case to a small workspace: one subject in perfect order, and what the case changes about it."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import pandas as pd
import shapely

from ipps_geo.columns import TABLES
from ipps_geo.compliance import audit
from ipps_geo.compliance.findings import Finding
from ipps_geo.intake.problems import no_problems
from ipps_geo.policy import Policy, load_policy
from ipps_geo.policy.files import parse_policy
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.tables import conform

TODAY = dt.date(2026, 11, 22)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# Two districts side by side; a functional area over the eastern end of the second (degrees, near Beijing).
UNITS = [
    {
        "code": "110108",
        "name_zh": "海淀区",
        "kind": "district",
        "precedence": 0,
        "geometry": (116.0, 39.8, 116.2, 40.0),
    },
    {
        "code": "110115",
        "name_zh": "大兴区",
        "kind": "district",
        "precedence": 0,
        "geometry": (116.2, 39.8, 116.4, 40.0),
    },
    {
        "code": "BDA",
        "name_zh": "亦庄",
        "kind": "functional_area",
        "precedence": 1,
        "geometry": (116.35, 39.8, 116.4, 40.0),
    },
]
LISTS = [
    {"list_id": name, "industry": "software", "code": industry}
    for name in ("beijing-ten-2017", "beijing-2441-2021")
    for industry in ("I65", "C3973")
]
PLACES = {
    "110108": (116.1, 39.9),
    "110115": (116.27, 39.9),
    "BDA": (116.375, 39.9),
    "20 m inside 110108": (116.19977, 39.9),
    "20 m outside 110108": (116.20023, 39.9),
    "outside": (117.5, 39.9),
}
OPERATOR = {
    "host_type": "incubator",
    "undertaking_name": "海淀孵化器有限公司",
    "legal_form": "company",
    "undertaking_founded_on": dt.date(2015, 5, 5),
    "operating_since": dt.date(2016, 6, 6),
    "full_time_staff": 2,
    "part_time_staff": 1,
    "has_premises": "yes",
    "has_phone": "yes",
    "has_tools": "yes",
    "has_service_base": "yes",
}
AGREEMENT = {"agreement_parties": "city_center;district_ip_authority;host_operator", "agreement_district": "110108"}
DUTIES = {"has_duty_document": "yes", "has_coordination_plan": "yes"}
STEPS = {
    "route": "district",
    "applied_on": dt.date(2026, 10, 1),
    "inspected_on": dt.date(2026, 10, 8),
    "recommended_on": dt.date(2026, 10, 9),
}
DECIDED = {
    "decision": "accepted",
    "decided_on": dt.date(2026, 11, 2),
    "filed_on": dt.date(2026, 11, 6),
    "was_inspected": "yes",
    "was_argued": "yes",
    "was_evaluated": "yes",
}
ESTABLISHED = {
    "established_on": dt.date(2024, 3, 1),
    "legacy": "no",
    "has_key_service_list": "yes",
    "service_data_until": dt.date(2026, 6, 30),
}
REVOKED = {
    "revoked_on": dt.date(2025, 6, 2),
    "revocation_ground": "dissolved",
    "revocation_notified_on": dt.date(2025, 6, 5),
}


@functools.cache
def code(number: int | str, kind: str = "91") -> str:
    """Return the credit code of enterprise ``number``: right check digit, an authority that does not exist."""
    if isinstance(number, str):
        return number
    body = f"{kind}990000{number:09d}"
    total = sum(ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(body))
    return body + ALPHABET[-total % 31]


def subject_row(kind: str, /, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return (table, row) of the subject of a case, in perfect order but for ``changes``."""
    center = "center" in kind
    common = {
        "name": "海淀区中心" if center else "某工作站",
        "unit": "110108",
        "place": "110108",
        **OPERATOR,
        "undertaking_uscc": code(900_001),
        **AGREEMENT,
    }
    if center:
        common |= {"agreement_parties": "city_center;district_ip_authority", **DUTIES}
    kinds = {"institution_kind": "district_center" if center else "workstation"}
    if kind in ("station", "center", "revoked_station", "revoked_center"):
        row = {
            "institution_id": "S",
            "kind": kinds["institution_kind"],
            **common,
            **ESTABLISHED,
            **(REVOKED if kind.startswith("revoked") else {}),
        }
        return "institutions", row | changes
    row = {"application_id": "S", "kind": "establishment", **kinds, **common, **STEPS}
    if kind.startswith("decided"):
        row |= DECIDED
    elif kind.startswith("change"):
        row |= {"kind": "change", **DECIDED, "change_items": "名称"}
    elif kind.startswith("revocation"):
        row |= {"kind": "revocation", "ground": "dissolved", "planned_on": dt.date(2026, 11, 1)}
    return "applications", row | changes


def roster_rows(holder: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a roster: ``enterprises`` numbered from ``first``, the first ``need`` of them with need.

    ``need_unknown`` further ones do not answer, the rest say no; the last ``outside`` are in no key industry, the
    ``industry_unknown`` before them state none. ``of_kind`` of them have credit codes of another ``kind``.
    """
    count, first = spec.get("enterprises", 50), spec.get("first", 1)
    need, open_need = spec.get("need", count), spec.get("need_unknown", 0)
    outside, open_industry = spec.get("outside", 0), spec.get("industry_unknown", 0)
    rows = []
    for position in range(count):
        number = first + position
        from_end = count - position
        other_kind = from_end <= spec.get("of_kind", 0)
        rows.append(
            {
                "holder_id": holder,
                "uscc": code(number, str(spec["kind"]) if other_kind else "91"),
                "name": f"北京第{number}号科技有限公司",
                "explicit_need": "yes" if position < need else "unknown" if position < need + open_need else "no",
                "industry_codes": "F5211"
                if from_end <= outside
                else None
                if from_end <= outside + open_industry
                else "I6510",
                **({"need_evidence": "问卷", "need_date": dt.date(2026, 1, 5)} if position < need else {}),
                **spec.get("each", {}),
            }
        )
    if rows and spec.get("key_service", True):
        rows[0]["key_service"] = "yes"
    for number in spec.get("without_code", []):
        rows[number - first]["uscc"] = None
    return rows


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Write a short row of a case in full: ``enterprise = 7`` stands for its code and name."""
    row = dict(row)
    number = row.pop("enterprise", None)
    if number is not None:
        row = {"uscc": code(number), "name": f"北京第{number}号科技有限公司"} | row
    return {"explicit_need": "yes", "industry_codes": "I6510"} | {
        key: written_code(value) if key in ("uscc", "parent_uscc") else value if value != "" else None
        for key, value in row.items()
    }


def written_code(text: str) -> str | None:
    """Return what a case means by ``#7`` (the code of enterprise 7), ``93#7`` (kind 93), ``full width #7``."""
    if "#" not in text:
        return text or None
    before, _, number = text.partition("#")
    if before.startswith("full width"):
        return " " + "".join(chr(ord(letter) + 0xFEE0) for letter in code(int(number)).lower())
    return code(int(number), before.strip() or "91")


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    row = {key: None if value == "unknown day" or value == "" else value for key, value in row.items()}
    place = row.pop("place", None)
    for name in ("undertaking_uscc",):
        if isinstance(row.get(name), str):
            row[name] = written_code(row[name])
    row["geometry"] = shapely.Point(PLACES[place]) if place else None
    return row


def build(case: dict[str, Any]) -> tuple[Workspace, Policy, dt.date]:
    """Return the workspace, policy and day of a case (see ``tests/cases/README.md``)."""
    kind = case.get("subject", "application")
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    if kind not in ("unit", "policy"):
        table, row = subject_row(kind, **case.get("facts", {}))
        tables[table].append(row)
        if "station" in kind or kind in ("application", "decided_application"):
            if case.get("roster") != "none":
                tables["rosters"] += roster_rows("S", case.get("roster", {}))
            tables["rosters"] += [_row({"holder_id": "S"} | row) for row in case.get("rows", [])]
    for other in case.get("others", []):
        changes = {key: value for key, value in other.items() if key not in ("is", "id", "serves", "rows")}
        table, row = subject_row(other.get("is", "station"), **changes)
        row["institution_id" if table == "institutions" else "application_id"] = other["id"]
        tables[table].append(row)
        tables["rosters"] += [_row({"holder_id": other["id"], "enterprise": n}) for n in other.get("serves", [])]
        tables["rosters"] += [_row({"holder_id": other["id"]} | row) for row in other.get("rows", [])]
    for name in ("evaluations", "staff", "conduct"):
        key = "institution_id"
        tables[name] = [{key: "S", **row} for row in case.get(name, [])]
    if "evaluations" not in case and kind in ("station", "center"):
        tables["evaluations"] = [
            {"institution_id": "S", "year": 2025, "round": 1, "result": "qualified", "indicator_version": "2025"}
        ]
    tables["enterprises"] = [
        {"enterprise_id": f"E{position}", **_row(row)} for position, row in enumerate(case.get("register", []))
    ]
    tables["service_units"] = [
        {**unit, "geometry": shapely.box(*unit["geometry"])} | case.get("unit_facts", {})
        for unit in [*UNITS, *case.get("units", [])]
    ]
    tables["key_industries"] = [*LISTS, *case.get("key_industries", [])]
    for name in ("institutions", "applications"):
        tables[name] = [_placed(row) for row in tables[name]]
    frames = {name: _frame(name, rows) for name, rows in tables.items()}
    workspace = Workspace("case", **frames, problems=_no_problems(), data_date=TODAY)  # type: ignore[arg-type]
    return workspace, policy_of(case), case.get("on", TODAY)


_FRAMES: dict[str, pd.DataFrame] = {}


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows as a table; most cases share most tables, and nobody changes them."""
    text = f"{name} {rows}"
    if text not in _FRAMES:
        _FRAMES[text] = conform(name, pd.DataFrame(rows))
    return _FRAMES[text]


@functools.cache
def _no_problems() -> pd.DataFrame:
    return no_problems()


def policy_of(case: dict[str, Any]) -> Policy:
    """Return the policy of a case: a shipped version, with readings switched and lines of the file replaced."""
    name = case.get("policy", "beijing-draft")
    if "readings" not in case and "policy_text" not in case:
        return load_policy(name)
    from importlib import resources

    text = (resources.files("ipps_geo.policy") / "versions" / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in case.get("policy_text", []):
        assert old in text, old
        text = text.replace(old, new, 1)
    lines = text.splitlines()
    for reading, option in case.get("readings", {}).items():
        (position,) = [number for number, line in enumerate(lines) if line.startswith(f"{reading} = ")]
        lines[position] = f'{reading} = {{ use = "{option}" }}'
    return parse_policy("\n".join(lines), where="case")


def findings_of(case: dict[str, Any]) -> dict[tuple[str, str], Finding]:
    """Return the findings of a case by rule and subject."""
    workspace, policy, on = build(case)
    return {(finding.rule, finding.subject): finding for finding in audit(workspace, policy, on)}
