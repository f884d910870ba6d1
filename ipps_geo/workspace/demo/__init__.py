"""Demonstration workspaces of any size: real units, carriers and centres, synthetic enterprises and workstations."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.policy import key_industry_answers, load_policy
from ipps_geo.regions import Region, load_region
from ipps_geo.workspace.demo.cases import add_cases
from ipps_geo.workspace.demo.enterprises import draw_enterprises
from ipps_geo.workspace.demo.figures import Industries
from ipps_geo.workspace.demo.flaws import plant_flaws
from ipps_geo.workspace.demo.network import Network, add_ordinary_stations, roster_pool, station_counts
from ipps_geo.workspace.demo.places import carved_units
from ipps_geo.workspace.demo.stand_ins import drawn_carriers, drawn_centres
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.planted import PlantedFlaw
from ipps_geo.workspace.reading import Part, read_parts
from ipps_geo.workspace.tables import conform, empty

DATA_DATE = dt.date(2026, 11, 22)
"""The day that a demonstration describes."""

REAL = {
    "service_units": "boundaries",
    "carriers": "carriers",
    "institutions": "institutions",
    "key_industries": "key_industries",
}
"""Tables that a demonstration starts from, with the file of the region that holds each, real as far as facts go."""

LARGEST = 10_000_000
_STATIONS = 40
_PER_STATION = 500


def generate_demo(enterprises: int = 30_000, seed: int = 7, *, region: Region | None = None) -> Workspace:
    """Return a demonstration workspace: ``enterprises`` synthetic rows and a network of workstations that serve some.

    Real, where ``region`` (by default the embedded one) lists them: service units, carriers, centres and key-industry
    lists. Synthetic: everything else, marked so in ``data_class`` and in every name. The same arguments give the same
    workspace on every machine. Below about 20,000 enterprises the network is smaller, and cases that find too
    few of them are left out.

    Raises
    ------
    BadInput
        If ``enterprises`` is not between 1 and 10 million, or ``seed`` is negative.
    """
    if not 1 <= enterprises <= LARGEST:
        raise BadInput(
            "workspace.enterprises_out_of_range", where="enterprises", enterprises=enterprises, largest=LARGEST
        )
    if seed < 0:
        raise BadInput("workspace.seed_negative", where="seed", seed=seed)
    region = region or load_region()
    real = _real_tables(region, seed)
    units, carriers = real["service_units"], real["carriers"]
    made = draw_enterprises(enterprises, seed, units, carriers, real["institutions"], region)
    key = key_industry_answers(made["industry_codes"], real["key_industries"], None, DATA_DATE, load_policy(region))
    pool = roster_pool(made, key, region.metric_crs)
    network = Network(region.metric_crs)
    wanted = station_counts(
        units["code"].tolist(), pool.table["unit"].value_counts(), min(_STATIONS, enterprises // _PER_STATION)
    )
    add_ordinary_stations(network, pool, carriers, wanted, np.random.default_rng([seed, enterprises, 1]))
    planted = add_cases(network, pool, carriers)
    stations = conform("institutions", pd.DataFrame(network.institutions)) if network.institutions else None
    institutions = real["institutions"] if stations is None else pd.concat([real["institutions"], stations])
    rosters = pd.concat(network.rosters, ignore_index=True) if network.rosters else empty("rosters")
    return Workspace(
        name=f"demo-{enterprises}-{seed}" if region.embedded else f"demo-{region.key}-{enterprises}-{seed}",
        service_units=units,
        carriers=carriers,
        enterprises=made,
        institutions=conform("institutions", institutions),
        rosters=conform("rosters", rosters),
        applications=conform("applications", pd.DataFrame(network.applications)),
        key_industries=real["key_industries"],
        evaluations=conform("evaluations", pd.DataFrame(network.evaluations)),
        staff=conform("staff", pd.DataFrame(network.staff)),
        conduct=empty("conduct"),
        data_date=DATA_DATE,
        planted=tuple(sorted(planted)),
        region=region,
    )


def _real_tables(region: Region, seed: int) -> dict[str, pd.DataFrame]:
    """Return what a region lists of its network; what it does not list is drawn, and says so."""
    named = {table: region.file(kind) for table, kind in REAL.items()}
    parts = [Part(table, region.folder / file, file) for table, file in named.items() if file is not None]
    known = {rows.table: rows.frame for rows in read_parts(parts, trusted=True, region=region)[0]}
    if "key_industries" not in known:
        raise BadInput("region.missing", where=str(region.folder), names="files.key_industries")
    units = known["service_units"]
    if "carriers" in known and "institutions" in known:
        return known
    crs = region.metric_crs
    grounds = carved_units(units, crs)
    if "institutions" not in known:
        known["institutions"] = drawn_centres(units, grounds, crs)
    if "carriers" not in known:
        tags = [tag for tag in Industries().tags if tag != "other"]
        known["carriers"] = drawn_carriers(units, grounds, tags, crs, np.random.default_rng([seed, len(units), 2]))
    return known


__all__ = ["DATA_DATE", "PlantedFlaw", "generate_demo", "plant_flaws"]
