"""Where a result comes from: attached to everything that a planner may print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ipps_geo
from ipps_geo.policy import changes, content_hash
from ipps_geo.results.edition import PublicEdition
from ipps_geo.results.values import plain

if TYPE_CHECKING:
    from ipps_geo.policy import Policy, PolicyChange
    from ipps_geo.workspace import Workspace
    from ipps_geo.workspace.loaded import LoadReport


@dataclass(frozen=True)
class Provenance:
    """What a reader needs to trust a page or to make it again.

    ``synthetic`` is true while any enterprise, roster or institution behind the result is demonstration data: every
    page then says so. ``sources`` holds one mapping per data file (file, publisher, licence, date, data_class).
    ``policy_hash`` is that of the policy's content, ``policy_changes`` where it differs from the shipped version of its
    name. ``loaded`` says what of the files was read and what was left out, with reasons (``LoadReport.plain``).
    ``policy_title`` is the title of its text by language. ``edition`` is set in a public edition, where ``loaded`` is
    empty.
    """

    workspace: str
    content_hash: str
    data_date: dt.date | None
    policy_version: str
    software_version: str
    synthetic: bool
    parameters: Mapping[str, Any]
    sources: tuple[Mapping[str, Any], ...] = ()
    loaded: Mapping[str, Any] = field(default_factory=dict)
    policy_hash: str = ""
    policy_changes: tuple[PolicyChange, ...] = ()
    edition: PublicEdition | None = None
    policy_title: Mapping[str, str] = field(default_factory=dict)


def provenance(
    workspace: Workspace,
    policy: Policy,
    on: dt.date,
    parameters: Mapping[str, Any],
    beside: LoadReport | None = None,
) -> Provenance:
    """Return the provenance of a result computed from ``workspace`` under ``policy`` for day ``on``.

    ``beside`` says what was read of a file that is not in the workspace: a proposed roster.
    """
    loaded = workspace.loaded if beside is None else workspace.loaded.joined(beside)
    return Provenance(
        workspace=workspace.name,
        content_hash=workspace.content_hash,
        data_date=workspace.data_date,
        policy_version=policy.version,
        software_version=ipps_geo.__version__,
        synthetic=workspace.is_demonstration,
        parameters={"on": on.isoformat(), **{name: plain(value) for name, value in parameters.items()}},
        sources=tuple(plain(source) for source in workspace.sources),
        loaded=loaded.plain(),
        policy_hash=content_hash(policy),
        policy_changes=changes(policy),
        policy_title={"zh": policy.title_zh, "en": policy.title_en},
    )


def day_of_result(provenance: Provenance) -> dt.date:
    """Return the day that a result looks at: its parameter ``on``, else the data date."""
    stated = provenance.parameters.get("on")
    if isinstance(stated, str):
        return dt.date.fromisoformat(stated)
    if isinstance(stated, dt.date):
        return stated
    return provenance.data_date or dt.date(1, 1, 1)
