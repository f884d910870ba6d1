"""Plan new workstations: from a workspace to a plan that the independent checker has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance import audit as audit_network
from ipps_geo.crs import metric_xy
from ipps_geo.errors import NotSolved, UnsoundPlan
from ipps_geo.planning.access import coverage_result
from ipps_geo.planning.child import run_in_child
from ipps_geo.planning.instance import SitingInstance, siting_instance
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.provenance import day_of, provenance
from ipps_geo.results import PlanResult

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.reach import Reach
    from ipps_geo.siting import SitePlan
    from ipps_geo.workspace import Workspace

START_S = 20.0
"""What a child process may need on top of the time limit: imports, and kernels that are compiled once."""
