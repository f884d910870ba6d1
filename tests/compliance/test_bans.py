"""A ban on applying again: whom it names, from which day, through which day."""

import datetime as dt

import pytest

from ipps_geo.compliance.bans import Ban, bans_of, same_name, usable_code
from ipps_geo.compliance.subjects import subjects_of
from tests.compliance.builder import build, code

DECIDED, NOTIFIED = dt.date(2025, 6, 2), dt.date(2025, 6, 5)


def bans(on=dt.date(2026, 11, 22), **facts):
    kind = facts.pop("subject", "revoked_station")
    workspace, _, _ = build({"subject": kind, "facts": {"revocation_ground": "conduct", **facts}})
    return bans_of(subjects_of(workspace, on), on)


def test_three_years_are_barred_from_the_decision_or_from_the_notice_first_and_last_day_included():
    ban = Ban("W1", None, None, DECIDED, NOTIFIED, certain=True)
    assert ban.period("decision", 3) == (DECIDED, dt.date(2028, 6, 2))
    assert ban.period("notice", 3) == (NOTIFIED, dt.date(2028, 6, 5))
    assert Ban("W1", None, None, None, NOTIFIED, certain=True).period("decision", 3) is None


def test_conduct_bars_for_certain_and_a_ground_that_nobody_recorded_perhaps():
    (ban,) = bans()
    assert (ban.institution_id, ban.uscc, ban.decided_on, ban.notified_on) == ("S", code(900_001), DECIDED, NOTIFIED)
    assert ban.certain
    (perhaps,) = bans(revocation_ground="")
    assert not perhaps.certain
    assert bans(revocation_ground="dissolved") == ()
    assert len(bans(revocation_ground="dissolved;conduct")) == 1


def test_centres_bar_and_other_institutions_do_not():
    assert len(bans(subject="revoked_center")) == 1
    assert bans(kind="trademark_brand_guidance_station") == ()


def test_a_revocation_bars_from_the_day_of_its_decision():
    assert len(bans(on=DECIDED)) == 1
    assert bans(on=DECIDED - dt.timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("written", "used"),
    [(code(7), code(7)), (f" {code(7).lower()} ", code(7)), ("91990000", None), (None, None), ("not a code", None)],
)
def test_a_code_is_compared_only_where_it_is_one(written, used):
    assert usable_code(written) == used


def test_names_are_compared_without_width_and_brackets_and_an_unknown_one_is_like_none():
    assert same_name("海淀（北京）公司", "海淀(北京) 公司")
    assert not same_name("海淀公司", "朝阳公司")
    assert not same_name(None, None)
    assert not same_name("海淀公司", None)
    assert not same_name(None, "海淀公司")
