"""One proposed workstation: each rule's verdict, how the roster shrinks step by step, and what would make it pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.columns import CARRIERS, ROSTERS
from ipps_geo.compliance.bans import usable_code
from ipps_geo.compliance.context import Context
from ipps_geo.compliance.engine import judge
from ipps_geo.compliance.entities import EVIDENCED, NO, OPEN, YES
from ipps_geo.compliance.findings import Finding, Severity, Verdict
from ipps_geo.compliance.remedies import Remedy, remedy_of
from ipps_geo.compliance.rosters import CERTAIN
from ipps_geo.compliance.screening import carrier_subject
from ipps_geo.compliance.subjects import PROPOSAL_HOLDER, Subject, records, subjects_of
from ipps_geo.errors import BadInput
from ipps_geo.vocabulary import InstitutionKind
from ipps_geo.workspace.activity import active_institutions, day_of
from ipps_geo.workspace.location import locate_units
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry import Point

    from ipps_geo.policy import Policy
    from ipps_geo.reach import Reach
    from ipps_geo.workspace import Workspace
    from ipps_geo.workspace.loaded import LoadReport


@dataclass(frozen=True, eq=False)
class SiteAssessment:
    """What the rules say of a proposed workstation.

    Attributes
    ----------
    site_id, unit, on, applied_on
        The carrier (``place`` for bare coordinates), its service unit, the day of the judgement and of the application.
    findings
        One per rule that applies, in the order of the articles.
    counts
        How the roster shrinks: raw rows, deduplicated entities, enterprises, not_on_another_roster, key_industry,
        with_need. Each is a pair (least, most).
    overlaps
        Shared enterprises: station_id, station_name, established_on, entity_key, name, order, found_by.
    remedy
        What would make it pass.
    hosted
        Active workstations that the carrier hosts already.
    own_applications
        Applications that await a decision and are this proposal, filed: they are no rivals of its roster.
    """

    site_id: str
    unit: str | None
    on: dt.date
    applied_on: dt.date
    findings: tuple[Finding, ...]
    counts: Mapping[str, tuple[int, int]]
    overlaps: pd.DataFrame
    remedy: Remedy
    hosted: tuple[str, ...]
    own_applications: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """FAIL when a blocking rule fails, UNDETERMINED when one is open, else PASS: what a person decides on."""
        blocking = {finding.verdict for finding in self.findings if finding.severity is Severity.BLOCKING}
        for verdict in (Verdict.FAIL, Verdict.UNDETERMINED):
            if verdict in blocking:
                return verdict
        return Verdict.PASS

    @property
    def has_blocking_failure(self) -> bool:
        """Whether a blocking rule fails."""
        return self.verdict is Verdict.FAIL

    def to_dict(self) -> dict[str, Any]:
        """Return the assessment as JSON-safe builtins."""
        overlaps = self.overlaps.astype(object).where(self.overlaps.notna(), None)
        return {
            "site_id": self.site_id,
            "unit": self.unit,
            "on": self.on.isoformat(),
            "applied_on": self.applied_on.isoformat(),
            "verdict": self.verdict.value,
            "findings": [finding.to_dict() for finding in self.findings],
            "counts": {name: list(bounds) for name, bounds in self.counts.items()},
            "overlaps": overlaps.to_dict("records"),
            "remedy": self.remedy.to_dict(),
            "hosted": list(self.hosted),
            "own_applications": list(self.own_applications),
        }


def assess_site(
    workspace: Workspace,
    policy: Policy,
    *,
    site_id: str | None = None,
    geometry: Point | None = None,
    roster: pd.DataFrame | None = None,
    applicant: Mapping[str, Any] | None = None,
    applied_on: dt.date | None = None,
    reach: Reach | None = None,
    on: dt.date | None = None,
    loaded: LoadReport | None = None,
) -> SiteAssessment:
    """Judge a proposed workstation at a carrier, or anywhere, with a proposed roster.

    Parameters
    ----------
    workspace, policy
        The network as it stands, and the version to judge by.
    site_id, geometry
        The carrier by id, or a point in EPSG:4490; one of them. A carrier brings the facts of its operator.
    roster
        The proposed roster, columns of ``columns.ROSTERS`` (``holder_id`` is ignored); None leaves Art. 7(2) open.
    loaded
        What of the proposed roster was read; rows and sheets that were left out may count or not.
    applicant
        Facts that replace those of the carrier: any of the carrier's columns from ``host_type`` to
        ``has_service_base``.
    applied_on
        Day of the application; default ``on``.
    reach
        Who can be served here: one row per row of ``workspace.enterprises``, one site. None leaves out whom to recruit.
    on
        Day of the judgement; default the workspace's data date.

    Raises
    ------
    BadInput
        Neither or both of site and place, an unknown carrier, an unknown fact, a roster or reach that does not fit.
    """
    day = day_of(workspace, on)
    facts, place = _facts(workspace, site_id, geometry, applicant)
    facts["roster_filed"] = "unknown" if roster is None else "yes"
    proposal = carrier_subject(facts, applied_on or day, role="proposal")
    extra = _proposed_roster(roster)
    subjects = [*subjects_of(workspace, day), proposal]
    own = own_applications(subjects, proposal, site_id)
    subjects = [subject for subject in subjects if subject.subject_id not in own or subject.kind != "application"]
    waiting = [subject for subject in subjects if subject.role in ("establishment", "proposal")]
    if loaded is not None:
        rows = {name: frame.assign(holder_id=PROPOSAL_HOLDER) for name, frame in loaded.rows.items()}
        workspace = workspace.replace(loaded=workspace.loaded.joined(replace(loaded, rows=rows)))
    context = Context(workspace, policy, day, subjects, extra, place, waiting)
    findings = judge(context, [proposal])
    return SiteAssessment(
        site_id=proposal.subject_id,
        unit=proposal.unit,
        on=day,
        applied_on=applied_on or day,
        findings=findings,
        counts=_counts(context, proposal, day),
        overlaps=_overlaps(context, proposal, day),
        remedy=remedy_of(
            context,
            proposal,
            day,
            reach,
            industries_met=any(found.rule == "R7-2b" and found.verdict is Verdict.PASS for found in findings),
        ),
        hosted=_hosted(workspace, site_id, day),
        own_applications=own,
    )


def own_applications(subjects: Sequence[Subject], proposal: Subject, site_id: str | None) -> tuple[str, ...]:
    """Return the applications that await a decision and are the proposal itself, filed: no rivals of its roster.

    The same unit at the same carrier; where a code or a carrier is not known, the other one speaks.
    """
    code = usable_code(proposal.facts.get("undertaking_uscc"))
    found = []
    for subject in subjects:
        if subject.role != "establishment" or subject.facts.get("decision") != "pending":
            continue
        other = usable_code(subject.facts.get("undertaking_uscc"))
        carrier = subject.facts.get("carrier_id")
        same_unit = None if code is None or other is None else code == other
        same_place = None if site_id is None or carrier is None else carrier == site_id
        if False not in (same_unit, same_place) and True in (same_unit, same_place):
            found.append(subject.subject_id)
    return tuple(sorted(found))


PLACE_ID = "place"
"""Id of a proposal at bare coordinates."""

_FACTS = tuple(CARRIERS.columns)[tuple(CARRIERS.columns).index("host_type") :]
APPLICANT_FACTS = _FACTS[: _FACTS.index("has_service_base") + 1]


def _facts(
    workspace: Workspace, site_id: str | None, geometry: Point | None, applicant: Mapping[str, Any] | None
) -> tuple[dict[str, Any], gpd.GeoDataFrame]:
    """Return the facts of the proposal and its place as a one-row table."""
    if (site_id is None) == (geometry is None):
        raise BadInput("site.no_place", where="site")
    if site_id is not None:
        row = workspace.carriers[workspace.carriers["carrier_id"] == site_id]
        if not len(row):
            raise BadInput("site.no_carrier", where="site_id", carrier=site_id)
    else:
        row = conform("carriers", pd.DataFrame({"carrier_id": [PLACE_ID], "name_zh": [""], "geometry": [geometry]}))
    (facts,) = records(row)
    unknown = sorted(set(applicant or {}) - set(APPLICANT_FACTS))
    if unknown:
        raise BadInput("site.no_fact", where="applicant", names=tuple(unknown), facts=tuple(APPLICANT_FACTS))
    if applicant:
        facts.update({name: value.value if isinstance(value, Enum) else value for name, value in applicant.items()})
        try:
            (facts,) = records(conform("carriers", pd.DataFrame([facts])))
        except (TypeError, ValueError) as error:
            raise BadInput("site.fact_kind", where="applicant") from error
    if facts["unit"] is None:
        located = locate_units(row.geometry, workspace.service_units).iloc[0]
        facts["unit"] = None if pd.isna(located) else str(located)
    return facts, row


def _proposed_roster(roster: pd.DataFrame | None) -> pd.DataFrame | None:
    if roster is None:
        return None
    missing = [name for name in ROSTERS.required if name != "holder_id" and name not in roster.columns]
    if missing:
        raise BadInput("site.roster_without", where="roster", names=tuple(missing))
    return conform("rosters", pd.DataFrame(roster).assign(holder_id=PROPOSAL_HOLDER))


def _counts(context: Context, proposal: Subject, day: dt.date) -> Mapping[str, tuple[int, int]]:
    """Return the steps from the rows filed to the enterprises with need, each as (least, most)."""
    facts = context.rosters.of(proposal, day)
    left = facts.residual
    sure, most = left.inside[CERTAIN], [sum(pair) for pair in zip(*left.inside, strict=True)]
    open_key = sum(line[OPEN] for line in left.key)
    with_need = sure[EVIDENCED] + sure[YES]
    return {
        "raw": (facts.raw, facts.raw + facts.left_out),
        "deduplicated": (facts.deduplicated, facts.deduplicated + facts.left_out),
        "enterprises": facts.all.count,
        "not_on_another_roster": left.count,
        "key_industry": left.in_key_industries,
        # An enterprise whose industry is open may be one of them, whatever its answer.
        "with_need": (with_need, min(left.in_key_industries[1], sum(most) - most[NO] + open_key)),
    }


def _overlaps(context: Context, proposal: Subject, day: dt.date) -> pd.DataFrame:
    lines = context.rosters.of(proposal, day).overlaps()
    names = {subject.subject_id: subject.facts.get("name") for subject in context.subjects}
    order = ("other_is_later", "order_or_identity_unknown", "this_is_later")
    return pd.DataFrame(
        [
            {
                "station_id": line["other"],
                "station_name": names.get(line["other"]),
                "established_on": None if line["other_since"] is None else line["other_since"].isoformat(),
                "entity_key": line["entity"],
                "name": line["name"],
                "order": order[line["level"]],
                "found_by": line["how"],
            }
            for line in lines
        ],
        columns=["station_id", "station_name", "established_on", "entity_key", "name", "order", "found_by"],
    )


def _hosted(workspace: Workspace, site_id: str | None, day: dt.date) -> tuple[str, ...]:
    if site_id is None:
        return ()
    stations = active_institutions(workspace.institutions, day, InstitutionKind.WORKSTATION)
    return tuple(sorted(stations.loc[stations["carrier_id"] == site_id, "institution_id"].tolist()))
