"""The use cases that the command line, the app and the notebooks share."""

from ipps_geo.planning.access import coverage
from ipps_geo.planning.documents import audit_document, coverage_document, plan_document
from ipps_geo.planning.findings import audit
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.proposals import plan
from ipps_geo.planning.writing import write_audit, write_coverage, write_plan

__all__ = [
    "PlanParameters",
    "audit",
    "audit_document",
    "coverage",
    "coverage_document",
    "plan",
    "plan_document",
    "write_audit",
    "write_coverage",
    "write_plan",
]
