"""Submissions, cases, history and accounts as each role meets them, on a small network on record."""

import datetime as dt

import pytest

pytest.importorskip("streamlit")
from argon2 import PasswordHasher

from ipps_geo import ledger as room
from ipps_geo.ledger import DESK, Account, Role, administration, passwords
from ipps_geo.ledger.cases import cases, open_case
from ipps_geo.workspace import generate_demo

CLERK = Account("li.hua", "李华", Role.DISTRICT, "110108")
CITY = Account("sun.li", "孙丽", Role.CITY, administrator=True)
BUREAU = Account("qian", "钱进", Role.BUREAU)
ANALYST = Account("zhou", "周文", Role.ANALYST)
READER = Account("wu", "吴迪", Role.READER)
DAY = dt.date(2026, 7, 1)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The file of a ledger with a small network as batch 1."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    network = generate_demo(2_500, seed=5)
    room.import_workspace(room.open_ledger(path), DESK, network, file="demo", day=network.data_date or DAY)
    return path


@pytest.fixture
def page_of(recorded, tmp_path, monkeypatch):
    """Return what opens a page as somebody, and the ledger that it shows: a copy of one's own."""
    from streamlit.testing.v1 import AppTest

    path = tmp_path / "ledger.sqlite"
    path.write_bytes(recorded.read_bytes())
    monkeypatch.setenv("IPPS_GEO_LEDGER", str(path))
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    from planner import shell, signing, visitors

    def opened(who, name, **session):
        for module in (visitors, shell):
            monkeypatch.setattr(module, "account", lambda: who)
        monkeypatch.setattr(signing, "signing", lambda: signing.Signing("none"))
        page = AppTest.from_string(f"from planner.shell import run\nrun({name!r})\n", default_timeout=120)
        for key, value in session.items():
            page.session_state[key] = value
        return page.run()

    return opened, room.open_ledger(path)


def text(page):
    parts = [
        element.value
        for kind in ("markdown", "info", "warning", "error", "success", "caption")
        for element in getattr(page, kind)
    ]
    return "\n".join(str(part) for part in parts)


def sound(page):
    assert not page.exception
    assert not page.error, [each.value for each in page.error]
    return page


@pytest.mark.parametrize("who", [CLERK, CITY, BUREAU, ANALYST, READER, DESK], ids=lambda each: each.login)
def test_the_pages_of_each_role_open(page_of, who):
    from planner.shell import SIGNED_IN, pages

    opened, ledger = page_of
    if who != DESK:
        administration.create(ledger, DESK, who, {"110108"}, at=dt.datetime.now(dt.UTC))
    for name in pages(who):
        if name in ("submissions", "cases", "history", "accounts", "overview"):
            sound(opened(who, name))
    assert ("accounts" in pages(who)) == (who != DESK)
    assert {"accounts"} == SIGNED_IN


def test_a_page_of_a_district_holds_no_enterprise_of_another(page_of):
    opened, ledger = page_of
    whole = room.as_of(ledger)
    page = opened(CLERK, "history")
    seen = page.session_state["batch"]
    view = room.view(ledger, CLERK, seen)
    foreign = set(whole.enterprises["enterprise_id"]) - set(view.enterprises["enterprise_id"])
    assert foreign
    shown = text(page) + "".join(table.value.to_csv() for table in page.dataframe)
    assert not [each for each in foreign if each in shown]
    assert view.content_hash in shown
    assert whole.content_hash not in shown


def test_a_clerk_opens_a_case_by_the_form_and_the_rules_judge_it(page_of):
    opened, ledger = page_of
    page = sound(opened(CLERK, "cases"))
    for key, value in (
        ("case_application_name", "西二旗工作站"),
        ("case_application_undertaking_name", "北京西二旗孵化器有限公司"),
        ("case_application_undertaking_founded_on", "2020-03-01"),
        ("case_application_operating_since", "2021-01-01"),
        ("case_application_full_time_staff", "3"),
        ("case_application_lon", "116.31"),
        ("case_application_lat", "40.05"),
    ):
        page.text_input(key=key).set_value(value)
    for key, value in (
        ("case_application_host_type", "incubator"),
        ("case_application_legal_form", "company"),
        ("case_application_has_premises", "yes"),
        ("case_application_has_phone", "yes"),
        ("case_application_has_tools", "yes"),
        ("case_application_has_service_base", "yes"),
    ):
        page.selectbox(key=key).set_value(value)
    page.button(key="case_submit").click()
    sound(page.run())
    (case,) = cases(ledger, CLERK)
    said = {each["rule"]: each["verdict"] for each in case.steps[-1].verdicts}
    assert {said[f"R7-{number}"] for number in ("3", "4", "5")} == {"PASS"}
    assert "西二旗工作站" in page.subheader[-1].value
    assert [button.label for button in page.button if button.key and button.key.endswith("_take")] == ["区考察"]


def test_what_cannot_be_read_is_said_and_nothing_is_opened(page_of):
    opened, ledger = page_of
    page = sound(opened(CLERK, "cases"))
    page.text_input(key="case_application_name").set_value("站")
    page.text_input(key="case_application_full_time_staff").set_value("三名")
    page.button(key="case_submit").click()
    page.run()
    assert "三名" in page.error[0].value
    assert page.text_input(key="case_application_lat")
    assert cases(ledger, CLERK) == []


def test_nobody_is_offered_to_decide_on_what_he_submitted(page_of, draft):
    opened, ledger = page_of
    case = open_case(ledger, CITY, "application", {"name": "直报站"}, policy=draft, on=DAY, direct=True)
    mine = sound(opened(CITY, "cases", cases_selected=str(case.id)))
    assert not [button for button in mine.button if button.key and "appraise" in button.key]
    other = sound(opened(Account("chen", "陈", Role.CITY), "cases", cases_selected=str(case.id)))
    assert [button for button in other.button if button.key and "appraise" in button.key]


def test_an_administrator_makes_an_account_and_sees_its_password_once(page_of):
    opened, ledger = page_of
    page = sound(opened(CITY, "accounts"))
    page.text_input(key="account_new_login").set_value("zhao.liu")
    page.text_input(key="account_new_name").set_value("赵六")
    page.selectbox(key="account_new_unit").set_value("110105")
    page.button(key="account_create").click()
    sound(page.run())
    (password,) = [each.value for each in page.code]
    assert administration.sign_in(ledger, "zhao.liu", password, at=dt.datetime.now(dt.UTC))
    assert administration.has_to_change_password(ledger, "zhao.liu")
    assert not page.run().code


def test_what_others_take_over_does_not_move_under_a_reader(page_of):
    opened, ledger = page_of
    page = sound(opened(CLERK, "history"))
    before = text(page)
    case = open_case(ledger, CITY, "application", {"name": "站"}, policy=_policy(), on=DAY, unit="110108")
    assert case.steps[-1].batch == 2
    assert text(page.run()).split("第 1 批")[1][:80] == before.split("第 1 批")[1][:80]


def _policy():
    from ipps_geo.policy import load_policy

    return load_policy("beijing-draft")


def test_who_changed_a_row_is_told_to_those_who_see_it_whole(page_of):
    opened, ledger = page_of
    whole = room.as_of(ledger)
    own, foreign = (
        str(whole.enterprises.loc[whole.enterprises["unit"] == unit, "uscc"].dropna().iloc[0])
        for unit in ("110108", "110105")
    )
    page = sound(opened(CLERK, "history"))
    page.selectbox(key="row_table").set_value("enterprises")
    page.text_input(key="row_id").set_value(own)
    page.button(key="row_ask").click()
    shown = [table.value for table in sound(page.run()).dataframe if "文件" in table.value]
    assert list(shown[0]["文件"]) == ["demo"]
    page.text_input(key="row_id").set_value(foreign)
    page.button(key="row_ask").click()
    assert foreign not in page.run().error[0].value
