"""What the rules ask a policy for: each value with its kind, and how the rule compares and measures with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Asked:
    """One value that a rule asks for.

    ``kind`` is count, share, flag, host types or levels; ``operator`` and ``unit`` are those of the rule, which no file
    can change; ``most`` is the largest count that can be meant.
    """

    kind: str
    operator: str
    unit: str
    most: int = 1_000_000


ASKED: Mapping[str, Asked] = MappingProxyType(
    {
        "centers_per_unit": Asked("count", ">= and <=", "centre"),
        "center_full_time_staff": Asked("count", ">=", "person"),
        "center_part_time_staff": Asked("count", ">=", "person"),
        "station_staff": Asked("count", ">=", "person"),
        "station_operating_years": Asked("count", ">=", "year", 100),
        "station_enterprises": Asked("count", ">=", "enterprise"),
        "station_need_share": Asked("share", ">=", "share"),
        "dominant_industry_share": Asked("share", ">", "share"),
        "station_host_types": Asked("host types", "in", "host type"),
        "organization_levels": Asked("levels", "in", "level"),
        "revocation_notice_days": Asked("count", ">=", "day", 3_650),
        "ban_years": Asked("count", "<=", "year", 100),
        "boundary_tolerance_m": Asked("count", "<=", "metre", 100_000),
        "suspected_duplicate_similarity": Asked("count", ">=", "percent", 100),
        "non_profit_institution": Asked("flag", "=", "flag"),
    }
)
OPTIONAL = frozenset({"non_profit_institution"})
"""Values that a version may leave out: the rule that needs them then says nothing."""
