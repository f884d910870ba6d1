"""Where a result comes from: attached to everything that a planner may print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipps_geo
from ipps_geo.results import Provenance, plain

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def provenance(workspace: Workspace, policy: Policy, on: dt.date, parameters: Mapping[str, Any]) -> Provenance:
    """Return the provenance of a result computed from ``workspace`` under ``policy`` for day ``on``."""
    return Provenance(
        workspace=workspace.name,
        content_hash=workspace.content_hash,
        data_date=workspace.data_date,
        policy_version=policy.version,
        software_version=ipps_geo.__version__,
        synthetic=workspace.is_demonstration,
        parameters={"on": on.isoformat(), **{name: plain(value) for name, value in parameters.items()}},
        sources=tuple(plain(source) for source in workspace.sources),
    )
