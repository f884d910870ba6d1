"""Where a result comes from: attached to everything that a planner may print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ipps_geo
from ipps_geo.results.values import plain

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


@dataclass(frozen=True)
class Provenance:
    """What a reader needs to trust a page or to make it again.

    ``synthetic`` is true while any enterprise, roster or institution behind the result is demonstration data: every
    page then says so. ``sources`` holds one mapping per data file (file, publisher, licence, date, data_class).
    ``loaded`` says what of the files was read and what was left out, with places and reasons (``LoadReport.plain``).
    """

    workspace: str
    content_hash: str
    data_date: dt.date | None
    policy_version: str
    software_version: str
    synthetic: bool
    parameters: Mapping[str, Any]
    sources: tuple[Mapping[str, Any], ...] = ()
    loaded: Mapping[str, Any] = field(default_factory=dict)


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
        loaded=workspace.loaded.plain(),
    )


def day_of_result(provenance: Provenance) -> dt.date:
    """Return the day that a result looks at: its parameter ``on``, else the data date."""
    stated = provenance.parameters.get("on")
    if isinstance(stated, str):
        return dt.date.fromisoformat(stated)
    if isinstance(stated, dt.date):
        return stated
    return provenance.data_date or dt.date(1, 1, 1)
