"""The models as they are written on paper: PuLP programs to be read, to check by, and to solve when they are small.

The solvers of this package never build these; the tests compare both. Variables are named by position (``open_3``,
``serve_12_3``), because ids that differ in one sign can collide in an LP file.

Sources: maximal covering, Church and ReVelle (1974); set covering, Toregas, Swain, ReVelle and Bergman (1971);
p-median, ReVelle and Swain (1970); p-center, Hakimi (1965), Daskin (1995); the policy program is that of the Measure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pulp
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach

Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ReadableProgram:
    """A PuLP problem with its variables at hand.

    Attributes
    ----------
    problem
        The program itself; ``print(program.problem)`` shows it.
    opening
        y_j of every site, by position.
    service
        x_ij of every pair, by (row, site); empty where a model needs none.
    n_rows
        Number of demand rows.
    """

    problem: Any
    opening: tuple[Any, ...]
    n_rows: int
    service: Mapping[tuple[int, int], Any] = field(default_factory=dict)


def policy_program(
    reach: Reach,
    needs: ArrayLike,
    *,
    n_sites: int | None = None,
    sizes: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: ArrayLike | None = None,
    site_costs: ArrayLike | None = None,
    budget: float | None = None,
    required_sites: ArrayLike = (),
    forbidden_sites: ArrayLike = (),
    site_units: ArrayLike | None = None,
    min_per_unit: int | Mapping[Any, int] | None = None,
) -> ReadableProgram:
    """Workstations under the Measure, on enterprises or on groups of them.

    Rows i with N_i members (1 each without ``sizes``) and weight w_i per member; K are the rows with explicit need, B
    the others; J(i) the sites that reach i; L the minimum roster, num/den the need share, U_j the capacity::

        max   sum_i sum_{j in J(i)} w_i x_ij
        s.t.  sum_j x_ij <= N_i                        each enterprise on one roster at most
              0 <= x_ij <= N_i y_j                     only open stations serve (strong form)
              t_j = sum_{i in K} x_ij,  q_j = sum_{i in B} x_ij
              L y_j <= t_j + q_j <= U_j y_j            roster minimum and capacity
              num q_j <= (den - num) t_j               den t >= num (t + q)
              sum_j y_j <= p,  sum_j c_j y_j <= C,  sum_{j in unit u} y_j >= e_u
              y binary;  t, q integer;  x continuous

    With y, t and q whole, the x split into two transportation problems: their vertices are whole by themselves.
    """
    pairs = _pairs(reach)
    n, m = reach.n_demand, reach.n_sites
    need = np.asarray(needs) == 1
    size = np.ones(n, dtype=np.int64) if sizes is None else np.asarray(sizes, dtype=np.int64)
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    most = np.full(m, math.inf) if capacity is None else np.broadcast_to(np.asarray(capacity, dtype=np.float64), (m,))
    num, den = need_share
    problem = pulp.LpProblem("policy", pulp.LpMaximize)
    opening = _openings(problem, m, required_sites, forbidden_sites)
    service = {(i, j): problem.add_variable(f"serve_{i}_{j}", lowBound=0) for i, j in pairs}
    with_need = [problem.add_variable(f"need_{j}", lowBound=0, cat="Integer") for j in range(m)]
    without = [problem.add_variable(f"other_{j}", lowBound=0, cat="Integer") for j in range(m)]

    problem += pulp.lpSum(float(weight[i]) * x for (i, j), x in service.items()), "served"
    rows, columns = _by_row(service, n), _by_site(service, m)
    for i, terms in enumerate(rows):
        if terms:
            problem += pulp.lpSum(terms) <= int(size[i]), f"once_{i}"
    for (i, j), x in service.items():
        problem += x <= int(size[i]) * opening[j], f"only_open_{i}_{j}"
    for j in range(m):
        problem += with_need[j] == pulp.lpSum(x for i, x in columns[j] if need[i]), f"count_need_{j}"
        problem += without[j] == pulp.lpSum(x for i, x in columns[j] if not need[i]), f"count_other_{j}"
        reachable = int(sum(size[i] for i, _ in columns[j]))
        problem += with_need[j] + without[j] >= min_roster * opening[j], f"minimum_{j}"
        problem += with_need[j] + without[j] <= float(min(most[j], reachable)) * opening[j], f"capacity_{j}"
        problem += num * without[j] <= (den - num) * with_need[j], f"share_{j}"
    _network_rows(problem, opening, n_sites, site_costs, budget, site_units, min_per_unit)
    return ReadableProgram(problem, opening, n, service)


def covering_program(
    reach: Reach,
    n_sites: int,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    forbidden_sites: ArrayLike = (),
) -> ReadableProgram:
    """Maximal covering (MCLP): p sites that reach most weight.

    ::

        max   sum_i w_i z_i
        s.t.  z_i <= sum_{j in J(i)} y_j,   sum_j y_j <= p,   y binary, 0 <= z_i <= 1
    """
    n = reach.n_demand
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    problem = pulp.LpProblem("maximal_covering", pulp.LpMaximize)
    opening = _openings(problem, reach.n_sites, required_sites, forbidden_sites)
    sites_of: dict[int, list[Any]] = {}
    for i, j in _pairs(reach):
        sites_of.setdefault(i, []).append(opening[j])
    covered = {i: problem.add_variable(f"covered_{i}", lowBound=0, upBound=1) for i in sites_of}
    problem += pulp.lpSum(float(weight[i]) * z for i, z in covered.items()), "weight_covered"
    for i, z in covered.items():
        problem += z <= pulp.lpSum(sites_of[i]), f"cover_{i}"
    problem += pulp.lpSum(opening) <= n_sites, "number"
    return ReadableProgram(problem, opening, n)


def set_covering_program(
    reach: Reach, required_sites: ArrayLike = (), forbidden_sites: ArrayLike = ()
) -> ReadableProgram:
    """Set covering (LSCP): the fewest sites that reach every row.

    ::

        min   sum_j y_j
        s.t.  sum_{j in J(i)} y_j >= 1  for every i,   y binary
    """
    problem = pulp.LpProblem("set_covering", pulp.LpMinimize)
    opening = _openings(problem, reach.n_sites, required_sites, forbidden_sites)
    problem += pulp.lpSum(opening), "sites"
    sites_of: list[list[Any]] = [[] for _ in range(reach.n_demand)]
    for i, j in _pairs(reach):
        sites_of[i].append(opening[j])
    for i, reaching in enumerate(sites_of):
        problem += pulp.lpSum(reaching) >= 1, f"cover_{i}"
    return ReadableProgram(problem, opening, reach.n_demand)


def p_median_program(
    costs: ArrayLike, n_sites: int, weights: ArrayLike | None = None, required_sites: ArrayLike = ()
) -> ReadableProgram:
    """p-median: p sites with the least weighted cost; infinity and NaN are pairs that do not exist.

    ::

        min   sum_i sum_j w_i c_ij x_ij
        s.t.  sum_j x_ij = 1,   0 <= x_ij <= y_j,   sum_j y_j <= p,   y binary
    """
    table = np.asarray(costs, dtype=np.float64)
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    problem = pulp.LpProblem("p_median", pulp.LpMinimize)
    program = _assigning(problem, table, required_sites)
    problem += pulp.lpSum(float(weight[i] * table[i, j]) * x for (i, j), x in program.service.items()), "weighted_cost"
    _assignment_rows(program, n_sites)
    return program


def p_center_program(costs: ArrayLike, n_sites: int, required_sites: ArrayLike = ()) -> ReadableProgram:
    """p-center: p sites with the least worst cost.

    ::

        min   r
        s.t.  sum_j c_ij x_ij <= r,   sum_j x_ij = 1,   0 <= x_ij <= y_j,   sum_j y_j <= p,   x, y binary
    """
    table = np.asarray(costs, dtype=np.float64)
    problem = pulp.LpProblem("p_center", pulp.LpMinimize)
    program = _assigning(problem, table, required_sites, binary=True)
    radius = problem.add_variable("radius", lowBound=0)
    problem += radius, "worst_cost"
    for i, terms in enumerate(_by_row_pairs(program.service, len(table))):
        problem += pulp.lpSum(float(table[i, j]) * x for j, x in terms) <= radius, f"within_{i}"
    _assignment_rows(program, n_sites)
    return program


# ---------------------------------------------------------------------- pieces
def _pairs(reach: Reach) -> list[tuple[int, int]]:
    listed = reach.pairs
    rows = np.repeat(np.arange(reach.n_demand), np.diff(listed.indptr))
    return list(zip(rows.tolist(), listed.indices.tolist(), strict=True))


def _openings(problem: Any, m: int, required: ArrayLike, forbidden: ArrayLike = ()) -> tuple[Any, ...]:
    must, never = set(np.asarray(required, int).tolist()), set(np.asarray(forbidden, int).tolist())
    return tuple(
        problem.add_variable(f"open_{j}", lowBound=int(j in must), upBound=int(j not in never), cat="Integer")
        for j in range(m)
    )


def _network_rows(
    problem: Any,
    opening: tuple[Any, ...],
    n_sites: int | None,
    site_costs: ArrayLike | None,
    budget: float | None,
    site_units: ArrayLike | None,
    min_per_unit: int | Mapping[Any, int] | None,
) -> None:
    if n_sites is not None:
        problem += pulp.lpSum(opening) <= n_sites, "number"
    if budget is not None and site_costs is not None:
        cost = np.asarray(site_costs, dtype=np.float64).tolist()
        problem += pulp.lpSum(c * y for c, y in zip(cost, opening, strict=True)) <= budget, "budget"
    if min_per_unit is not None and site_units is not None:
        units = np.asarray(site_units).tolist()
        least = min_per_unit if isinstance(min_per_unit, Mapping) else dict.fromkeys(units, min_per_unit)
        for position, unit in enumerate(sorted(least, key=str)):
            inside = [y for y, of in zip(opening, units, strict=True) if of == unit]
            problem += pulp.lpSum(inside) >= least[unit], f"unit_{position}"


def _assigning(problem: Any, table: Any, required: ArrayLike, binary: bool = False) -> ReadableProgram:
    opening = _openings(problem, table.shape[1], required)
    pairs = zip(*(places.tolist() for places in np.nonzero(np.isfinite(table))), strict=True)
    service = {
        (i, j): problem.add_variable(f"serve_{i}_{j}", lowBound=0, upBound=1, cat="Integer" if binary else "Continuous")
        for i, j in pairs
    }
    return ReadableProgram(problem, opening, len(table), service)


def _assignment_rows(program: ReadableProgram, n_sites: int) -> None:
    problem = program.problem
    for i, terms in enumerate(_by_row(program.service, program.n_rows)):
        problem += pulp.lpSum(terms) == 1, f"served_{i}"
    for (i, j), x in program.service.items():
        problem += x <= program.opening[j], f"only_open_{i}_{j}"
    problem += pulp.lpSum(program.opening) <= n_sites, "number"


def _by_row_pairs(service: Mapping[tuple[int, int], Any], n: int) -> list[list[tuple[int, Any]]]:
    rows: list[list[tuple[int, Any]]] = [[] for _ in range(n)]
    for (i, j), x in service.items():
        rows[i].append((j, x))
    return rows


def _by_row(service: Mapping[tuple[int, int], Any], n: int) -> list[list[Any]]:
    return [[x for _, x in terms] for terms in _by_row_pairs(service, n)]


def _by_site(service: Mapping[tuple[int, int], Any], m: int) -> list[list[tuple[int, Any]]]:
    columns: list[list[tuple[int, Any]]] = [[] for _ in range(m)]
    for (i, j), x in service.items():
        columns[j].append((i, x))
    return columns
