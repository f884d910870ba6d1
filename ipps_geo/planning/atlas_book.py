"""The atlas of a workspace: audit, coverage and a plan, drawn as one PDF."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.planning.access import coverage
from ipps_geo.planning.findings import audit
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.proposals import plan
from ipps_geo.planning.writing import folder_for

if TYPE_CHECKING:
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace


def write_atlas(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    out: Path,
    lang: str,
    *,
    on: dt.date | None = None,
    since: dt.date | None = None,
    travel: Travel | None = None,
    public: bool = False,
    progress: Callable[[Milestone], None] | None = None,
) -> list[Path]:
    """Compute what the atlas shows and write ``atlas.pdf`` into ``out``.

    ``travel`` is how access is measured (A6, A8 to A10, the unit sheets), the plan's straight line when not given.
    ``since`` is the day of the edition before, for what has changed; ``public`` suppresses small cells. The frontier is
    drawn up to the plan's number of stations.
    """
    from ipps_geo.report.atlas import write_atlas as draw

    points = max(parameters.frontier, parameters.stations or 0)
    planned = plan(workspace, policy, dataclasses.replace(parameters, frontier=points), on=on, progress=progress)
    travel = travel or parameters.travel
    covered = coverage(workspace, policy, travel=travel, on=on, areas=False)
    found = audit(workspace, policy, on=on)
    before = None if since is None else coverage(workspace, policy, travel=travel, on=since, areas=False)
    path = folder_for(out) / "atlas.pdf"
    return [
        draw(workspace, policy, path, lang, audit=found, coverage=covered, plan=planned, previous=before, public=public)
    ]
