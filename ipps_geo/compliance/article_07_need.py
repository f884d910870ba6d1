"""Art. 7(2): the share of the served enterprises that has explicit need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.article_07_roster import ROLES, counted, entry_evidence
from ipps_geo.compliance.entities import CONTRADICTORY, EVIDENCED, NO, UNKNOWN, YES
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, span, unclear
from ipps_geo.compliance.registry import EVERY, STATION, rule
from ipps_geo.compliance.rosters import CERTAIN, POSSIBLE

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R7-2d",
    article="7(2)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("rosters.explicit_need", "rosters.need_evidence", "rosters.need_date", "enterprises.explicit_need"),
    parameters=("station_need_share",),
    readings=("need_evidence", "contradictory_need", "overlap_roster"),
    verdicts=EVERY,
    open_when="no roster; answers are missing or contradict each other, identities are not certain, and they decide",
    fails_when="even if every unknown answer were yes, fewer than 3 in 5 enterprises on the roster have explicit need",
    per_day=True,
    condition=True,
)
def need_share(case: Case) -> Outcome:
    """The share of all served enterprises with explicit need is that asked for, in whole numbers: b k >= a n for a/b.

    Unknown answers give bounds: it passes when the least does and fails when the most does.
    """
    k, n = case.share("station_need_share")
    if not case.roster.filed:
        return unclear("roster_missing", required=f"{k}/{n}", missing=("rosters",))
    tally = counted(case)
    # Readings are asked for where they can matter.
    bare, contradictory = (any(line[answer] for line in tally.need) for answer in (YES, CONTRADICTORY))
    readings = (
        case.reading("need_evidence") if bare else "answer",
        case.reading("contradictory_need") if contradictory else "unknown",
    )
    needs = _needs(tally.need, *readings)
    verdict = share_verdict(needs, k, n)
    if case.brief:
        return Outcome(verdict, "need_share")
    distance = need_distance(needs, k, n)
    bounds = tally.count
    left = case.roster.residual
    residual = _needs(left.need, *readings)
    inside = _needs(tally.inside, *readings)
    yes, unknown = needs[CERTAIN][0], needs[CERTAIN][2] + needs[POSSIBLE][2]
    details: dict[str, Any] = {
        "measured": span(*_with_need(needs)),
        "required": span(*(-(-count * k // n) for count in bounds)),
        "margin": span(*distance),
        "params": {
            "enterprises": span(*bounds),
            "with_need": yes,
            "unknown": unknown,
            "share": f"{k}/{n}",
            "key_industry": sum(inside[CERTAIN]),
            "key_industry_with_need": inside[CERTAIN][0],
            "residual": span(*left.count),
            "residual_with_need": span(*_with_need(residual)),
            "residual_required": span(*(-(-count * k // n) for count in left.count)),
            "residual_verdict": share_verdict(residual, k, n).value,
            "short": span(*(max(0, -beyond) for beyond in reversed(distance))),
        },
    }
    if verdict is Verdict.PASS:
        return met("need_share_met", **details)
    if verdict is Verdict.FAIL:
        return failed("empty_roster" if bounds[1] == 0 else "need_share_too_low", **details)
    evidence, total = entry_evidence(
        case,
        lambda entities, at: (entities.need[at] >= UNKNOWN) | ~entities.certain[at],  # or CONTRADICTORY
    )
    details["params"]["evidence_total"] = total
    return unclear("need_share_open", missing=("rosters.explicit_need",), evidence=evidence, **details)


def _with_need(needs: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Return the least and most enterprises with explicit need."""
    yes, _, unknown = needs[CERTAIN]
    return yes, yes + unknown + needs[POSSIBLE][0] + needs[POSSIBLE][2]


def need_distance(needs: Sequence[Sequence[int]], k: int, n: int) -> tuple[int, int]:
    """Return how many enterprises with need there are beyond those needed, least and most: below zero it falls short.

    The worlds are those of :func:`need_margin`, and so are the signs; the unit is an enterprise.
    """
    yes, no, unknown = needs[CERTAIN]
    maybe_yes, maybe_no, maybe_unknown = needs[POSSIBLE]
    worst = yes + no + unknown + maybe_no + maybe_unknown
    best = yes + unknown + maybe_yes + maybe_unknown
    return yes - -(-worst * k // n), best - -(-(best + no) * k // n)


def need_margin(needs: Sequence[Sequence[int]], k: int, n: int) -> tuple[int, int]:
    """Return the least and most of n * (with need) - k * (all), over everything that is not known.

    ``needs[certainty][answer]`` counts entities; answers are yes, no, unknown. An entity that only may be an enterprise
    of its own counts where it does harm, or where it helps.
    """
    yes, no, unknown = needs[CERTAIN]
    maybe_yes, maybe_no, maybe_unknown = needs[POSSIBLE]
    gain, loss = n - k, -k
    least = gain * yes + loss * (no + unknown + maybe_no + maybe_unknown)
    most = gain * (yes + unknown + maybe_yes + maybe_unknown) + loss * no
    return least, most


def share_verdict(needs: Sequence[Sequence[int]], k: int, n: int) -> Verdict:
    """Return PASS when k/n is reached in every possible world, FAIL when in none; nobody at all never passes."""
    least, most = need_margin(needs, k, n)
    possible = sum(line[answer] for line in needs for answer in (0, 2)) if k else sum(map(sum, needs))
    if not possible or most < 0:
        return Verdict.FAIL
    return Verdict.PASS if least >= 0 and any(needs[CERTAIN]) else Verdict.UNDETERMINED


def _needs(by_need: Sequence[Sequence[int]], evidence: str, contradictory: str) -> list[list[int]]:
    """Fold the five answers of a tally into yes, no, unknown under two readings."""
    result = [[line[EVIDENCED], line[NO], line[UNKNOWN]] for line in by_need]
    bare = 0 if evidence == "answer" else 2
    contrary = {"unknown": 2, "any_yes": 0, "any_no": 1}[contradictory]
    for line, folded in zip(by_need, result, strict=True):
        folded[bare] += line[YES]
        folded[contrary] += line[CONTRADICTORY]
    return result
