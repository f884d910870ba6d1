"""Files of the analyst's own: costs between enterprises and sites, how much each enterprise weighs, a policy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput, PolicyError
from ipps_geo.intake.packing import safe_name
from ipps_geo.policy import load_policy
from ipps_geo.reach.cost_table import CostTable
from ipps_geo.reach.network_tables import read_network_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy

DEMAND_IDS = ("enterprise_id", "uscc")
SITE_IDS = ("institution_id", "carrier_id")
"""Columns by which such a table may name an enterprise and a site."""


def demand_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the ids of enterprises, missing ones empty."""
    return pd.DataFrame(frame).reindex(columns=list(DEMAND_IDS)).reset_index(drop=True)


def site_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the ids of institutions or carriers, missing ones empty."""
    return pd.DataFrame(frame).reindex(columns=list(SITE_IDS)).reset_index(drop=True)


def read_costs(path: Path) -> CostTable:
    """Return the costs of a table: enterprise, site, and minutes or metres, any format that the intake reads.

    Raises
    ------
    BadInput
        A file that cannot be read, neither or both of minutes and metres, or a row without its cost.
    """
    table = read_network_table(path, "travel_costs")
    frame = table.frame
    given = [name for name in ("minutes", "length_m") if name in frame and frame[name].notna().any()]
    if len(given) != 1:
        raise BadInput("own_table.one_cost", where=path.name)
    cost = frame[given[0]]
    if cost.isna().any():
        row = int(np.flatnonzero(cost.isna())[0])
        raise BadInput("own_table.no_cost", where=path.name, row=int(table.rows[row]), rows=int(cost.isna().sum()))
    return CostTable(
        frame["enterprise"].astype("object").to_numpy(),
        frame["site"].astype("object").to_numpy(),
        cost.to_numpy(np.float64),
        "min" if given[0] == "minutes" else "m",
        path.name,
    )


def read_weights(path: Path) -> pd.Series:
    """Return the weight of each enterprise by its number or credit code, named after the file.

    Raises
    ------
    BadInput
        A file that cannot be read, or an enterprise that stands twice with different weights.
    """
    frame = read_network_table(path, "demand_weights").frame.drop_duplicates(["enterprise", "weight"])
    twice = frame["enterprise"].duplicated()
    if twice.any():
        raise BadInput("own_table.weight_twice", where=path.name, enterprise=frame.loc[twice, "enterprise"].iloc[0])
    return pd.Series(frame["weight"].to_numpy(np.float64), frame["enterprise"].astype("object"), name=path.name)


def weights_sent(name: str, content: bytes) -> pd.Series:
    """Return the weights of a file that was sent in; see :func:`read_weights`."""
    with tempfile.TemporaryDirectory(prefix="ipps-weights-") as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(content)
        return read_weights(path)


def policy_sent(name: str, content: bytes) -> Policy:
    """Return the policy of a TOML file that was sent in; see :func:`ipps_geo.policy.load_policy`."""
    with tempfile.TemporaryDirectory(prefix="ipps-policy-") as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(content)
        try:
            return load_policy(path)
        except PolicyError as error:  # of a file it is the name that people know, not where it lay for a moment
            raise error.at(error.where.replace(str(path), name)) from None


def weights_of(weights: pd.Series, ids: pd.DataFrame) -> NDArray[np.float64]:
    """Return the weight of each row by the first of its ids that is listed; nan where none is, shape (n,)."""
    found = np.full(len(ids), np.nan)
    for name in ids.columns:
        here = weights.reindex(ids[name].astype("object")).to_numpy(np.float64)
        found = np.where(np.isnan(found), here, found)
    return found
