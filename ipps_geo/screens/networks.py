"""What is in a network that was sent in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.report.words.catalogue import catalogue

if TYPE_CHECKING:
    from ipps_geo.reach.streets import StreetNetwork
    from ipps_geo.reach.timetable import Timetable
    from ipps_geo.reach.transit import TransitNetwork


def network_rows(network: StreetNetwork | TransitNetwork | Timetable, lang: str) -> pd.DataFrame:
    """Return what is in a network: source, state, and its counts."""
    words = catalogue(lang)
    facts = {"as_of": network.as_of} if network.as_of else {}
    told = facts | {name: value for name, value in network.checks().items() if not isinstance(value, (dict, list))}
    return pd.DataFrame(
        {
            words.text("app.what"): [words.label("NetworkFact", name) for name in told],
            words.column("value"): [words.value(value) for value in told.values()],
        }
    )


def left_out_rows(network: StreetNetwork | TransitNetwork | Timetable, lang: str) -> pd.DataFrame:
    """Return the rows of a timetable that could not be used, in words; none of other networks."""
    rows: pd.DataFrame = getattr(network, "left_out", pd.DataFrame())
    words = catalogue(lang)
    if not len(rows):
        return pd.DataFrame()
    told = rows.assign(reason=[words.label("LeftOutReason", reason) for reason in rows["reason"]])
    return told.rename(columns={name: words.column(name) for name in told.columns})
