"""What an edition of the atlas shows: audit, coverage and a plan of one workspace."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from ipps_geo.planning.access import coverage
from ipps_geo.planning.findings import audit
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.proposals import plan
from ipps_geo.results import AtlasResults
from ipps_geo.results.disclosure import public_atlas

if TYPE_CHECKING:
    from ipps_geo.executors import Workforce
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace


def atlas_results(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    *,
    on: dt.date | None = None,
    since: dt.date | None = None,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
    public: bool = False,
    map_review_number: str = "",
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    workforce: Workforce | None = None,
) -> AtlasResults:
    """Compute what the atlas shows.

    ``travel`` is how access is measured (A6, A8 to A10, the unit sheets), the plan's straight line when not given, and
    ``choices`` what counts as supply and weighs how much. ``since`` is the day of the edition before, for what has
    changed. The frontier is drawn up to the plan's number of stations. ``public`` gives the public edition, see
    :func:`ipps_geo.results.disclosure.public_atlas`, with its ``map_review_number`` (审图号).
    """
    points = max(parameters.frontier, parameters.stations or 0)
    wanted = dataclasses.replace(parameters, frontier=points)
    planned = plan(workspace, policy, wanted, on=on, progress=progress, should_stop=should_stop, workforce=workforce)
    travel = travel or parameters.travel
    covered = coverage(workspace, policy, travel=travel, on=on, areas=False, choices=choices)
    found = audit(workspace, policy, on=on)
    before = (
        None if since is None else coverage(workspace, policy, travel=travel, on=since, areas=False, choices=choices)
    )
    results = AtlasResults(found, covered, planned, before)
    return public_atlas(results, workspace.service_units, map_review_number) if public else results
