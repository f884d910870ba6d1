"""A copy of a workspace to plant flaws in: it finds sound subjects, changes one fact at a time, and remembers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.workspace.planted import PlantedFlaw
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.workspace.model import Workspace

KEYS = {
    "service_units": "code",
    "carriers": "carrier_id",
    "enterprises": "enterprise_id",
    "institutions": "institution_id",
    "applications": "application_id",
}
"""The id column of the tables that have one."""

APPLIED = dt.date(2026, 9, 1)
"""Day on which the applications made here were written; late enough that nothing has been decided."""


class Ground:
    """Tables of a demonstration that can be changed; each sound subject is given out once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.tables = {name: pd.DataFrame(frame) for name, frame in workspace.tables.items()}
        self.planted = list(workspace.planted)
        self._stations = iter(self._sound_stations())
        self._centres = iter(self._sound_centres())

    def finish(self) -> Workspace:
        """Return the workspace with everything planted."""
        tables = {name: conform(name, frame) for name, frame in self.tables.items()}
        return self.workspace.replace(
            **tables, name=f"{self.workspace.name}-flaws", planted=tuple(sorted(self.planted)), sources=()
        )

    def plant(self, rule: str, subject: str, why: str) -> None:
        """Remember that ``rule`` must fail for ``subject``."""
        self.planted.append(PlantedFlaw(rule, subject, "FAIL", why))

    def station(self) -> str:
        """Return the next established station of a carrier that is sound in every way."""
        return self._next(self._stations, "workstations in good order, hosted by carriers, with a roster")

    def centre(self) -> str:
        """Return the next unit's centre."""
        return self._next(self._centres, "service units with one centre")

    def row(self, table: str, key: str) -> dict[str, Any]:
        """Return a row by its id."""
        frame = self.tables[table]
        return dict(frame.loc[frame[KEYS[table]] == key].iloc[0])

    def change(self, table: str, key: str, **facts: Any) -> None:
        """Change facts of a row by its id."""
        frame = self.tables[table].copy()
        chosen = frame[KEYS[table]] == key
        for name, value in facts.items():
            frame[name] = frame[name].mask(chosen, _stored(value))
        self.tables[table] = frame

    def add(self, table: str, **facts: Any) -> None:
        """Add a row."""
        row = {name: _stored(value) for name, value in facts.items()}
        self.tables[table] = pd.concat([self.tables[table], conform(table, pd.DataFrame([row]))], ignore_index=True)

    def drop(self, table: str, column: str, value: str) -> None:
        """Remove the rows with this value."""
        frame = self.tables[table]
        self.tables[table] = frame[frame[column] != value].reset_index(drop=True)

    def members(self, holder: str) -> list[str]:
        """Return the enterprise ids on a roster, sorted."""
        rosters = self.tables["rosters"]
        return sorted(rosters.loc[rosters["holder_id"] == holder, "enterprise_id"])

    def change_members(self, holder: str, enterprises: list[str], **facts: Any) -> None:
        """Change facts of enterprises of a roster, in the roster and in the enterprise table alike."""
        rosters = self.tables["rosters"].copy()
        chosen = (rosters["holder_id"] == holder) & rosters["enterprise_id"].isin(enterprises)
        known = self.tables["enterprises"].copy()
        for name, value in facts.items():
            rosters[name] = rosters[name].mask(chosen, value)
            known[name] = known[name].mask(known["enterprise_id"].isin(enterprises), value)
        self.tables["rosters"], self.tables["enterprises"] = rosters, known

    def change_roster(self, holder: str, **facts: Any) -> None:
        """Change facts of every row of a roster."""
        rosters = self.tables["rosters"]
        chosen = rosters["holder_id"] == holder
        self.tables["rosters"] = rosters.assign(**{name: rosters[name].mask(chosen, to) for name, to in facts.items()})

    def application_of(self, station: str) -> str:
        """Return the accepted application that established a station."""
        frame = self.tables["applications"]
        return str(
            frame.loc[(frame["institution_id"] == station) & (frame["kind"] == "establishment"), "application_id"].iloc[
                0
            ]
        )

    def organisation_station(self) -> str:
        """Return the station of an industry organisation."""
        institutions = self.tables["institutions"]
        found = institutions.loc[
            (institutions["kind"] == "workstation") & (institutions["host_type"] == "industry_organization"),
            "institution_id",
        ]
        if not len(found):
            raise BadInput("workspace.no_industry_station", where="flaws")
        return str(min(found))

    def applicant(self) -> str:
        """Turn the next sound station into a pending application with its roster and staff, and return the application.

        It still meets every condition, so that one changed fact fails one rule.
        """
        station = self.station()
        application = self.application_of(station)
        self.drop("institutions", "institution_id", station)
        self.drop("evaluations", "institution_id", station)
        for table, column in (("rosters", "holder_id"), ("staff", "institution_id")):
            frame = self.tables[table]
            self.tables[table] = frame.assign(**{column: frame[column].mask(frame[column] == station, application)})
        self.change(
            "applications",
            application,
            institution_id=None,
            decision="pending",
            decided_on=None,
            filed_on=None,
            was_inspected="unknown",
            was_argued="unknown",
            was_evaluated="unknown",
            applied_on=APPLIED,
            inspected_on=APPLIED + dt.timedelta(days=10),
            recommended_on=APPLIED + dt.timedelta(days=20),
        )
        return application

    def _sound_stations(self) -> list[str]:
        """Return the established carrier stations that nothing is planted at and that share no enterprise."""
        institutions, rosters = self.tables["institutions"], self.tables["rosters"]
        shared = rosters["enterprise_id"].duplicated(keep=False)
        drifting = rosters["listed_on"].notna() | rosters["delisted_on"].notna()
        odd = set(rosters.loc[shared | drifting, "holder_id"]) | {flaw.subject for flaw in self.planted}
        sizes = rosters["holder_id"].value_counts()
        yes = rosters["explicit_need"].eq("yes").groupby(rosters["holder_id"]).sum()
        applied = set(self.tables["applications"]["institution_id"].dropna())
        good = institutions[
            (institutions["kind"] == "workstation")
            & (institutions["legacy"] == "no")
            & (institutions["host_type"] != "industry_organization")
            & institutions["revoked_on"].isna()
            & institutions["institution_id"].isin(applied)
            & ~institutions["institution_id"].isin(odd)
        ]["institution_id"]
        return sorted(name for name in good if sizes.get(name, 0) >= 52 and 5 * yes[name] > 3 * sizes[name])

    def _sound_centres(self) -> list[str]:
        institutions = self.tables["institutions"]
        centres = institutions[(institutions["kind"] == "district_center") & institutions["revoked_on"].isna()]
        single = centres.loc[~centres["unit"].duplicated(keep=False)]
        return sorted(single["institution_id"])

    @staticmethod
    def _next(names: Any, what: str) -> str:
        for name in names:
            return str(name)
        raise BadInput("workspace.too_few_to_plant", where="flaws", what=what)


def _stored(value: Any) -> Any:
    return pd.Timestamp(value) if isinstance(value, dt.date) else value
