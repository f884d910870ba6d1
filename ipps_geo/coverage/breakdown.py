"""Coverage by something other than the unit: industry, size class, need; and the second view of the districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.coverage.by_unit import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray


def coverage_by(
    labels: pd.Series,
    on_roster: NDArray[np.bool_],
    within: NDArray[np.bool_],
    name: str,
    not_judged: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Return enterprises, on_roster and within_reach per label, sorted by label; a missing label is ``unknown``.

    With ``not_judged`` (of whom nobody can tell whether they are within reach) a column counts these.
    ``labels`` may hold several, joined by ``;``: such an enterprise counts under each, so the rows may add up to more
    than the enterprises.
    """
    listed = labels.fillna(UNKNOWN).replace("", UNKNOWN).str.split(";")
    rows = pd.DataFrame({name: listed, "enterprises": 1, "on_roster": on_roster, "within_reach": within})
    rows = rows if not_judged is None else rows.assign(not_judged=not_judged)
    rows = rows.explode(name)
    return rows.groupby(name, sort=True).sum().astype("int64").reset_index()


def catchment_overlap(counts: NDArray[np.int64]) -> pd.DataFrame:
    """Return how many enterprises lie within reach of 0, 1, 2 ... stations: stations_within_reach, enterprises.

    >>> catchment_overlap(np.array([0, 2, 2]))["enterprises"].tolist()
    [1, 0, 2]
    """
    tally = np.bincount(counts.astype(np.int64))
    return pd.DataFrame({"stations_within_reach": np.arange(len(tally)), "enterprises": tally})
