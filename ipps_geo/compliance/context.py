"""Everything that the rules share on one day, prepared once: rosters, staff, bans, evaluations, findings of conduct."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance.bans import Ban, bans_of
from ipps_geo.compliance.entries import Entries, roster_entries
from ipps_geo.compliance.left_out import Gap, gaps_of
from ipps_geo.compliance.places import Place, places_of
from ipps_geo.compliance.rosters import RosterBook
from ipps_geo.compliance.staffing import Staffing, staffing_of
from ipps_geo.compliance.subjects import Subject, records
from ipps_geo.identity import uscc_checks

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


@dataclass(eq=False)
class Context:
    """A workspace, a policy and a day, with the tables that the rules ask for; each is made when first needed.

    ``extra_rosters`` and ``extra_places`` belong to a proposal that is not in the workspace; ``roster_subjects`` limits
    whose rosters are counted (default: every subject's); ``setups`` is the engine's own.
    """

    workspace: Workspace
    policy: Policy
    on: dt.date
    subjects: Sequence[Subject]
    extra_rosters: pd.DataFrame | None = None
    extra_places: gpd.GeoDataFrame | None = None
    roster_subjects: Sequence[Subject] | None = None
    setups: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Entries:
        """Every roster row with the legal entity behind it."""
        return roster_entries(self.workspace, self.policy, self.extra_rosters)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What the load of the workspace left out, by table."""
        return gaps_of(self.workspace)

    @cached_property
    def known_ids(self) -> list[str]:
        """Ids of every institution and application."""
        return [*self.workspace.institutions["institution_id"], *self.workspace.applications["application_id"]]

    @cached_property
    def rosters(self) -> RosterBook:
        """Every roster that is looked at, counted."""
        subjects = self.subjects if self.roster_subjects is None else self.roster_subjects
        return RosterBook(self.workspace, self.policy, self.on, subjects, self.entries)

    @cached_property
    def code_checks(self) -> NDArray[np.object_]:
        """What the credit code of each roster row looks like (see ``identity.UsccCheck``); None without a code."""
        return np.asarray(uscc_checks(self.entries.frame["uscc"]).to_numpy(dtype=object))

    @cached_property
    def institutions(self) -> Mapping[str, Subject]:
        """Institutions known on the day, by id."""
        return {subject.subject_id: subject for subject in self.subjects if subject.kind == "institution"}

    @cached_property
    def unit_facts(self) -> Mapping[str, Mapping[str, Any]]:
        """Facts of the service units by code."""
        return {row["code"]: row for row in records(self.workspace.service_units)}

    def units_around(self, unit: str | None) -> tuple[str, ...]:
        """Return a unit and those that it is part of, from within outwards."""
        found: list[str] = []
        while unit is not None and unit not in found:
            found.append(unit)
            unit = self.unit_facts.get(unit, {}).get("part_of")
        return tuple(found)

    @cached_property
    def center_applications(self) -> tuple[Subject, ...]:
        """Applications for a district centre that were not rejected."""
        return tuple(
            subject
            for subject in self.subjects
            if subject.role == "establishment" and subject.institution_kind == "district_center"
        )

    @cached_property
    def stations_by_unit(self) -> Mapping[str | None, tuple[int, int]]:
        """Least and most active workstations by unit; those of a sub-unit count in what it is part of as well."""
        found: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
        for subject in self.institutions.values():
            if subject.role == "established" and subject.institution_kind == "workstation":
                certain = subject.counts_on(self.on) == "yes"
                for unit in self.units_around(subject.unit) or (None,):
                    found[unit][0] += certain
                    found[unit][1] += 1
        return {unit: (least, most) for unit, (least, most) in found.items()}

    @cached_property
    def revocations(self) -> Mapping[str, tuple[Subject, ...]]:
        """Applications for revocation by the institution that they are about."""
        found: dict[str, list[Subject]] = defaultdict(list)
        for subject in self.subjects:
            if subject.role == "revocation" and subject.institution_id is not None:
                found[subject.institution_id].append(subject)
        return {name: tuple(entries) for name, entries in found.items()}

    @cached_property
    def staffing(self) -> Staffing:
        """Qualified staff by institution or application."""
        became = {
            subject.subject_id: subject.institution_id
            for subject in self.subjects
            if subject.role == "establishment" and subject.institution_id is not None
        }
        return staffing_of(self.workspace.staff, self.on, became)

    @cached_property
    def bans(self) -> tuple[Ban, ...]:
        """Bans that follow from revocations known on the day."""
        return bans_of(self.institutions.values(), self.on)

    @cached_property
    def evaluations(self) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
        """Evaluations known on the day, by institution, by year and round."""
        frame = self.workspace.evaluations
        late = frame["evaluated_on"] > pd.Timestamp(self.on)
        undated = frame["evaluated_on"].isna() & (frame["year"] > self.on.year)
        return _by_institution(frame[~late & ~undated.astype(bool)], ["institution_id", "year", "round"])

    @cached_property
    def conduct(self) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
        """Findings of profit-making or illegal activity known on the day, by institution."""
        frame = self.workspace.conduct
        return _by_institution(
            frame[frame["found_on"] <= pd.Timestamp(self.on)], ["institution_id", "found_on", "kind"]
        )

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Place]:
        """Where institutions, applications and proposals are, by kind of subject and id."""
        found: dict[tuple[str, str], Place] = {}
        layers = [
            ("institution", self.workspace.institutions, "institution_id"),
            ("application", self.workspace.applications, "application_id"),
        ]
        if self.extra_places is not None:
            layers.append(("proposal", self.extra_places, "carrier_id"))
        for kind, frame, key in layers:
            wanted = {subject.subject_id: subject.unit for subject in self.subjects if subject.kind == kind}
            rows = frame[frame[key].isin(list(wanted))]
            ids = rows[key].tolist()
            declared = [wanted[name] for name in ids]
            precision = rows["position_precision_m"].tolist() if "position_precision_m" in rows else [None] * len(rows)
            least = self.policy.value("boundary_tolerance_m", self.on)
            places = places_of(
                self.workspace, rows.geometry, ids, declared, precision, float(least) if isinstance(least, int) else 0.0
            )
            found.update({(kind, name): place for name, place in places.items()})
        return found

    @cached_property
    def overlapping_units(self) -> frozenset[frozenset[str]]:
        """Pairs of a functional area and a district that it lies over."""
        units = self.workspace.service_units
        areas = units[units["kind"] == "functional_area"]
        districts = units[units["kind"] == "district"]
        return frozenset(
            frozenset({area, district})
            for area, shape in zip(areas["code"], areas.geometry, strict=True)
            for district, ground in zip(districts["code"], districts.geometry, strict=True)
            if shape is not None and ground is not None and shape.intersection(ground).area > 0
        )


def _by_institution(frame: pd.DataFrame, order: list[str]) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in records(frame.sort_values(order, kind="stable")):
        found[row["institution_id"]].append(row)
    return {name: tuple(rows) for name, rows in found.items()}
