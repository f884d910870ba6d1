"""How long an audit takes: 2,000 workstations with 200,000 roster rows, and one proposed site among 30,000 enterprises.

Run with ``python -m benchmarks.compliance``; prints one line per measurement (median and worst of three runs).
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

from ipps_geo.columns import TABLES
from ipps_geo.compliance import assess_site, audit
from ipps_geo.policy import load_policy
from ipps_geo.reach import Reach
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.tables import conform

DAY = dt.date(2026, 11, 22)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_codes(count: int) -> list[str]:
    """Return distinct codes with the right check digit and an authority that does not exist."""
    weights = [pow(3, i, 31) for i in range(17)]
    codes = []
    for number in range(count):
        body = f"91990000{number:09d}"
        total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(body, weights, strict=True))
        codes.append(body + ALPHABET[-total % 31])
    return codes


def network(stations: int, rows: int, enterprises: int, seed: int = 7) -> Workspace:
    """Return a synthetic network: ``rows`` roster rows over ``stations`` stations, one in fifty listed twice."""
    rng = np.random.default_rng(seed)
    codes = np.array(credit_codes(max(rows, enterprises)))
    listed = codes[:rows].copy()
    twice = rng.random(rows) < 0.02
    listed[twice] = listed[rng.integers(0, rows, twice.sum())]
    holders = np.array([f"W{number:05d}" for number in range(stations)])
    rosters = pd.DataFrame(
        {
            "holder_id": holders[np.arange(rows) % stations],
            "name": [f"enterprise {number}" for number in range(rows)],
            "uscc": listed,
            "industry_codes": rng.choice(["I6510", "C3973", "M7320", "F5211"], rows, p=[0.4, 0.3, 0.28, 0.02]),
            "explicit_need": rng.choice(["yes", "no", "unknown"], rows, p=[0.65, 0.25, 0.1]),
        }
    )
    institutions = pd.DataFrame(
        {
            "institution_id": holders,
            "kind": "workstation",
            "name": holders,
            "unit": rng.choice(["110105", "110108"], stations),
            "established_on": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1000, stations), "D"),
            "host_type": "incubator",
            "legal_form": "company",
            "undertaking_founded_on": pd.Timestamp("2015-05-05"),
            "operating_since": pd.Timestamp("2015-05-05"),
            "full_time_staff": 1,
            "agreement_parties": "city_center;district_ip_authority;host_operator",
            "geometry": shapely.points(rng.uniform(0.1, 1.9, stations), rng.uniform(0.1, 0.9, stations)),
        }
    )
    units = pd.DataFrame(
        {
            "code": ["110105", "110108"],
            "name_zh": ["朝阳区", "海淀区"],
            "kind": "district",
            "precedence": 0,
            "geometry": [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        }
    )
    register = pd.DataFrame(
        {
            "enterprise_id": [f"E{number}" for number in range(enterprises)],
            "uscc": codes[:enterprises],
            "name": [f"enterprise {number}" for number in range(enterprises)],
            "industry_codes": "I6510",
            "explicit_need": rng.choice(["yes", "no"], enterprises),
            "geometry": shapely.points(rng.uniform(0, 2, enterprises), rng.uniform(0, 1, enterprises)),
        }
    )
    lists = pd.DataFrame(
        {
            "list_id": ["beijing-ten-2017", "beijing-2441-2021", "beijing-2441-2021"],
            "industry": "industry",
            "code": ["I65", "C3973", "M73"],
        }
    )
    carriers = pd.DataFrame(
        {"carrier_id": ["P1"], "name_zh": ["园区"], "unit": ["110108"], "geometry": [shapely.Point(1.5, 0.5)]}
    )
    frames = {
        "service_units": units,
        "institutions": institutions,
        "rosters": rosters,
        "enterprises": register,
        "key_industries": lists,
        "carriers": carriers,
    }
    return Workspace(
        "benchmark",
        **{name: conform(name, frames.get(name, pd.DataFrame())) for name in TABLES},  # type: ignore[arg-type]
        data_date=DAY,
    )


def measured(label: str, call: Callable[[], object]) -> float:
    """Run ``call`` three times, print and return the median of the seconds."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    print(f"{label}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s")
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=200_000)
    arguments = parser.parse_args()
    policy = load_policy()
    large = network(arguments.stations, arguments.rows, 30_000)
    measured(f"audit, {arguments.stations:,} stations, {arguments.rows:,} roster rows", lambda: audit(large, policy))
    city = network(120, 8_000, 30_000)
    roster = city.enterprises.iloc[9_000:9_120][["enterprise_id", "uscc", "name"]]
    reach = Reach.from_points(np.zeros((30_000, 2)), np.zeros((1, 2)), 3_000)
    measured(
        "assess a site, 30,000 enterprises, 8,000 roster rows",
        lambda: assess_site(city, policy, site_id="P1", roster=pd.DataFrame(roster), reach=reach),
    )


if __name__ == "__main__":
    main()
