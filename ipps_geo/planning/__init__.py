"""The use cases that the command line, the app and the notebooks share."""

from ipps_geo.planning.access import coverage
from ipps_geo.planning.atlas_book import write_atlas
from ipps_geo.planning.demonstration import make_demo
from ipps_geo.planning.documents import (
    assessment_document,
    audit_document,
    coverage_document,
    plan_document,
    repair_document,
)
from ipps_geo.planning.findings import audit, audit_changes
from ipps_geo.planning.moves import repair
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.proposals import plan
from ipps_geo.planning.site_test import assess_site, read_roster
from ipps_geo.planning.travel import Travel, line_travel, street_travel
from ipps_geo.planning.writing import write_assessment, write_audit, write_coverage, write_plan, write_repair

__all__ = [
    "PlanParameters",
    "Travel",
    "assess_site",
    "assessment_document",
    "audit",
    "audit_changes",
    "audit_document",
    "coverage",
    "coverage_document",
    "line_travel",
    "make_demo",
    "plan",
    "plan_document",
    "read_roster",
    "repair",
    "repair_document",
    "street_travel",
    "write_assessment",
    "write_atlas",
    "write_audit",
    "write_coverage",
    "write_plan",
    "write_repair",
]
