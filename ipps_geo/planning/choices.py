"""The choices around a plan as tables with ids: the frontier, distinct plans, robustness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.siting.choices.robustness import Robustness


def frontier_table(instance: SitingInstance, frontier: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the frontier with carrier ids of new stations, ``;`` between them: open_sites, added, dropped.

    How long each point took is left out: the same plan gives the same table.
    """
    table = _with_ids(instance, frontier, ("open_sites", "added", "dropped"))
    return None if table is None else table.drop(columns="seconds", errors="ignore")


def alternatives_table(instance: SitingInstance, alternatives: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the distinct plans with carrier ids."""
    return _with_ids(instance, alternatives, ("open_sites", "added", "dropped"))


def robustness_table(instance: SitingInstance, robustness: Robustness | None) -> pd.DataFrame | None:
    """Return how often each site is chosen: site_id, name_zh, chosen, of, in_base."""
    if robustness is None:
        return None
    table = robustness.sites.loc[robustness.sites["site"] < len(instance.candidates)].reset_index(drop=True)
    sites = instance.candidates.iloc[table["site"]]
    table.insert(0, "site_id", sites["carrier_id"].to_numpy())
    table.insert(1, "name_zh", sites["name_zh"].to_numpy())
    return table.drop(columns="site")


def _with_ids(instance: SitingInstance, table: pd.DataFrame | None, columns: tuple[str, ...]) -> pd.DataFrame | None:
    if table is None:
        return None
    names: Any = instance.candidates["carrier_id"].to_numpy()
    listed = {
        name: [";".join(names[[site for site in positions if site < len(names)]]) for positions in table[name]]
        for name in columns
    }
    return table.assign(**{name: pd.array(values, dtype="str") for name, values in listed.items()})
