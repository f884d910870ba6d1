"""Demonstration workspaces of any size: real units, carriers and centres, synthetic enterprises and workstations."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.policy import key_industry_answers, load_policy
from ipps_geo.settings import data_root
from ipps_geo.workspace.demo.cases import add_cases
from ipps_geo.workspace.demo.enterprises import draw_enterprises
from ipps_geo.workspace.demo.flaws import plant_flaws
from ipps_geo.workspace.demo.network import Network, add_ordinary_stations, roster_pool, station_counts
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.planted import PlantedFlaw
from ipps_geo.workspace.reading import Part, read_parts
from ipps_geo.workspace.tables import conform, empty

DATA_DATE = dt.date(2026, 11, 22)
"""The day that a demonstration describes."""

REAL_FILES = {
    "service_units": "boundaries/service_units.geojson",
    "carriers": "parks/carriers.geojson",
    "institutions": "institutions/institutions.geojson",
    "key_industries": "key_industries/key_industries.csv",
}
"""Embedded tables of real places, as far as facts go, that every demonstration starts from."""

LARGEST = 10_000_000
_STATIONS = 40
_PER_STATION = 500


def generate_demo(enterprises: int = 30_000, seed: int = 7) -> Workspace:
    """Return a demonstration workspace: ``enterprises`` synthetic rows and a network of workstations that serve some.

    Real: service units, carriers, centres (at stand-in positions) and key-industry lists. Synthetic: everything else,
    marked so in ``data_class`` and in every name. The same arguments give the same workspace on every machine. Below
    about 20,000 enterprises the network is smaller, and cases that find too few of them are left out.

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
    parts = [Part(name, data_root() / file, file) for name, file in REAL_FILES.items()]
    real = {rows.table: rows.frame for rows in read_parts(parts, trusted=True)[0]}
    units, carriers = real["service_units"], real["carriers"]
    made = draw_enterprises(enterprises, seed, units, carriers, real["institutions"])
    key = key_industry_answers(
        made["industry_codes"], real["key_industries"], None, DATA_DATE, load_policy("beijing-draft")
    )
    pool = roster_pool(made, key)
    network = Network()
    wanted = station_counts(
        units["code"].tolist(), pool.table["unit"].value_counts(), min(_STATIONS, enterprises // _PER_STATION)
    )
    add_ordinary_stations(network, pool, carriers, wanted, np.random.default_rng([seed, enterprises, 1]))
    planted = add_cases(network, pool, carriers)
    stations = conform("institutions", pd.DataFrame(network.institutions)) if network.institutions else None
    institutions = real["institutions"] if stations is None else pd.concat([real["institutions"], stations])
    rosters = pd.concat(network.rosters, ignore_index=True) if network.rosters else empty("rosters")
    return Workspace(
        name=f"demo-{enterprises}-{seed}",
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
    )


__all__ = ["DATA_DATE", "PlantedFlaw", "generate_demo", "plant_flaws"]
