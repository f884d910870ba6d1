"""Reach: which site can serve which demand, and at what cost, kept lazy or sparse.

Siting and coverage never see a map; they see a :class:`Reach`. Two kinds exist behind one face:

* *points*: two arrays of projected coordinates and a radius. Nothing is listed until :attr:`Reach.pairs` is asked for,
  so a million enterprises against a thousand sites cost no more than their coordinates.
* *pairs*: a sparse matrix of costs, from a dense or sparse matrix, a street network or a timetable.

Both sides of every comparison use ``cost <= limit``. Eligibility by pair (key-industry lists that differ by service
unit, service within the unit only) is a :class:`~ipps_geo.reach.class_rule.ClassRule`: a class per row, a class per
site, and the table of classes that go together; it is applied while scanning and never becomes a dense mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import BadInput, CrsError
from ipps_geo.reach.class_rule import ClassRule, class_rule


@dataclass(frozen=True, eq=False)
class Reach:
    """Pairs of demand and site with ``cost <= limit``; build one with :meth:`from_points` or :meth:`from_costs`.

    Attributes
    ----------
    n_demand, n_sites
        Number of rows and of sites; both are addressed by position.
    limit
        Largest cost that still counts as reached, in ``unit``.
    unit
        ``m``, ``min``, or any other name of the cost's unit.
    method
        ``straight_line``, ``costs``, ``street_network`` or ``transit``.
    source, as_of
        Where the costs come from and their date, carried into everything printed.
    demand_xy, site_xy
        Projected coordinates in metres, shape (n, 2) and (m, 2); ``None`` when built from costs.
    rule
        Eligibility by class, or ``None``.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [5000, 0]], [[0, 3000], [9000, 0]], 3000)
    >>> reach.pairs.toarray()
    array([[3000.,    0.],
           [   0.,    0.]])
    >>> reach.pairs.nnz
    1
    """

    n_demand: int
    n_sites: int
    limit: float
    unit: str
    method: str
    source: str = ""
    as_of: str = ""
    demand_xy: NDArray[np.float64] | None = field(default=None, repr=False)
    site_xy: NDArray[np.float64] | None = field(default=None, repr=False)
    rule: ClassRule | None = field(default=None, repr=False)
    _costs: Any = field(default=None, repr=False)

    # ------------------------------------------------------------------ builders
    @classmethod
    def from_points(
        cls,
        demand_xy: ArrayLike,
        site_xy: ArrayLike,
        max_distance_m: float,
        *,
        source: str = "",
        as_of: str = "",
    ) -> Reach:
        """Straight-line reach between projected points, without listing a pair.

        Parameters
        ----------
        demand_xy, site_xy
            Coordinates in metres of one projected CRS, shape (n, 2) and (m, 2).
        max_distance_m
            Radius in metres, greater than zero; a pair exactly that far apart is reached.

        Raises
        ------
        BadInput
            A shape other than (n, 2), a coordinate that is not finite, a radius that is not a positive number.
        CrsError
            Coordinates that look like longitude and latitude.
        """
        demand, sites = _points(demand_xy, "demand_xy"), _points(site_xy, "site_xy")
        limit = _limit(max_distance_m, "max_distance_m")
        if limit == 0:
            raise BadInput("reach.radius_not_positive", where="max_distance_m")
        _refuse_degrees(demand, sites, limit)
        return cls(len(demand), len(sites), limit, "m", "straight_line", source, as_of, demand_xy=demand, site_xy=sites)

    @classmethod
    def from_costs(
        cls,
        costs: Any,
        max_cost: float,
        *,
        unit: str = "",
        method: str = "costs",
        source: str = "",
        as_of: str = "",
    ) -> Reach:
        """Reach from a matrix of costs, shape (n_demand, n_sites).

        In a dense array NaN and infinity mean "cannot be reached". In a scipy sparse matrix only stored entries are
        pairs, and a stored zero is a real cost of zero.

        Raises
        ------
        BadInput
            Not two-dimensional, a negative cost, or a limit that is not a number >= 0.
        """
        limit = _limit(max_cost, "max_cost")
        listed_well = sparse.issparse(costs) and costs.format == "csr" and costs.has_canonical_format
        if listed_well and costs.dtype == np.float64:
            # Already one sorted entry a pair: nothing to look for, nothing to copy unless an entry has to go.
            if (costs.data < 0).any():
                raise BadInput("reach.cost_negative", where="costs")
            n, m = (int(size) for size in costs.shape)
            if (costs.data <= limit).all():
                return cls(n, m, limit, unit, method, source, as_of, _costs=sparse.csr_array(costs))
        if sparse.issparse(costs):
            listed = sparse.coo_array(costs)
            rows, columns, values = listed.row, listed.col, listed.data.astype(np.float64)
            shape = (int(listed.shape[0]), int(listed.shape[1]))
            keys = rows.astype(np.int64) * max(shape[1], 1) + columns
            if len(np.unique(keys)) != len(keys):
                raise BadInput("reach.pair_stored_twice", where="costs")
        else:
            dense = np.asarray(costs, dtype=np.float64)
            if dense.ndim != 2:
                raise BadInput("reach.costs_not_a_matrix", where="costs", dimensions=dense.ndim)
            shape = (dense.shape[0], dense.shape[1])
            with np.errstate(invalid="ignore"):
                if (dense < 0).any():
                    raise BadInput("reach.cost_negative", where="costs")
                rows, columns = np.nonzero(dense <= limit)
            values = dense[rows, columns]
        if (values < 0).any():
            raise BadInput("reach.cost_negative", where="costs")
        keep = values <= limit
        kept = _csr(rows[keep], columns[keep], values[keep], shape)
        return cls(shape[0], shape[1], limit, unit, method, source, as_of, _costs=kept)

    # ------------------------------------------------------------------ pairs
    @property
    def lazy(self) -> bool:
        """True when pairs are found from coordinates on demand rather than stored."""
        return self._costs is None

    @cached_property
    def pairs(self) -> Any:
        """All pairs within the limit: ``scipy.sparse.csr_array`` of costs, shape (n_demand, n_sites).

        Stored zeros are pairs at cost zero; columns ascend in every row. Computed once.
        """
        if self._costs is not None:
            return self._apply_rule(self._costs)
        from ipps_geo.reach.grid import pairs_within

        if self.demand_xy is None or self.site_xy is None:
            raise BadInput("reach.no_coordinates", where="Reach")
        start, sites, cost = pairs_within(self.demand_xy, self.site_xy, self.limit, self.rule)
        return sparse.csr_array((cost, sites, start), shape=(self.n_demand, self.n_sites))

    def _apply_rule(self, costs: Any) -> Any:
        if self.rule is None:
            return costs
        rows = np.repeat(np.arange(self.n_demand), np.diff(costs.indptr))
        rule = self.rule
        keep = rule.allowed[rule.demand_class[rows], rule.site_class[costs.indices]]
        return _csr(rows[keep], costs.indices[keep], costs.data[keep], costs.shape)

    # ------------------------------------------------------------------ narrowing
    def restrict(
        self,
        *,
        demand_class: ArrayLike | None = None,
        site_class: ArrayLike | None = None,
        allowed: ArrayLike | None = None,
        mask: Any = None,
    ) -> Reach:
        """Only the pairs that are eligible as well; restrictions add up.

        Parameters
        ----------
        demand_class, site_class, allowed
            ``allowed[demand_class[i], site_class[j]]`` says whether site j may serve row i. Stays lazy. Service within
            the unit only: units as both classes and the identity matrix.
        mask
            A scipy sparse matrix, shape (n_demand, n_sites), whose stored true entries are the eligible pairs. The
            result lists its pairs.

        Examples
        --------
        >>> reach = Reach.from_points([[0, 0], [9, 0]], [[5, 0]], 10)
        >>> reach.restrict(demand_class=[0, 1], site_class=[0], allowed=[[True], [False]]).pairs.nnz
        1
        """
        restricted = self
        given = [demand_class is not None, site_class is not None, allowed is not None]
        if any(given):
            if not all(given):
                raise BadInput("reach.classes_together", where="restrict")
            rule = class_rule(demand_class, site_class, allowed, self.n_demand, self.n_sites)
            restricted = replace(restricted, rule=rule if self.rule is None else self.rule.and_also(rule))
        elif mask is None:
            raise BadInput("reach.nothing_to_restrict", where="restrict")
        if mask is not None:
            if not sparse.issparse(mask) or tuple(mask.shape) != (self.n_demand, self.n_sites):
                shape = (self.n_demand, self.n_sites)
                raise BadInput("reach.no_sparse_mask", where="mask", shape=shape)
            restricted = replace(restricted, _costs=_intersect(restricted.pairs, mask), rule=None)
        return restricted

    def select(self, demand: ArrayLike | None = None, sites: ArrayLike | None = None) -> Reach:
        """The part for some rows and sites, given as positions (order kept) or boolean masks; stays lazy."""
        rows = _positions(demand, self.n_demand, "demand")
        columns = _positions(sites, self.n_sites, "sites")
        rule = self.rule
        if rule is not None:
            rule = ClassRule(rule.demand_class[rows], rule.site_class[columns], rule.allowed)
        return replace(
            self,
            n_demand=len(rows),
            n_sites=len(columns),
            demand_xy=None if self.demand_xy is None else self.demand_xy[rows],
            site_xy=None if self.site_xy is None else self.site_xy[columns],
            rule=rule,
            _costs=None if self._costs is None else _sorted(self._costs[rows][:, columns]),
        )


# ---------------------------------------------------------------------- validation
def _points(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        points = np.array(values, dtype=np.float64, order="C", copy=None)
    except (TypeError, ValueError) as error:
        raise BadInput("reach.coordinates_no_numbers", where=name) from error
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise BadInput("reach.no_pairs", where=name, shape=points.shape)
    if not np.isfinite(points).all():
        bad = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise BadInput("reach.row_not_finite", where=name, row=bad)
    return points


def _limit(value: float, name: str) -> float:
    try:
        limit = float(value)
    except (TypeError, ValueError) as error:
        raise BadInput("reach.no_number", where=name) from error
    if not np.isfinite(limit) or limit < 0:
        raise BadInput("reach.number_negative", where=name, value=limit)
    return limit


def _refuse_degrees(demand: NDArray[np.float64], sites: NDArray[np.float64], limit: float) -> None:
    """Raise when the points can only be longitude and latitude.

    Degrees of one city fit the globe's range, spread over far less than the radius (every pair would be reached), and
    have fractions. Small whole-number sketches in metres pass.
    """
    points = np.concatenate([demand, sites])
    if not len(points) or np.abs(points[:, 0]).max() > 180 or np.abs(points[:, 1]).max() > 90:
        return
    spread = float(np.hypot(*np.ptp(points, axis=0)))
    if limit >= 20 and limit > 10 * spread and (points != np.round(points)).any():
        raise CrsError("reach.degrees", where="demand_xy, site_xy")


def _positions(given: ArrayLike | None, length: int, name: str) -> NDArray[np.int64]:
    if given is None:
        return np.arange(length)
    chosen = np.asarray(given)
    if chosen.dtype == bool:
        if chosen.shape != (length,):
            raise BadInput("reach.mask_shape", where=name, length=length, shape=chosen.shape)
        return np.flatnonzero(chosen)
    if chosen.size == 0:
        return np.zeros(0, dtype=np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= length:
        raise BadInput("reach.position_out_of_range", where=name, last=length - 1)
    return chosen.astype(np.int64)


# ---------------------------------------------------------------------- sparse pieces
def _csr(rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> Any:
    """CSR with ascending columns and int32 site positions; stored zeros survive, unlike through arithmetic."""
    order = np.lexsort((columns, rows))
    start = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=start[1:])
    return sparse.csr_array((values[order], columns[order].astype(np.int32), start), shape=shape)


def _sorted(matrix: Any) -> Any:
    matrix = sparse.csr_array(matrix)
    matrix.sort_indices()
    return matrix


def _intersect(costs: Any, mask: Any) -> Any:
    """Entries of ``costs`` where ``mask`` stores a true value."""
    stored = sparse.coo_array(mask)
    true = stored.data.astype(bool)
    width = max(costs.shape[1], 1)
    wanted = stored.row[true].astype(np.int64) * width + stored.col[true]
    rows = np.repeat(np.arange(costs.shape[0], dtype=np.int64), np.diff(costs.indptr))
    keep = np.isin(rows * width + costs.indices, wanted)
    return _csr(rows[keep], costs.indices[keep], costs.data[keep], costs.shape)
