"""The Measure as rules: every article that can be checked, three verdicts, evidence, readings."""

from __future__ import annotations

from ipps_geo.compliance.assess import SiteAssessment, assess_site
from ipps_geo.compliance.codes import CODES
from ipps_geo.compliance.engine import audit
from ipps_geo.compliance.findings import Finding, Severity, Verdict
from ipps_geo.compliance.registry import Rule, all_rules
from ipps_geo.compliance.screening import screen_candidates
from ipps_geo.compliance.timeline import Change, changes_since

__all__ = [
    "CODES",
    "Change",
    "Finding",
    "Rule",
    "Severity",
    "SiteAssessment",
    "Verdict",
    "all_rules",
    "assess_site",
    "audit",
    "changes_since",
    "screen_candidates",
]
