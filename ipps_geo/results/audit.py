"""What an audit returns: the findings of one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipps_geo.results.showing import Shown

if TYPE_CHECKING:
    from ipps_geo.compliance.findings import Finding
    from ipps_geo.results.provenance import Provenance


@dataclass(frozen=True, eq=False)
class AuditResult(Shown):
    """Findings of one day, in a stable order, with the day and where they come from."""

    kind = "audit"

    findings: tuple[Finding, ...]
    on: dt.date
    provenance: Provenance

    @property
    def has_blocking_failure(self) -> bool:
        """Whether any finding fails with severity ``blocking``."""
        return any(f.verdict == "FAIL" and f.severity == "blocking" for f in self.findings)

    def counts(self) -> dict[str, int]:
        """Number of findings per verdict."""
        found = {"PASS": 0, "FAIL": 0, "UNDETERMINED": 0}
        for finding in self.findings:
            found[str(finding.verdict)] += 1
        return found
