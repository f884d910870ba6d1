"""The workspace: seven validated tables and three optional ones, one CRS, their sources and their faults."""

from __future__ import annotations

from ipps_geo.workspace.demo import generate_demo, plant_flaws
from ipps_geo.workspace.load import load_workspace
from ipps_geo.workspace.model import Source, Workspace
from ipps_geo.workspace.planted import PlantedFlaw
from ipps_geo.workspace.save import save_workspace

__all__ = ["PlantedFlaw", "Source", "Workspace", "generate_demo", "load_workspace", "plant_flaws", "save_workspace"]
