"""Coverage, access and equity: who is served (by roster), who could be (by place), and how evenly."""

from ipps_geo.coverage.access import cumulative_opportunities, floating_catchment, gaussian_decay, nearest_cost
from ipps_geo.coverage.areas import (
    buffer_areas,
    catchment_areas,
    catchment_table,
    hexagon_shapes,
    hexagon_table,
    nearest_station,
    overlap_table,
    street_areas,
    transit_areas,
)
from ipps_geo.coverage.breakdown import catchment_overlap, coverage_by
from ipps_geo.coverage.by_unit import coverage_by_unit, nearest_distance_m
from ipps_geo.coverage.equity import Theil, gini, lorenz, theil, worst
from ipps_geo.coverage.gaps import gap_clusters

__all__ = [
    "Theil",
    "buffer_areas",
    "catchment_areas",
    "catchment_overlap",
    "catchment_table",
    "coverage_by",
    "coverage_by_unit",
    "cumulative_opportunities",
    "floating_catchment",
    "gap_clusters",
    "gaussian_decay",
    "gini",
    "hexagon_shapes",
    "hexagon_table",
    "lorenz",
    "nearest_cost",
    "nearest_distance_m",
    "nearest_station",
    "overlap_table",
    "street_areas",
    "theil",
    "transit_areas",
    "worst",
]
