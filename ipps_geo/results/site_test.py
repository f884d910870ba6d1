"""What the test of one proposed workstation returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipps_geo.results.showing import Shown

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.assess import SiteAssessment
    from ipps_geo.results.coverage import CoverageResult
    from ipps_geo.results.provenance import Provenance
    from ipps_geo.workspace.loaded import LoadReport


@dataclass(frozen=True, eq=False)
class ProposedRoster:
    """A roster that somebody proposes: its rows, and what of its file was read and what was left out."""

    rows: pd.DataFrame
    loaded: LoadReport


@dataclass(frozen=True, eq=False)
class SiteTest(Shown):
    """A proposed workstation tried out: the verdict rule by rule, and what it would change.

    ``assessment`` holds the findings, the counts, the overlaps and what would make it pass; ``roster`` the roster that
    was judged, ``generated`` whether the tool chose it; ``coverage_before`` and ``coverage_after`` the network without
    and with it.
    """

    kind = "assessment"

    assessment: SiteAssessment
    roster: pd.DataFrame
    generated: bool
    coverage_before: CoverageResult
    coverage_after: CoverageResult
    provenance: Provenance

    @property
    def has_blocking_failure(self) -> bool:
        """Whether a blocking rule fails."""
        return self.assessment.has_blocking_failure
