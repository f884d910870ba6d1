"""Where a result comes from: attached to everything that a planner may print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipps_geo
from ipps_geo.errors import BadInput
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


def day_of(workspace: Workspace, on: dt.date | None) -> dt.date:
    """Return the day a use case looks at: ``on``, else the data date, so that no result depends on the clock.

    Raises
    ------
    BadInput
        Neither is known.
    """
    day = on or workspace.data_date
    if day is None:
        raise BadInput("the day to look at is unknown", where=workspace.name, advice="give it: --on YYYY-MM-DD")
    return day
