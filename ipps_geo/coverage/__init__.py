"""Coverage, access and equity: who is served (by roster) and who could be (by place)."""

from ipps_geo.coverage.by_unit import coverage_by_unit, nearest_distance_m

__all__ = ["coverage_by_unit", "nearest_distance_m"]
