"""What the rules speak about: units, institutions, applications, proposals, carriers; the same facts for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ipps_geo.vocabulary import InstitutionKind
from ipps_geo.workspace.activity import accepted_applications, covers_day, perhaps_revoked

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace

Role = Literal[
    "unit", "established", "revoked", "establishment", "change", "revocation", "proposal", "carrier", "policy"
]
"""What a subject is on the day of the audit; ``establishment``, ``change`` and ``revocation`` are applications."""

PROPOSAL_HOLDER = "\N{NUL}proposal"
"""Holder id of a proposed roster: nothing that a file can hold."""

SUBJECT_KINDS: Mapping[str, str] = {
    "unit": "unit",
    "established": "institution",
    "revoked": "institution",
    "establishment": "application",
    "change": "application",
    "revocation": "application",
    "proposal": "proposal",
    "carrier": "carrier",
    "policy": "policy",
}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One thing to judge, with its facts as plain values (None where unknown).

    Attributes
    ----------
    applied_on, decided_on
        Of an application, and of an established institution where its application is on record. A decision later than
        the day of the audit is not known yet.
    established_on
        Of an institution: it settles who came first.
    institution_id
        Own institution, so that a station is never compared with itself.
    holders
        Ids under which its roster is filed, in order of preference.
    perhaps_revoked
        Something says that the institution was revoked, and nothing on which day.
    """

    subject_id: str
    role: Role
    institution_kind: InstitutionKind | None
    unit: str | None
    facts: Mapping[str, Any]
    applied_on: dt.date | None = None
    decided_on: dt.date | None = None
    established_on: dt.date | None = None
    institution_id: str | None = None
    holders: tuple[str, ...] = ()
    perhaps_revoked: bool = False

    @property
    def kind(self) -> str:
        """Kind of the subject in a finding."""
        return SUBJECT_KINDS[self.role]

    @property
    def is_applicant(self) -> bool:
        """Whether Art. 6 and 7 bind it as an applicant: an application or a proposal."""
        return self.role not in ("established", "revoked")

    @property
    def is_organization(self) -> bool:
        """Whether an industry organisation undertakes it (Art. 4, 5, 8 give it a route of its own)."""
        return self.facts.get("host_type") == "industry_organization"

    @property
    def grounds(self) -> frozenset[str]:
        """Grounds of its revocation, or of the revocation it asks for, as far as they are stated."""
        return grounds_in(self.facts.get("revocation_ground" if self.kind == "institution" else "ground"))

    def counts_on(self, day: dt.date) -> Literal["yes", "no", "unknown"]:
        """Return whether the institution counts on ``day``; unknown where a day is missing that could decide."""
        revoked = self.facts.get("revoked_on")
        if (self.established_on is not None and self.established_on > day) or (revoked is not None and revoked <= day):
            return "no"
        if self.perhaps_revoked:
            return "no" if self.role == "revoked" else "unknown"
        begun = self.established_on is not None or self.facts.get("legacy") == "yes"
        return "yes" if begun or (self.decided_on is not None and self.decided_on <= day) else "unknown"

    def days(self, on: dt.date, which: str) -> tuple[dt.date | None, ...]:
        """Return the days on which conditions are judged; None stands for a day that is not on record.

        ``which`` is the policy's reading: ``both`` days, that of ``application``, or that of ``decision`` (the day of
        the audit while the decision is pending).
        """
        if self.role not in ("establishment", "proposal"):
            return (on,)
        decided = self.decided_on or on
        if which == "application":
            return (self.applied_on,)
        if which == "decision" or self.applied_on == decided:
            return (decided,)
        return (self.applied_on, decided)


def grounds_in(text: str | None) -> frozenset[str]:
    """Return the grounds that a cell names, several joined by ``;``."""
    return frozenset(part for part in (text or "").split(";") if part)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values: missing is None, dates are dates, geometry is left out."""
    if not len(frame):
        return []
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        if name == "geometry":
            continue
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            columns[name] = [None if pd.isna(value) else value.date() for value in values.tolist()]
        elif values.dtype == bool:
            columns[name] = values.tolist()
        else:
            missing = values.isna().tolist()
            columns[name] = [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def subjects_of(workspace: Workspace, on: dt.date) -> list[Subject]:
    """Return every subject of a workspace on day ``on``, in a stable order: units, institutions, applications."""
    return [*_units(workspace), *_institutions(workspace, on), *_applications(workspace, on)]


def _units(workspace: Workspace) -> list[Subject]:
    frame = workspace.service_units.sort_values("code", kind="stable")
    return [Subject(row["code"], "unit", None, row["code"], row) for row in records(frame)]


def _institutions(workspace: Workspace, on: dt.date) -> list[Subject]:
    frame = workspace.institutions.sort_values("institution_id", kind="stable")
    known = frame[frame["established_on"].isna() | (frame["established_on"] <= pd.Timestamp(on))]
    active = covers_day(known["established_on"], known["revoked_on"], on).tolist()
    told = perhaps_revoked(known).tolist()
    applied, accepted, asked = _application_days(workspace, on), _accepted(workspace, on), _revocations(workspace, on)
    # What the table says of the day of its data holds on every later one.
    settled = workspace.data_date is None or on >= workspace.data_date
    subjects = []
    for row, is_active, hint in zip(records(known), active, told, strict=True):
        name = row["institution_id"]
        days = applied.get(name, (None, None))
        undated = row["revoked_on"] is None and (hint or name in asked)
        if undated and row["revocation_ground"] is None:
            row = {**row, "revocation_ground": asked.get(name)}
        gone = undated and row["is_revoked"] == "yes" and settled
        subjects.append(
            Subject(
                name,
                "established" if is_active and not gone else "revoked",
                InstitutionKind(row["kind"]),
                row["unit"],
                row,
                days[0],
                days[1],
                row["established_on"],
                name,
                (name, *accepted.get(name, ())),
                perhaps_revoked=undated,
            )
        )
    return subjects


def _accepted(workspace: Workspace, on: dt.date) -> dict[str, tuple[str, ...]]:
    """Return the accepted applications behind each institution: its roster may still be filed under one of them."""
    chosen = accepted_applications(workspace.applications, on)
    found: dict[str, list[str]] = {}
    pairs = zip(chosen["institution_id"].tolist(), chosen["application_id"].tolist(), strict=True)
    for institution, application in sorted((one, other) for one, other in pairs if isinstance(one, str)):
        found.setdefault(institution, []).append(application)
    return {name: tuple(ids) for name, ids in found.items()}


def _revocations(workspace: Workspace, on: dt.date) -> dict[str, str | None]:
    """Return the ground of the accepted application for revocation about each institution, decided by ``on``."""
    frame = workspace.applications
    chosen = frame[
        (frame["kind"] == "revocation")
        & (frame["decision"] == "accepted")
        & frame["institution_id"].notna()
        & ~(frame["decided_on"] > pd.Timestamp(on))
    ].sort_values("application_id", kind="stable")
    return {row["institution_id"]: row["ground"] for row in records(chosen)}


def _application_days(workspace: Workspace, on: dt.date) -> dict[str, tuple[dt.date | None, dt.date | None]]:
    """Return (applied, decided) of the accepted application behind each institution, the earliest of several."""
    frame = workspace.applications
    chosen = frame[
        (frame["kind"] == "establishment")
        & (frame["decision"] == "accepted")
        & frame["institution_id"].notna()
        & ~(frame["applied_on"] > pd.Timestamp(on))
    ].sort_values(["institution_id", "applied_on", "application_id"], kind="stable")
    return {
        row["institution_id"]: (row["applied_on"], row["decided_on"])
        for row in records(chosen.drop_duplicates("institution_id"))
    }


def _applications(workspace: Workspace, on: dt.date) -> list[Subject]:
    frame = workspace.applications.sort_values("application_id", kind="stable")
    day = pd.Timestamp(on)
    subjects = []
    for row in records(frame[~(frame["applied_on"] > day)]):
        decided = row["decided_on"]
        if decided is not None and decided > on:  # not known yet on that day
            row = {**row, "decision": "pending", "decided_on": None, "filed_on": None}
            decided = None
        if row["decision"] == "rejected":
            continue
        for step in ("inspected_on", "recommended_on", "filed_on"):
            if row[step] is not None and row[step] > on:
                row = {**row, step: None}
        institution = row["institution_id"]
        name = row["application_id"]
        subjects.append(
            Subject(
                name,
                row["kind"],
                InstitutionKind(row["institution_kind"]),
                row["unit"],
                row,
                row["applied_on"],
                decided if row["decision"] == "accepted" else None,
                None,
                institution,
                (name, institution) if institution is not None else (name,),
            )
        )
    return subjects
