"""Areas: what a station serves on the map, who is nearest to it, which stations overlap, and hexagon summaries.

Geometry is in projected metres (the region's metric CRS) unless a name says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from ipps_geo.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from ipps_geo.reach import Reach
    from ipps_geo.reach.street_snapping import Snapping
    from ipps_geo.reach.streets import StreetNetwork
    from ipps_geo.reach.transit import TransitNetwork

HEXAGON_RESOLUTION = 7
"""H3 resolution of summaries: about 5 square kilometres, 2.4 km across."""


def buffer_areas(site_xy: ArrayLike, radius_m: float) -> NDArray[Any]:
    """Return a circle around each site, a polygon of 128 corners, shape (m,); its area is 0.04 % short of the circle's.

    >>> round(float(shapely.area(buffer_areas([[0, 0]], 1000))[0]) / 1e6, 2)
    3.14
    """
    if not radius_m > 0:
        raise BadInput("coverage.radius_not_positive", where="radius_m")
    return np.asarray(shapely.buffer(shapely.points(_points(site_xy)), radius_m, quad_segs=32), dtype=object)


def street_areas(
    network: StreetNetwork,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    width_m: float = 75.0,
    snapping: Snapping | None = None,
) -> NDArray[Any]:
    """Return the network isochrone of each site, shape (m,): the streets within ``limit``, ``width_m`` to either side.

    Holes smaller than the square of four widths are closed: the inside of a block belongs to its streets.
    """
    from ipps_geo.reach.street_areas import reached_streets  # compiled: whoever travels straight need not wait

    streets = reached_streets(network, site_xy, limit, unit=unit, snapping=snapping)
    return np.array(
        [_without_small_holes(_grown(lines, width_m), (4 * width_m) ** 2) for lines in streets], dtype=object
    )


def street_basins(
    network: StreetNetwork,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    width_m: float = 75.0,
    snapping: Snapping | None = None,
) -> NDArray[Any]:
    """Return the basin of each site along the streets, shape (m,): those within ``limit`` from which it is nearest.

    Strips of ``width_m`` to either side, holes of blocks closed. No two basins overlap: where strips of two do, it goes
    to the one whose street is the nearer of the two, to half the width; then to the first.
    """
    from ipps_geo.reach.street_areas import nearest_streets  # compiled: whoever travels straight need not wait

    streets = nearest_streets(network, site_xy, limit, unit=unit, snapping=snapping)
    strips = [_grown(lines, width_m, flat=True) for lines in streets]
    cores = [_grown(lines, width_m / 2, flat=True) for lines in streets]
    basins: list[Any] = []
    tree = shapely.STRtree(strips)
    for site, strip in enumerate(strips):
        beside = [other for other in np.sort(tree.query(strip)).tolist() if other != site]
        own = _without_small_holes(strip, (4 * width_m) ** 2)
        taken = [shapely.difference(cores[other], cores[site]) for other in beside]
        taken += [basins[other] for other in beside if other < site]
        basins.append(shapely.difference(own, shapely.union_all(taken)) if taken else own)
    return np.array(basins, dtype=object)


def _grown(lines: Any, width_m: float, *, flat: bool = False) -> Any:
    """Return what lies within ``width_m`` of a street; each is grown alone: all at once takes thirty times as long."""
    # Streets that lead both ways stand twice.
    once = shapely.from_wkb(np.unique(shapely.to_wkb(shapely.normalize(shapely.get_parts(lines)))))
    return shapely.union_all(shapely.buffer(once, width_m, quad_segs=4, cap_style="flat" if flat else "round"))


def transit_areas(network: TransitNetwork, site_xy: ArrayLike, limit_min: float) -> NDArray[Any]:
    """Return from where each site is reached by public transport within ``limit_min`` minutes, shape (m,).

    A circle for walking all the way, and one around the entrance of every stop from which the ride leaves time to walk:
    of line tables exactly those places that ``reach.transit.transit_reach`` reaches (but for the corners of the
    circles), by a timetable those that one stop alone serves in time (see ``reach.transit.entrance_radii_m``).
    """
    from ipps_geo.reach.transit import entrance_radii_m  # compiled kernels: only for those who ride
    from ipps_geo.reach.walks import WALK_MIN_PER_M

    sites = _points(site_xy)
    radii = entrance_radii_m(network, sites, limit_min)
    areas = buffer_areas(sites, limit_min / WALK_MIN_PER_M)
    for site, radius in enumerate(radii.T):
        stops = np.flatnonzero(radius > 0)
        circles = shapely.buffer(shapely.points(network.station_xy[stops]), radius[stops], quad_segs=32)
        areas[site] = shapely.union_all([areas[site], *circles])
    return areas


def _without_small_holes(area: Any, smallest: float) -> Any:
    parts = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= smallest])
        for part in shapely.get_parts(area)
    ]
    return shapely.union_all(parts)


def catchment_areas(station_xy: ArrayLike, boundary: Any) -> NDArray[Any]:
    """Return the part of ``boundary`` that is nearer to each station than to any other (Voronoi), shape (m,).

    Stations at one place share one area. Without stations there is none.
    """
    points = _points(station_xy)
    places, place_of = np.unique(points, axis=0, return_inverse=True)
    if len(places) < 2:
        return np.array([boundary] * len(points), dtype=object)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(places), extend_to=shapely.box(*shapely.bounds(boundary)))
    )
    # Cells come in no order of their own: each belongs to the one place inside it.
    tree = shapely.STRtree(cells)
    place, cell = tree.query(shapely.points(places), predicate="intersects")
    mine = np.empty(len(places), dtype=object)
    mine[place] = cells[cell]
    return np.asarray(shapely.intersection(mine, boundary), dtype=object)[place_of.reshape(-1)]


def nearest_station(reach: Reach) -> NDArray[np.int64]:
    """Return the nearest reached station of each demand row, -1 without one, shape (n,); ties go to the first."""
    pairs = reach.pairs
    nearest = np.full(reach.n_demand, -1, dtype=np.int64)
    row = np.repeat(np.arange(reach.n_demand), np.diff(pairs.indptr))
    order = np.lexsort((pairs.indices, pairs.data, row))
    rows, first = np.unique(row[order], return_index=True)
    nearest[rows] = pairs.indices[order][first]
    return nearest


def catchment_table(
    reach: Reach, station_ids: pd.Series, need: NDArray[np.int8], holder_of: NDArray[Any]
) -> pd.DataFrame:
    """Return who has each station as the nearest within the limit.

    Parameters
    ----------
    need, holder_of
        Per demand row: 1 for an explicit need; the station whose roster names it (missing or "" when none).

    Returns
    -------
    pandas.DataFrame
        One row per station, in their order: institution_id, within_reach, catchment_enterprises, with_need,
        on_own_roster (of the catchment).
    """
    ids = station_ids.to_numpy(dtype=object)
    nearest = nearest_station(reach)
    served = nearest >= 0
    own = np.zeros(len(nearest), dtype=bool)
    own[served] = ids[nearest[served]] == np.asarray(holder_of, dtype=object)[served]

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(nearest[served & chosen], minlength=reach.n_sites).astype(np.int64)

    return pd.DataFrame(
        {
            "institution_id": pd.Series(ids, dtype="str"),
            "within_reach": np.bincount(reach.pairs.indices, minlength=reach.n_sites).astype(np.int64),
            "catchment_enterprises": count(served),
            "with_need": count(np.asarray(need) == 1),
            "on_own_roster": count(own),
        }
    )


def overlap_table(reach: Reach, station_ids: pd.Series, rosters: Mapping[str, set[str]]) -> pd.DataFrame:
    """Return the pairs of stations that overlap: station_a, station_b, within_reach_of_both, on_both_rosters.

    ``rosters`` holds the legal entities on the roster of each station. Overlap within reach is a fact of the map and no
    fault; overlap of rosters is what Art. 7(2) forbids. Pairs without either are left out; ``station_a`` stands first
    in ``station_ids``.
    """
    ids = station_ids.to_numpy(dtype=object)
    reached = reach.pairs
    pattern = sparse.csr_array((np.ones(reached.nnz), reached.indices, reached.indptr), shape=reached.shape)
    near = _shared(pattern)
    entities = pd.Index(sorted(set().union(*rosters.values()))) if rosters else pd.Index([])
    column = np.concatenate([np.full(len(rosters.get(str(i), ())), n) for n, i in enumerate(ids)] or [np.zeros(0)])
    row = np.concatenate([entities.get_indexer(sorted(rosters.get(str(i), ()))) for i in ids] or [np.zeros(0)])
    listed = _shared(
        sparse.csr_array(
            (np.ones(len(row)), (row.astype(np.int64), column.astype(np.int64))), shape=(len(entities), len(ids))
        )
    )
    first, second = np.triu_indices(len(ids), k=1)
    some = (near[first, second] > 0) | (listed[first, second] > 0)
    first, second = first[some], second[some]
    return pd.DataFrame(
        {
            "station_a": pd.Series(ids[first], dtype="str"),
            "station_b": pd.Series(ids[second], dtype="str"),
            "within_reach_of_both": near[first, second],
            "on_both_rosters": listed[first, second],
        }
    )


def _shared(incidence: sparse.csr_array) -> NDArray[np.int64]:
    """Return how many rows each pair of columns has in common, shape (m, m)."""
    return np.asarray((incidence.T @ incidence).toarray().round(), dtype=np.int64)


def hexagon_table(
    lon: ArrayLike,
    lat: ArrayLike,
    counts: Mapping[str, NDArray[np.bool_]],
    *,
    resolution: int = HEXAGON_RESOLUTION,
) -> pd.DataFrame:
    """Return enterprises per H3 cell: h3_cell, enterprises, and how many of them each of ``counts`` marks.

    Rows are sorted by cell; points without a place are left out.

    Raises
    ------
    MissingExtra
        The package h3 is not installed.
    """
    try:
        import h3
    except ImportError as error:
        raise MissingExtra("coverage.no_h3", where="hexagons") from error
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    cells = [h3.latlng_to_cell(b, a, resolution) for a, b in zip(x[known].tolist(), y[known].tolist(), strict=True)]
    rows = pd.DataFrame({"h3_cell": pd.Series(cells, dtype="str"), "enterprises": 1})
    for name, marked in counts.items():
        rows[name] = np.asarray(marked)[known].astype(np.int64)
    return rows.groupby("h3_cell", sort=True).sum().astype("int64").reset_index()


def hexagon_shapes(cells: pd.Series) -> NDArray[Any]:
    """Return the polygon of each H3 cell, longitude and latitude, shape (k,)."""
    import h3

    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(cell)] for cell in cells]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def _points(xy: ArrayLike) -> NDArray[np.float64]:
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise BadInput("coverage.points_not_finite", where="areas")
    return points
