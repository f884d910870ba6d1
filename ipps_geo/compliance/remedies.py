"""What would make a proposed roster pass: which entries to drop, whom to ask, how many to recruit, and who they are.

Nothing here is advice to leave enterprises without need out: entries are dropped because they are on another station's
roster, are no enterprises, or lie outside the key industries; the share is mended by recruiting and asking.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.compliance.entities import CONTRADICTORY, EVIDENCED, INSIDE, OUTSIDE, UNKNOWN, YES
from ipps_geo.errors import BadInput
from ipps_geo.identity import has_code
from ipps_geo.policy import key_industry_answers
from ipps_geo.workspace.demand import demand_table

if TYPE_CHECKING:
    from ipps_geo.compliance.context import Context
    from ipps_geo.compliance.subjects import Subject
    from ipps_geo.reach import Reach


@dataclass(frozen=True, eq=False)
class Remedy:
    """The way from the roster as proposed to one that passes Art. 7(2).

    Attributes
    ----------
    drop
        Entries to take off: entity_key, name, reason (shared, outside_key_industries).
    ask
        Entries whose unknown answer may help: entity_key, name, question (need, industry, identity). What is met
        whatever the answers are asks nobody.
    remaining, remaining_with_need
        Certain enterprises left after dropping, and those of them with need.
    recruit
        Fewest further enterprises, all with need, that lead to the number and the share asked for, whatever the open
        answers are.
    available
        Enterprises with need within reach that could be recruited: enterprise_id, entity_key, name, unit; None when no
        reach was given.
    """

    drop: pd.DataFrame
    ask: pd.DataFrame
    remaining: int
    remaining_with_need: int
    recruit: int
    available: pd.DataFrame | None

    @property
    def possible(self) -> bool | None:
        """Whether enough enterprises can be recruited within reach; None when no reach was given."""
        return None if self.available is None else len(self.available) >= self.recruit

    def to_dict(self) -> dict[str, Any]:
        """Return the remedy as JSON-safe builtins."""
        return {
            "drop": self.drop.to_dict("records"),
            "ask": self.ask.to_dict("records"),
            "remaining": self.remaining,
            "remaining_with_need": self.remaining_with_need,
            "recruit": self.recruit,
            "possible": self.possible,
            "available": None
            if self.available is None
            else self.available.astype(object).where(self.available.notna(), None).to_dict("records"),
        }


def remedy_of(
    context: Context, proposal: Subject, day: dt.date, reach: Reach | None, *, industries_met: bool = False
) -> Remedy:
    """Return what would make the roster of ``proposal`` pass on ``day``.

    ``industries_met``: as it stands it passes the rule on key industries, whatever the open answers are.
    """
    policy = context.policy
    rows = context.rosters.of(proposal, day).rows()
    keep_all = policy.reading("key_industry_scope") != "all"
    drop, ask, kept = [], [], []
    for row in rows:
        reason = None
        if row["shared"]:
            reason = "shared"
        elif row["key"] == OUTSIDE and not keep_all:
            reason = "outside_key_industries"
        line = {"entity_key": row["entity"], "name": row["name"]}
        if reason is not None:
            drop.append({**line, "reason": reason})
            continue
        kept.append(row)
        if not row["coded"] or not row["certain"]:
            ask.append({**line, "question": "identity"})
        if row["key"] not in (INSIDE, OUTSIDE):
            ask.append({**line, "question": "industry"})
        if row["need"] in (UNKNOWN, CONTRADICTORY):
            ask.append({**line, "question": "need"})
    certain = [row for row in kept if row["certain"]]
    with_need = sum(row["need"] in (EVIDENCED, YES) for row in certain)
    k, n = policy.share("station_need_share", day)
    gain, loss = n - k, -k
    margin = gain * with_need + loss * (len(certain) - with_need)
    margin += loss * sum(not row["certain"] and row["need"] not in (EVIDENCED, YES) for row in kept)
    met = {"need"} if margin >= 0 else set()
    if industries_met and not drop:  # without those who go it might be another case
        met.add("industry")
    ask = [line for line in ask if line["question"] not in met]
    short = max(0, policy.integer("station_enterprises", day) - len(certain))
    recruit = max(short, -(margin // gain) if margin < 0 and gain else 0)
    available = None if reach is None else _recruits(context, proposal, day, reach, {row["entity"] for row in rows})
    return Remedy(
        pd.DataFrame(drop, columns=["entity_key", "name", "reason"]),
        pd.DataFrame(ask, columns=["entity_key", "name", "question"]),
        len(certain),
        with_need,
        recruit,
        available,
    )


def _recruits(context: Context, proposal: Subject, day: dt.date, reach: Reach, listed: set[str]) -> pd.DataFrame:
    """Return the enterprises with need within reach that no active roster names, sorted by id."""
    workspace = context.workspace
    if reach.n_demand != len(workspace.enterprises) or reach.n_sites != 1:
        raise BadInput(
            "site.reach_differs",
            where="reach",
            rows=reach.n_demand,
            sites=reach.n_sites,
            enterprises=len(workspace.enterprises),
        )
    near = set(workspace.enterprises["enterprise_id"].iloc[reach.pairs.tocsc().indices].tolist())
    entities = demand_table(workspace, context.policy, day)
    chosen = (
        (entities["is_enterprise"] == "yes")
        & (entities["need"] == 1)
        & entities["free"]
        & entities["place_id"].isin(near)
        & ~entities["entity_key"].isin(listed)
        & has_code(entities["entity_key"])
    )
    found = entities.loc[chosen]
    key = key_industry_answers(found["industry_codes"], workspace.key_industries, proposal.unit, day, context.policy)
    found = found.loc[key == "yes"]
    return pd.DataFrame(found[["enterprise_id", "entity_key", "name", "unit"]]).sort_values(
        "enterprise_id", ignore_index=True
    )
