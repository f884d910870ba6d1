"""Procedures of Art. 5, 8, 9 and 19: steps by whoever may take them, what they write, what the rules said then."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from ipps_geo import compliance
from ipps_geo import ledger as room
from ipps_geo.errors import BadInput
from ipps_geo.ledger import DESK
from ipps_geo.ledger.cases import cases, open_case, take_step
from ipps_geo.ledger.flows import FLOWS, TAKERS, open_steps
from ipps_geo.ledger.worklist import worklist
from tests.ledger.conftest import BUREAU, CHIEF, CITY, CLERK, NEIGHBOUR, READER
from tests.ledger.test_batches import roster, station, taken

FORM = {
    "name": "西二旗知识产权公共服务工作站",
    "host_type": "incubator",
    "undertaking_name": "北京西二旗科技孵化器有限公司",
    "undertaking_uscc": "91110108551385082Q",
    "legal_form": "company",
    "undertaking_founded_on": dt.date(2020, 3, 1),
    "operating_since": dt.date(2021, 1, 1),
    "full_time_staff": 2,
    "has_premises": "yes",
    "has_phone": "yes",
    "has_tools": "yes",
    "has_service_base": "yes",
    "lon": 116.31,
    "lat": 40.05,
}
APPRAISED = {"was_inspected": "yes", "was_argued": "yes", "was_evaluated": "yes"}


def on(month, day):
    return dt.date(2026, month, day)


@pytest.fixture
def taker(embedded, draft):
    """Take a step as somebody."""

    def take(account, case, step, day, **told):
        return take_step(embedded, account, case.id, step, policy=draft, on=day, **told)

    return take


@pytest.fixture
def opened(embedded, draft):
    return open_case(embedded, CLERK, "application", FORM, policy=draft, on=on(7, 1))


def verdict(case, rule, step=-1):
    return next(each["verdict"] for each in case.steps[step].verdicts if each["rule"] == rule)


def test_an_application_goes_its_way_and_what_was_decided_is_on_record(embedded, draft, taker, opened, network):
    assert opened.subject == "AP-2026-0001"
    assert [verdict(opened, rule) for rule in ("R7-1a", "R7-1b", "R7-1c", "R7-4", "R7-5")] == ["PASS"] * 5
    assert verdict(opened, "R7-2a") == "UNDETERMINED"  # no roster yet
    rows = roster(network, station(network)).assign(holder_id=opened.subject, listed_on=pd.NaT)
    taken(embedded, rows, f"station:{opened.subject}")
    case = taker(CLERK, opened, "inspect", on(7, 3))
    assert (verdict(case, "R7-2a"), verdict(case, "R7-2c")) == ("PASS", "FAIL")
    case = taker(CLERK, case, "recommend", on(7, 4))
    case = taker(CITY, case, "return", on(7, 5), note="名册与已设工作站重合")
    assert (case.state, case.waits_for) == ("return", "submit")
    case = taker(CLERK, case, "submit", on(7, 8), facts={"full_time_staff": 3})
    assert case.waits_for == "appraise"
    case = taker(CITY, case, "appraise", on(7, 9), facts=APPRAISED)
    case = taker(CHIEF, case, "decide", on(7, 10), facts={"decision": "accepted"})
    case = taker(BUREAU, case, "file", on(7, 12))
    assert (case.waits_for, [each.step for each in case.steps][-3:]) == (None, ["appraise", "decide", "file"])
    now = room.as_of(embedded)
    row = now.applications.set_index("application_id").loc[opened.subject]
    days = ("applied_on", "inspected_on", "recommended_on", "decided_on", "filed_on")
    assert [row[each].date() for each in days] == [on(7, 1), on(7, 3), on(7, 4), on(7, 10), on(7, 12)]
    assert (row["full_time_staff"], row["was_argued"], row["decision"]) == (3, "yes", "accepted")
    made = now.institutions.set_index("institution_id").loc[row["institution_id"]]
    assert (made["name"], made["unit"], made["established_on"].date()) == (FORM["name"], "110108", on(7, 10))
    assert made.geometry.x == 116.31


def test_the_verdicts_of_a_step_are_those_of_its_batch_whenever_one_asks(embedded, draft, taker, opened, network):
    case = taker(CLERK, opened, "inspect", on(7, 3))
    taken(embedded, roster(network, station(network)).iloc[2:], f"station:{station(network)}")
    for step in cases(embedded, CITY)[0].steps:
        then = room.as_of(embedded, step.batch)
        assert then.content_hash == step.content_hash
        again = {
            each.rule: str(each.verdict)
            for each in compliance.audit(then, draft, step.day)
            if each.subject == case.subject
        }
        assert {each["rule"]: each["verdict"] for each in step.verdicts} == again


@pytest.mark.parametrize(
    ("who", "step"),
    [(NEIGHBOUR, "inspect"), (READER, "inspect"), (CITY, "inspect"), (CLERK, "decide"), (BUREAU, "file")],
)
def test_a_step_is_taken_in_its_turn_by_whoever_may(taker, opened, who, step):
    with pytest.raises(BadInput):
        taker(who, opened, step, on(7, 2), facts={"decision": "accepted"})


def test_every_step_of_every_way_has_a_taker_and_nobody_decides_on_what_he_submitted():
    for (kind, route), steps in FLOWS.items():
        for place, step in enumerate(steps):
            roles = [replace(CITY, role=role) for role in TAKERS[step]]
            assert all(step in open_steps(kind, route, steps[:place], ["somebody"], each) for each in roles)
        assert open_steps(kind, route, steps, ["somebody"], DESK) == []
        before = steps[: steps.index("decide")]
        assert "decide" not in open_steps(kind, route, before, [CITY.login], CITY)
        assert "decide" in open_steps(kind, route, before, [DESK.login], DESK)


def test_what_a_step_needs_is_asked_for(taker, opened):
    with pytest.raises(BadInput) as no_reason:
        taker(CLERK, opened, "return", on(7, 2))
    assert no_reason.value.code == "ledger.no_reason"
    with pytest.raises(BadInput) as early:
        taker(CLERK, opened, "inspect", on(6, 30))
    assert early.value.code == "ledger.too_early"
    case = taker(CLERK, taker(CLERK, opened, "inspect", on(7, 2)), "recommend", on(7, 2))
    with pytest.raises(BadInput) as missing:
        taker(CITY, case, "appraise", on(7, 3), facts={"was_inspected": "yes"})
    assert "was_argued" in str(missing.value)


def test_a_form_states_what_it_asks_for_and_nothing_else(embedded, draft):
    for facts, code in (
        ({**FORM, "decision": "accepted"}, "ledger.no_fact"),
        ({"host_type": "incubator"}, "ledger.fact_missing"),
        ({**FORM, "undertaking_founded_on": "gestern"}, "ledger.bad_fact"),
        ({**FORM, "legal_form": "club"}, "upload.does_not_fit"),
    ):
        with pytest.raises(BadInput) as refused:
            open_case(embedded, CLERK, "application", facts, policy=draft, on=on(7, 1))
        assert refused.value.code == code
    assert cases(embedded, CITY) == []


def test_a_withdrawn_application_is_off_the_record_and_its_past_stays(embedded, taker, opened, network):
    rows = roster(network, station(network)).assign(holder_id=opened.subject)
    number = taken(embedded, rows, f"station:{opened.subject}")
    case = taker(CLERK, opened, "withdraw", on(7, 9))
    assert case.waits_for is None
    assert room.as_of(embedded).content_hash == network.content_hash
    assert opened.subject in set(room.as_of(embedded, number).rosters["holder_id"])


def test_a_change_and_a_revocation_alter_the_institution_when_they_are_decided(embedded, draft, taker, network):
    own = station(network)
    change = {"institution_id": own, "changes": {"undertaking_name": "新运营公司"}}
    case = open_case(embedded, CLERK, "change", change, policy=draft, on=on(7, 1))
    case = taker(CLERK, case, "recommend", on(7, 2))
    case = taker(CITY, case, "decide", on(7, 3), facts={"decision": "accepted"})
    asked = {"institution_id": own, "ground": "dissolved", "planned_on": on(8, 15)}
    ending = open_case(embedded, CLERK, "revocation", asked, policy=draft, on=on(7, 5))
    told = {"decision": "accepted", "revoked_on": on(8, 15), "revocation_notified_on": on(8, 16)}
    taker(CITY, ending, "decide", on(8, 10), facts=told)
    row = room.as_of(embedded).institutions.set_index("institution_id").loc[own]
    assert (row["undertaking_name"], row["revocation_ground"]) == ("新运营公司", "dissolved")
    assert (row["revoked_on"].date(), row["revocation_notified_on"].date()) == (on(8, 15), on(8, 16))
    with pytest.raises(BadInput) as no_change:
        open_case(
            embedded, CLERK, "change", {"institution_id": own, "changes": {"kind": "other"}}, policy=draft, on=on(9, 1)
        )
    assert no_change.value.code == "ledger.fact_missing"


def test_an_evaluation_is_on_record_once_it_is_decided(embedded, draft, taker, network):
    own = station(network)
    facts = {"institution_id": own, "year": 2025, "round": 1}
    case = open_case(embedded, CITY, "evaluation", facts, policy=draft, on=on(7, 1))
    case = taker(CHIEF, case, "appraise", on(7, 2))
    taker(CHIEF, case, "decide", on(7, 3), facts={"result": "qualified"})
    rows = room.as_of(embedded).evaluations
    mine = rows[(rows["institution_id"] == own) & (rows["year"] == 2025) & (rows["round"] == 1)]
    assert mine["result"].tolist() == ["qualified"]


def test_the_worklist_says_what_waits_for_whom_and_since_when_it_is_overdue(embedded, draft, taker, opened, network):
    def waiting(account, day, kind):
        return [each for each in worklist(embedded, account, draft, day) if each.kind == kind]

    assert [(each.subject, each.steps) for each in waiting(CLERK, on(7, 2), "case")] == [
        (opened.subject, ("inspect", "return"))
    ]
    assert waiting(CITY, on(7, 2), "case") == waiting(NEIGHBOUR, on(7, 2), "case") == []
    asked = {"institution_id": station(network), "ground": "dissolved"}
    open_case(embedded, CLERK, "revocation", asked, policy=draft, on=on(7, 5))
    ending = waiting(CITY, on(9, 1), "case")[0]
    assert (ending.due, ending.overdue_days) == (on(8, 4), 28)
    years = waiting(CITY, on(9, 1), "evaluation")
    assert {each.overdue_days for each in years} <= {0, (on(9, 1) - dt.date(2025, 12, 31)).days}
    assert {each.unit for each in waiting(CLERK, on(9, 1), "evaluation")} <= {"110108"}


def test_a_district_knows_of_its_own_cases_only_and_of_no_hash_of_the_whole(embedded, opened):
    assert cases(embedded, NEIGHBOUR) == cases(embedded, READER) == []
    assert cases(embedded, CLERK)[0].steps[0].content_hash == ""
    assert len(cases(embedded, CITY)[0].steps[0].content_hash) == 64
