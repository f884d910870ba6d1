"""Small instances of the policy model over all its options, each drawn from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, plan_workstations


def instance(seed: int, *, objective: str = "any", n: int = 30, m: int = 6) -> tuple[Reach, np.ndarray, dict[str, Any]]:
    """Return a reach, needs and a request with a random choice of options (``objective``: one of the three, or any)."""
    random = np.random.default_rng(seed)
    covers = random.random((n, m)) < random.uniform(0.15, 0.6)
    needs = random.choice([1, 0, -1], size=n, p=[0.5, 0.35, 0.15]).astype(np.int8)
    request: dict[str, Any] = {
        "n_sites": int(random.integers(1, m)),
        "min_roster": int(random.integers(0, 7)),
        "need_share": [(3, 5), (3, 5), (1, 2), (2, 3), (0, 1), (1, 1)][random.integers(6)],
    }

    def chance(share: float = 0.4) -> bool:
        return bool(random.random() < share)

    if chance():
        request["weights"] = _weights(random, n)
    if chance():
        request["capacity"] = random.integers(3, 14, m) if chance(0.7) else int(random.integers(4, 14))
    if chance():
        request["site_costs"] = random.integers(1, 8, m).astype(float)
        request["budget"] = float(random.integers(4, 24))
    roles = random.permutation(m)
    if chance(0.3):
        request["required_sites"] = roles[:1]
    if chance(0.3):
        request["forbidden_sites"] = roles[1:2]
    if chance():
        existing = roles[2 : 2 + random.integers(1, 3)]
        members = random.integers(0, 12, len(existing))
        request["existing_sites"] = existing
        request["existing_rosters"] = np.column_stack([members, random.binomial(members, 0.65)])
    if chance(0.3):
        request["site_units"] = random.integers(0, 2, m)
        request["min_per_unit"] = {0: 1, 1: int(random.integers(0, 2))}
    kind = (
        objective if objective != "any" else random.choice(["covered", "fewest_sites", "worst_unit"], p=[0.6, 0.2, 0.2])
    )
    if kind == "fewest_sites":
        worth = np.asarray(request.get("weights", np.ones(n)))
        request |= {"objective": kind, "target": float(np.floor(worth.sum() * random.uniform(0.1, 0.6)))}
    if kind == "worst_unit":
        request |= {"objective": kind, "demand_units": random.integers(0, 2, n)}
    return Reach.from_costs(np.where(covers, 1.0, np.nan), 1.0), needs, request


def _weights(random: np.random.Generator, n: int) -> np.ndarray:
    """Weights of one of the usual kinds: small whole ones, real ones, or very large ones beside very small ones."""
    kind = random.integers(3)
    if kind == 0:
        return random.integers(0, 5, n).astype(float)
    if kind == 1:
        return random.uniform(0, 3, n)
    return random.choice([1e5, 0.01, 1.0, 37.5], n)


def forced(reach: Reach, needs: np.ndarray, sites: Any, request: dict[str, Any]) -> SitePlan:
    """The solver's plan with exactly these new stations: required, every other one forbidden, nothing else asked."""
    existing = np.asarray(request.get("existing_sites", np.zeros(0, int)))
    barred = np.asarray(request.get("forbidden_sites", np.zeros(0, int)))
    new = np.setdiff1d(sites, existing)
    must = np.intersect1d(np.asarray(request.get("required_sites", np.zeros(0, int))), existing)
    closed = np.setdiff1d(np.arange(reach.n_sites), np.union1d(new, np.setdiff1d(existing, barred)))
    asked = {
        name: value
        for name, value in request.items()
        if name not in ("n_sites", "site_costs", "budget", "site_units", "min_per_unit", "target")
    }
    if asked.get("objective") == "fewest_sites":
        asked["objective"] = "covered"
    asked |= {"required_sites": np.union1d(new, must).astype(int), "forbidden_sites": closed, "n_sites": reach.n_sites}
    return plan_workstations(reach, needs, **asked, gap=0, time_limit_s=60)
