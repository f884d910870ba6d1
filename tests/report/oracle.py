"""Every number that a sentence may tell, computed a second time from the raw tables: shares no code with the product.

Plain Python over the rows; only libraries beside it (pandas, geopandas, stdnum). It reads tables, the policy's own TOML
file and the locales' templates, and nothing else of the package.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from stdnum.cn import uscc as standard

import ipps_geo

PACKAGE = Path(ipps_geo.__file__).parent
CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
SECTIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60), "H": (61, 62),
    "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79), "O": (80, 82),
    "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip
EARLIER, OPEN, LATER = range(3)


def day(value: Any) -> dt.date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def pair(least: Any, most: Any) -> Any:
    return least if least == most else (least, most)


def plain_name(name: Any) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())


def needed(n: int) -> int:
    """Return the fewest with need of n enterprises: 60 %."""
    return -(-3 * n // 5)


class Oracle:
    def __init__(self, tables: Any, on: dt.date, version: str = "beijing-draft") -> None:
        self.on = on
        self.t = {name: frame.to_dict("records") for name, frame in tables.items() if name != "service_units"}
        self.units: Any = tables["service_units"]
        self.frames = tables
        self.policy = tomllib.loads((PACKAGE / "policy" / "versions" / f"{version}.toml").read_text(encoding="utf-8"))
        self.institutions = {row["institution_id"]: row for row in self.t["institutions"]}
        self.applications = {row["application_id"]: row for row in self.t["applications"]}

    # --- who is who ---------------------------------------------------------------------------------------------------

    @cached_property
    def branch_of(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in self.t["enterprises"]:
            own, parent = text(row["uscc"]), text(row["parent_uscc"])
            if own and parent and row["legal_form"] != "company" and own != parent:
                found[own] = min(parent, found.get(own, parent))
        return found

    def whole(self, row: dict[str, Any]) -> str | None:
        """Return the credit code of the legal entity behind a row, that of the parent for a branch."""
        own, parent = text(row["uscc"]), text(row["parent_uscc"])
        own = own if own and CODE.fullmatch(own) and len(set(own)) > 1 else None
        if row["legal_form"] == "company":
            return own
        key = parent or own
        while key in self.branch_of:
            key = self.branch_of[key]
        return key

    @cached_property
    def registered(self) -> dict[str, str]:
        return {row["enterprise_id"]: self.whole(row) or "id:" + row["enterprise_id"] for row in self.t["enterprises"]}

    @cached_property
    def register(self) -> dict[str, list[dict[str, Any]]]:
        found = defaultdict(list)
        for row in self.t["enterprises"]:
            found[self.registered[row["enterprise_id"]]].append(row)
        return found

    @cached_property
    def bearers(self) -> dict[str, set[str]]:
        """Entities with a credit code by the names that they bear, or bore."""
        found = defaultdict(set)
        for key, rows in self.register.items():
            for row in rows if not key.startswith("id:") else ():
                for name in (row["name"], *(text(row["former_names"]) or "").split(";")):
                    found[plain_name(name)].add(key)
        return found

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        found = defaultdict(list)
        for number, row in enumerate(self.t["rosters"]):
            key = self.whole(row)
            key = key or self.registered.get(row["enterprise_id"]) or f"row:{number}"
            bare = key.startswith(("id:", "row:"))
            form = text(row["legal_form"])
            forms = {entry["legal_form"] for entry in self.register.get(key, ())}
            if bare:
                company = form == "company" or (form is None and "company" in forms)
                kind = "yes" if company else "no" if form == "individual_business" else "unknown"
            else:
                kind = {"91": "yes", "93": "unknown"}.get(
                    key[:2], "no" if key[0] in "15" or key[:2] == "92" else "unknown"
                )
            lone = form == "branch" and key == text(row["uscc"])
            found[row["holder_id"]].append(
                {**row, "key": key, "kind": kind, "coded": not bare and not lone, "plain": plain_name(row["name"])}
            )
        return found

    @staticmethod
    def in_force(rows: list[dict[str, Any]], on: dt.date) -> list[dict[str, Any]]:
        return [
            row for row in rows if (day(row["listed_on"]) or on) <= on and (day(row["delisted_on"]) or dt.date.max) > on
        ]

    # --- key industries -----------------------------------------------------------------------------------------------

    def lists(self, unit: Any, on: dt.date) -> tuple[set[str], set[str], bool]:
        """Return (codes named whole, codes named in part, whether something may be listed without a code)."""
        names = self.policy["key_industries"]["city_lists"]
        rows = [
            row
            for row in self.t["key_industries"]
            if (row["scope"] == "city" and row["list_id"] in names) or (row["scope"] != "city" and row["scope"] == unit)
            if (day(row["valid_from"]) or on) <= on and (day(row["valid_to"]) or dt.date.max) > on
        ]
        whole = {digits(row["code"]) for row in rows if text(row["code"]) and not row["partial"]}
        part = {digits(row["code"]) for row in rows if text(row["code"]) and row["partial"]}
        return whole, part, any(text(row["code"]) is None for row in rows)

    def is_key(self, texts: list[str], lists: tuple[set[str], set[str], bool]) -> str:
        whole, part, unsure = lists
        found = "no" if texts else "unknown"
        for codes in texts:
            own = {digits(code) for code in codes.split(";")}
            if any(under(code, listed) for code in own for listed in whole):
                return "yes"
            if any(under(code, listed) or under(listed, code) for code in own for listed in whole | part):
                found = "unknown"
        return "unknown" if unsure and found == "no" else found

    # --- one roster on one day ----------------------------------------------------------------------------------------

    def holders(self, kind: str, name: str) -> list[str]:
        if kind == "application":
            own = text(self.applications[name]["institution_id"])
            return [name, *([own] if own else [])]
        accepted = [
            row["application_id"]
            for row in self.t["applications"]
            if row["institution_id"] == name and self.accepted(row)
        ]
        return [name, *sorted(accepted)]

    def accepted(self, row: dict[str, Any]) -> bool:
        return (
            row["kind"] == "establishment"
            and row["institution_kind"] == "workstation"
            and row["decision"] == "accepted"
            and (day(row["decided_on"]) or self.on) <= self.on
            and (day(row["applied_on"]) or self.on) <= self.on
        )

    def entities(self, kind: str, name: str, on: dt.date) -> dict[str, dict[str, Any]]:
        held = next((self.rows[holder] for holder in self.holders(kind, name) if holder in self.rows), [])
        subject = (self.institutions if kind == "institution" else self.applications)[name]
        lists = self.lists(text(subject["unit"]), on)
        found: dict[str, dict[str, Any]] = {}
        groups = defaultdict(list)
        for row in self.in_force(held, on):
            groups[row["key"]].append(row)
        for key, rows in groups.items():
            answers = {row["explicit_need"] for row in rows if (day(row["need_date"]) or on) <= on} - {"unknown"}
            known = self.register.get(key, [])
            if not answers:
                answers = {row["explicit_need"] for row in known if (day(row["need_date"]) or on) <= on} - {"unknown"}
            filed = [row["industry_codes"] for row in rows if text(row["industry_codes"])]
            filed = filed or [row["industry_codes"] for row in known if text(row["industry_codes"])]
            kinds = {row["kind"] for row in rows}
            whole = "yes" if "yes" in kinds else "no" if "no" in kinds else "unknown"
            coded = all(row["coded"] for row in rows)
            found[key] = {
                "rows": rows,
                "kind": whole,
                "coded": coded,
                "certain": whole == "yes" and coded,
                "need": answers.pop() if len(answers) == 1 else "unknown",
                "key": self.is_key(filed, lists),
            }
        return found

    @cached_property
    def binding(self) -> list[dict[str, Any]]:
        """Stations and accepted applications with the rows that bind others."""
        found = []
        linked = set()
        for name, row in self.institutions.items():
            if row["kind"] != "workstation":
                continue
            rows = next(
                (self.rows[holder] for holder in self.holders("institution", name) if holder in self.rows), None
            )
            linked.update(self.holders("institution", name))
            undated = day(row["revoked_on"]) is None
            doubt = undated and (
                row["is_revoked"] == "yes"
                or text(row["revocation_ground"]) is not None
                or day(row["revocation_notified_on"]) is not None
            )
            filed = rows is not None or row["roster_filed"] == "yes"
            found.append(
                {"id": name, "own": name, "since": day(row["established_on"]), "until": day(row["revoked_on"]),
                 "rows": rows or [], "doubt": doubt, "filed": filed}
            )  # fmt: skip
        for name, row in self.applications.items():
            if self.accepted(row) and name not in linked:
                filed = name in self.rows or row["roster_filed"] == "yes"
                own = text(row["institution_id"]) or name
                found.append(
                    {"id": name, "own": own, "since": day(row["decided_on"]), "until": None,
                     "rows": self.rows.get(name, []), "doubt": False, "filed": filed}
                )  # fmt: skip
        return found

    def overlaps(self, kind: str, name: str, on: dt.date) -> dict[str, Any]:
        entities = self.entities(kind, name, on)
        counted = {key: entity for key, entity in entities.items() if entity["kind"] != "no"}
        row = (self.institutions if kind == "institution" else self.applications)[name]
        own_id = name if kind == "institution" else text(row["institution_id"]) or ""
        decided = self.decided(name) if kind == "application" else None
        waits = kind == "application" and decided is None
        since = day(row["established_on"]) if kind == "institution" else None

        def level(other: dict[str, Any]) -> int | None:
            first, last = other["since"], other["until"]
            if (first or on) > on or (last or dt.date.max) <= on:
                return None
            if kind == "institution":
                told = OPEN if since is None or first in (None, since) else LATER if first < since else EARLIER
            else:
                told = LATER
                if (first is None and not (waits and on == self.on)) or (first == on and not waits and on == decided):
                    told = OPEN
            return min(told, OPEN) if other["doubt"] else told

        found = {name: (set(), set()) for name in ("earlier", "open", "pending", "later")}
        unfiled = set()
        for other in self.binding:
            told = level(other)
            if told is None or other["own"] == own_id or other["id"] == name:
                continue
            if not other["filed"] and told >= OPEN:
                unfiled.add(other["id"])
            for key, which in self.shared(counted, self.in_force(other["rows"], on)):
                entity = counted[key]
                here = min(told, OPEN) if which == "name" or entity["kind"] == "unknown" else told
                group = ("later", "open", "earlier")[here]
                found[group][0].add(key)
                found[group][1].add(other["id"])
        if waits and on == self.on:
            for other, row in self.applications.items():
                pending = row["kind"] == "establishment" and row["institution_kind"] == "workstation"
                pending &= row["decision"] != "rejected" and self.decided(other) is None and not self.accepted(row)
                pending &= (day(row["applied_on"]) or self.on) <= self.on
                if pending and other != name and (not own_id or text(row["institution_id"]) != own_id):
                    for key, which in self.shared(counted, self.in_force(self.rows.get(other, []), on)):
                        if which == "key":
                            found["pending"][0].add(key)
                            found["pending"][1].add(other)
        taken = found["earlier"][0] | found["open"][0]
        return {
            "shared": len(found["earlier"][0]),
            "stations": found["earlier"][1],
            "possible": len(found["open"][0] - found["earlier"][0]),
            "possible_stations": found["open"][1],
            "pending": len(found["pending"][0] - taken),
            "pending_stations": found["pending"][1],
            "shared_later": len(found["later"][0] - found["earlier"][0]),
            "later_stations": found["later"][1],
            "unfiled": len(unfiled),
            "unfiled_stations": unfiled,
            "without_code": sum(not entity["coded"] for entity in counted.values()),
            "residual": count(counted, taken),
            "taken": taken,
        }

    def shared(self, mine: dict[str, dict[str, Any]], others: list[dict[str, Any]]) -> list[tuple[str, str]]:
        """Return the entities of one roster that stand on another, as (key, by what: ``key`` or ``name``)."""
        theirs = [row for row in others if row["kind"] != "no"]
        keys, found = {row["key"] for row in theirs}, []
        by_name = defaultdict(list)
        for row in theirs:
            by_name[row["plain"]].append(row)
        loose_bearers = {key for row in theirs if not row["coded"] for key in self.bearers[row["plain"]]}
        for key, entity in mine.items():
            if key in keys:
                found.append((key, "key"))
                continue
            same_name = any(
                other["key"] != key and not (row["coded"] and other["coded"])
                for row in entity["rows"]
                for other in by_name[row["plain"]]
            )
            named = any(not row["coded"] and self.bearers[row["plain"]] & keys - {key} for row in entity["rows"])
            if same_name or named or key in loose_bearers:
                found.append((key, "name"))
        return found

    def decided(self, application: str) -> dt.date | None:
        row = self.applications[application]
        decided = day(row["decided_on"])
        return decided if row["decision"] == "accepted" and decided and decided <= self.on else None

    # --- places -------------------------------------------------------------------------------------------------------

    @cached_property
    def shapes(self) -> gpd.GeoDataFrame:
        return self.units.set_index("code").to_crs("EPSG:4548")

    def place(self, kind: str, name: str) -> Any:
        table, key = ("institutions", "institution_id") if kind == "institution" else ("applications", "application_id")
        frame = self.frames[table]
        return frame.loc[frame[key] == name].to_crs("EPSG:4548").geometry.iloc[0]


def digits(code: str) -> str:
    """Return an industry code as its digits, a section as its letter."""
    code = code.strip().upper()
    return code if len(code) == 1 else code.lstrip("ABCDEFGHIJKLMNOPQRST")


def under(code: str, listed: str) -> bool:
    """Whether ``code`` is ``listed`` or lies in it."""
    if listed in SECTIONS and code not in SECTIONS:
        low, high = SECTIONS[listed]
        return low <= int(code[:2]) <= high
    return code.startswith(listed)


def count(entities: dict[str, dict[str, Any]], without: set[str] | None = None, **having: str) -> Any:
    """Return (least, most) of the enterprises, without some, with some answers: certain ones, and all that may be."""
    left = [entity for key, entity in entities.items() if key not in (without or set()) and entity["kind"] != "no"]
    sure = [e for e in left if e["certain"] and all(e[name] == value for name, value in having.items())]
    maybe = [e for e in left if all(e[name] in (value, "unknown") for name, value in having.items())]
    return pair(len(sure), len(maybe))


def check_digit_is_right(code: str) -> bool:
    return bool(CODE.fullmatch(code)) and standard.is_valid(code)
