"""What changed between two days: findings that appeared, went away, or turned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ipps_geo.compliance.engine import audit
from ipps_geo.compliance.findings import Finding
from ipps_geo.errors import BadInput
from ipps_geo.workspace.activity import day_of

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

Kind = Literal["appeared", "gone", "verdict", "figures"]


@dataclass(frozen=True)
class Change:
    """One finding on two days; ``before`` or ``after`` is None where the rule had nothing to say.

    ``kind``: ``appeared``, ``gone``, ``verdict`` (it turned), or ``figures`` (same verdict, other code or measure).
    """

    kind: Kind
    rule: str
    subject: str
    subject_kind: str
    before: Finding | None
    after: Finding | None

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON-safe builtins."""
        return {
            "kind": self.kind,
            "rule": self.rule,
            "subject": self.subject,
            "subject_kind": self.subject_kind,
            "before": None if self.before is None else self.before.to_dict(),
            "after": None if self.after is None else self.after.to_dict(),
        }


def changes_since(
    workspace: Workspace, policy: Policy, since: dt.date, on: dt.date | None = None
) -> tuple[Change, ...]:
    """Return what an audit of ``on`` (default the data date) finds otherwise than one of ``since``.

    In the order of the later audit; what has gone follows, in the order of the earlier one.

    Raises
    ------
    BadInput
        ``since`` is not before ``on``.
    """
    day = day_of(workspace, on)
    if since >= day:
        raise BadInput("compliance.not_before", where="since", since=since, day=day)
    return compare(audit(workspace, policy, since), audit(workspace, policy, day))


def compare(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Change, ...]:
    """Return the differences of two audits; see :func:`changes_since`."""
    earlier = {(f.rule, f.subject_kind, f.subject): f for f in before}
    changes = []
    for finding in after:
        old = earlier.pop((finding.rule, finding.subject_kind, finding.subject), None)
        kind = _kind(old, finding)
        if kind is not None:
            changes.append(Change(kind, finding.rule, finding.subject, finding.subject_kind, old, finding))
    gone = [Change("gone", old.rule, old.subject, old.subject_kind, old, None) for old in earlier.values()]
    return (*changes, *gone)


def _kind(before: Finding | None, after: Finding) -> Kind | None:
    if before is None:
        return "appeared"
    if before.verdict is not after.verdict:
        return "verdict"
    same = (before.code, before.measured, before.severity) == (after.code, after.measured, after.severity)
    return None if same else "figures"
