"""The use cases that the command line, the app and the notebooks share; each loads when it is first asked for.

A child process that solves imports this package too and must not wait for readers, maps and tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "PlanParameters": "parameters",
    "Travel": "travel",
    "assess_site": "site_test",
    "assessment_document": "documents",
    "audit": "findings",
    "audit_changes": "findings",
    "audit_document": "documents",
    "coverage": "access",
    "coverage_document": "documents",
    "line_travel": "travel",
    "make_demo": "demonstration",
    "plan": "proposals",
    "plan_document": "documents",
    "read_roster": "site_test",
    "repair": "moves",
    "repair_document": "documents",
    "street_travel": "travel",
    "write_assessment": "writing",
    "write_atlas": "atlas_book",
    "write_audit": "writing",
    "write_coverage": "writing",
    "write_plan": "writing",
    "write_repair": "writing",
}

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


def __getattr__(name: str) -> Any:
    """Load a use case from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
