"""Networks drawn at random, small and awkward, and the changes in them that an account must not notice."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box
from stdnum.cn.uscc import calc_check_digit

from ipps_geo.columns import TABLES
from ipps_geo.crs import STORE_CRS
from ipps_geo.ledger import Role
from ipps_geo.ledger.entities import cells, entities
from ipps_geo.workspace import Workspace
from ipps_geo.workspace.tables import conform

UNITS = ("110108", "110105", "110111", "BDA", "YANSHAN")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FIRST = dt.date(2024, 1, 1)


class Drawing:
    """Draws values; the same ones for the same seed."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def one(self, values):
        return values[self.random.integers(len(values))]

    def perhaps(self, value, share=0.5):
        return value if self.random.random() < share else None

    def code(self):
        kind = self.one(["91", "91", "91", "92", "93"])
        body = f"{kind}1101{self.random.integers(100):02d}" + "".join(self.one(LETTERS) for _ in range(9))
        return body + str(calc_check_digit(body))

    def day(self):
        return FIRST + dt.timedelta(days=int(self.random.integers(900)))

    def place(self):
        return Point(116.0 + 0.8 * self.random.random(), 39.7 + 0.5 * self.random.random())

    def name(self):
        return "".join(self.one("海淀清河云光中科天成北斗星联") for _ in range(6)) + self.one(
            ["有限公司", "中心", "（北京）公司"]
        )


def drawn(seed, enterprises=30, rows=60):
    """Return a network with branches, blanks, doubles, sub-units, revoked stations and pending applications."""
    draw = Drawing(seed)
    units = gpd.GeoDataFrame(
        {
            "code": list(UNITS),
            "name_zh": list(UNITS),
            "kind": "district",
            "precedence": 1,
            "part_of": [None, None, None, None, "110111"],
        },
        geometry=[box(116 + 0.2 * n, 39.7, 116.2 + 0.2 * n, 40.2) for n in range(len(UNITS))],
        crs=STORE_CRS,
    )
    firms = []
    for n in range(enterprises):
        parent = firms[draw.random.integers(len(firms))]["uscc"] if firms and draw.random.random() < 0.15 else None
        firms.append(
            {
                "enterprise_id": f"E{n:03d}",
                "uscc": draw.perhaps(draw.code(), 0.85),
                "parent_uscc": parent,
                "name": draw.name(),
                "unit": draw.perhaps(draw.one(UNITS), 0.9),
                "legal_form": draw.perhaps(draw.one(["company", "partnership"]), 0.3),
                "explicit_need": draw.one(["yes", "no", "unknown"]),
                "need_date": draw.perhaps(draw.day()),
                "need_evidence": draw.perhaps("问卷"),
                "address": draw.name(),
                "geometry": draw.perhaps(draw.place(), 0.9),
            }
        )
    stations = [
        {
            "institution_id": f"W{n}",
            "kind": draw.one(["workstation", "workstation", "district_center"]),
            "name": draw.name(),
            "unit": draw.perhaps(draw.one(UNITS), 0.9),
            "host_type": "incubator",
            "undertaking_name": draw.name(),
            "undertaking_uscc": draw.code(),
            "full_time_staff": int(draw.random.integers(4)),
            "established_on": draw.perhaps(draw.day(), 0.9),
            "revoked_on": draw.perhaps(draw.day(), 0.2),
            "revocation_ground": draw.perhaps("conduct", 0.2),
            "geometry": draw.place(),
        }
        for n in range(8)
    ]
    cases = [
        {
            "application_id": f"A{n}",
            "kind": draw.one(["establishment", "establishment", "establishment", "change"]),
            "institution_kind": "workstation",
            "institution_id": draw.perhaps(f"W{draw.random.integers(8)}", 0.4),
            "name": draw.name(),
            "unit": draw.one(UNITS),
            "applied_on": draw.day(),
            "decision": draw.one(["pending", "pending", "accepted", "rejected"]),
        }
        for n in range(6)
    ]
    holders = [each["institution_id"] for each in stations[:6]] + [each["application_id"] for each in cases]
    listed = []
    for _ in range(rows):
        firm = firms[draw.random.integers(len(firms))]
        bare = draw.random.random() < 0.2
        listed.append(
            {
                "holder_id": draw.one(holders),
                "enterprise_id": draw.perhaps(firm["enterprise_id"], 0.6),
                "uscc": None if bare else firm["uscc"],
                "name": firm["name"],
                "parent_uscc": draw.perhaps(firm["parent_uscc"], 0.5),
                "explicit_need": draw.one(["yes", "no", "unknown"]),
                "listed_on": draw.perhaps(draw.day()),
                "delisted_on": draw.perhaps(draw.day(), 0.1),
            }
        )
    ids = [each["institution_id"] for each in stations]
    made = {
        "service_units": units,
        "enterprises": pd.DataFrame(firms),
        "institutions": pd.DataFrame(stations),
        "applications": pd.DataFrame(cases),
        "rosters": pd.DataFrame(listed),
        "evaluations": pd.DataFrame(
            {
                "institution_id": ids,
                "year": 2025,
                "round": 1,
                "result": [draw.one(["qualified", "unqualified"]) for _ in ids],
            }
        ),
        "staff": pd.DataFrame(
            [
                {
                    "person_id": f"P{n}",
                    "institution_id": draw.one([*ids, *holders]),
                    "mode": draw.one(["full_time", "part_time"]),
                }
                for n in range(12)
            ]
        ),
        "conduct": pd.DataFrame([{"institution_id": draw.one(ids), "kind": "illegal", "found_on": draw.day()}]),
    }
    tables = {name: conform(name, made.get(name, pd.DataFrame())) for name in TABLES}
    return Workspace(name="drawn", **tables, data_date=FIRST + dt.timedelta(days=900))


def changed_unseen(network, account, seed):
    """Return the network after changes that keep every fact that ``account`` may know."""
    draw = Drawing(10**9 + seed)  # other values than those that the network was drawn with
    changers = {Role.DISTRICT: _unseen_by_district, Role.ANALYST: _unseen_by_analyst, Role.READER: _unseen_by_reader}
    return changers[account.role](network, account, draw)


def _unseen_by_district(network, account, draw):
    units = {account.unit} | ({"YANSHAN"} if account.unit == "110111" else set())
    stations = set(network.institutions.loc[network.institutions["unit"].isin(units), "institution_id"])
    cases = network.applications
    own_cases = cases["unit"].isin(units) | cases["institution_id"].isin(stations)
    holders = stations | set(cases.loc[own_cases, "application_id"])
    keys, listed = entities(network.enterprises, network.rosters)
    own_rows, own_firms = network.rosters["holder_id"].isin(holders), network.enterprises["unit"].isin(units)
    known = set(listed[own_rows]) | set(keys[own_firms])
    named = set(network.rosters.loc[own_rows, "enterprise_id"].dropna())
    # Whoever is a parent or a branch of somebody known decides who is known: those stay.
    family = set(network.enterprises["parent_uscc"].dropna()) | set(network.rosters["parent_uscc"].dropna())

    def free(frame, frame_keys):
        related = frame["parent_uscc"].notna() | frame["uscc"].isin(family)
        return (~frame_keys.isin(known) & ~related).to_numpy()

    firms = network.enterprises.copy()
    secret = free(firms, keys) & ~own_firms.to_numpy() & ~firms["enterprise_id"].isin(named).to_numpy()
    fresh = {}
    for row in np.flatnonzero(secret):
        if pd.notna(firms.at[row, "uscc"]):
            fresh[firms.at[row, "uscc"]] = firms.at[row, "uscc"] = fresh.get(firms.at[row, "uscc"]) or draw.code()
        for column, value in (
            ("name", draw.name()),
            ("address", draw.name()),
            ("explicit_need", draw.one(["yes", "no"])),
        ):
            firms.at[row, column] = value
        firms.at[row, "geometry"] = draw.place()
    for row in np.flatnonzero(~own_firms):
        firms.at[row, "explicit_need"] = draw.one(["yes", "no", "unknown"])
        firms.at[row, "need_evidence"] = draw.one(["函", "表", None])
    rosters = network.rosters.copy()
    loose = free(rosters, listed) & ~own_rows.to_numpy()
    for row in np.flatnonzero(~own_rows):
        rosters.at[row, "explicit_need"] = draw.one(["yes", "no", "unknown"])
        rosters.at[row, "key_service"] = draw.one(["yes", "no"])
        if loose[row] and pd.notna(rosters.at[row, "uscc"]):
            rosters.at[row, "uscc"] = fresh.get(rosters.at[row, "uscc"], rosters.at[row, "uscc"])
            rosters.at[row, "name"] = draw.name()
            rosters.at[row, "listed_on"] = pd.Timestamp(draw.day())
    order = np.concatenate([np.flatnonzero(own_rows), draw.random.permutation(np.flatnonzero(~own_rows))])
    rosters = rosters.iloc[np.sort(order) if draw.random.random() < 0.5 else order]
    institutions = _institutions(network, network.institutions["unit"].isin(units), draw)
    applications = cases.copy()
    for row in np.flatnonzero(~own_cases):
        applications.at[row, "name"] = draw.name()
        applications.at[row, "applied_on"] = pd.Timestamp(draw.day())
        applications.at[row, "full_time_staff"] = int(draw.random.integers(5))
    return _remade(network, firms, rosters, institutions, applications, holders, stations, draw)


def _unseen_by_analyst(network, _, draw):
    firms = network.enterprises.copy()
    for row in range(len(firms)):
        firms.at[row, "address"] = draw.name()
        firms.at[row, "former_names"] = draw.name()
        place = firms.at[row, "geometry"]
        if place is not None:
            near = Point(place.x + 1e-4 * draw.random.random(), place.y + 1e-4 * draw.random.random())
            both = cells(gpd.GeoSeries([place, near], crs=STORE_CRS), network.region.metric_crs)
            if both.iloc[0].equals(both.iloc[1]):
                firms.at[row, "geometry"] = near
    return _remade(
        network, firms, network.rosters, _institutions(network, None, draw), network.applications, set(), set(), draw
    )


def _unseen_by_reader(network, account, draw):
    changed = _unseen_by_analyst(network, account, draw)
    firms, rosters = changed.enterprises.copy(), changed.rosters.copy()
    for frame in (firms, rosters):
        for row in range(len(frame)):
            frame.at[row, "name"] = draw.name()
            frame.at[row, "uscc"] = draw.code()
            frame.at[row, "explicit_need"] = draw.one(["yes", "no", "unknown"])
    more = pd.concat([firms, firms.assign(enterprise_id=firms["enterprise_id"] + "x")], ignore_index=True)
    return changed.replace(enterprises=conform("enterprises", more), rosters=conform("rosters", rosters))


def _institutions(network, own, draw):
    """Return the institutions with the facts changed that only their unit and the city know."""
    frame = network.institutions.copy()
    for row in range(len(frame)):
        if own is not None and own.iloc[row]:
            continue
        frame.at[row, "full_time_staff"] = int(draw.random.integers(9))
        frame.at[row, "fees"] = draw.one(["free", "for_profit"])
        frame.at[row, "has_premises"] = draw.one(["yes", "no"])
        if pd.isna(frame.at[row, "revoked_on"]):
            frame.at[row, "undertaking_name"] = draw.name()
            frame.at[row, "undertaking_uscc"] = draw.code()
            frame.at[row, "revocation_ground"] = draw.one(["dissolved", None])
    return frame


def _remade(network, firms, rosters, institutions, applications, holders, stations, draw):
    """Return the network of changed tables; staff, evaluations and findings of others come and go as well."""
    staff = network.staff[
        network.staff["institution_id"].isin(holders) | (draw.random.random(len(network.staff)) < 0.5)
    ]
    rounds = network.evaluations.copy()
    strange = ~rounds["institution_id"].isin(stations)
    rounds.loc[strange, "result"] = draw.one(["excellent", "unqualified"])
    conduct = network.conduct[network.conduct["institution_id"].isin(stations)]
    changed = {
        "enterprises": firms,
        "rosters": rosters,
        "institutions": institutions,
        "applications": applications,
        "staff": staff,
        "evaluations": rounds,
        "conduct": conduct,
    }
    return network.replace(**{name: conform(name, frame) for name, frame in changed.items()})
