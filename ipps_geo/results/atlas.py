"""What an edition of the atlas is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipps_geo.results.audit import AuditResult
    from ipps_geo.results.coverage import CoverageResult
    from ipps_geo.results.plan import PlanResult


@dataclass(frozen=True, eq=False)
class AtlasResults:
    """The results that one edition of the atlas shows.

    ``previous`` is the coverage of the edition before, for what has changed since: None in a first edition.
    """

    audit: AuditResult
    coverage: CoverageResult
    plan: PlanResult
    previous: CoverageResult | None = None
