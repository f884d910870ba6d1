"""Audit the network as it stands on a day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ipps_geo.compliance import audit as audit_network
from ipps_geo.compliance.timeline import Change, changes_since
from ipps_geo.results import AuditResult
from ipps_geo.results.provenance import provenance
from ipps_geo.workspace.activity import day_of

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def audit(workspace: Workspace, policy: Policy, *, on: dt.date | None = None) -> AuditResult:
    """Return every finding of ``policy`` on day ``on`` (default: the data date)."""
    day = day_of(workspace, on)
    return AuditResult(audit_network(workspace, policy, on=day), day, provenance(workspace, policy, day, {}))


def audit_changes(
    workspace: Workspace, policy: Policy, *, since: dt.date, on: dt.date | None = None
) -> tuple[Change, ...]:
    """Return what an audit of day ``on`` finds otherwise than one of day ``since``."""
    return changes_since(workspace, policy, since, day_of(workspace, on))
