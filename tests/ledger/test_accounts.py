"""Who may sign in, how long that lasts, and what ends it."""

import datetime as dt

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from ipps_geo.errors import BadInput
from ipps_geo.ledger import administration, passwords
from ipps_geo.ledger.accounts import DESK, Account, Role
from ipps_geo.ledger.claims import ClaimMap
from ipps_geo.ledger.opening import open_ledger
from ipps_geo.ledger.passwords import FREE, MOST_WAIT, check_password
from ipps_geo.ledger.sessions import IDLE, LONGEST, account_of_session

AT = dt.datetime(2026, 7, 5, 8, 0, tzinfo=dt.UTC)
UNITS = frozenset({"110105", "110108"})
PASSWORD = "seven quiet herons"


def later(**span):
    return AT + dt.timedelta(**span)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Hashes that cost next to nothing: what is tested here is not how long one takes."""
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_a_hash_is_dear_to_make_and_says_how():
    with_costs = PasswordHasher()
    assert (with_costs.memory_cost, with_costs.time_cost) >= (19 * 1024, 2)
    assert with_costs.hash(PASSWORD).startswith("$argon2id$")


@pytest.fixture
def ledger(tmp_path):
    """A ledger with a clerk, her neighbour and an administrator; all have the same password."""
    made = open_ledger(tmp_path / "ledger.sqlite")
    for account in (
        Account("li.hua", "李华", Role.DISTRICT, "110108"),
        Account("wang.wu", "王五", Role.DISTRICT, "110105"),
        Account("admin", "管理员", Role.CITY, administrator=True),
    ):
        first = administration.create(made, DESK, account, UNITS, at=AT)
        administration.change_own_password(made, account.login, first, PASSWORD, at=AT)
    return made


def refused(code, what, *arguments, **options):
    with pytest.raises(BadInput) as told:
        what(*arguments, **options)
    assert told.value.code == code
    return told.value


def test_a_password_opens_a_session_and_nothing_of_either_is_kept(ledger):
    token = administration.sign_in(ledger, " Li.Hua ", PASSWORD, at=AT)
    assert account_of_session(ledger, token, now=AT).login == "li.hua"
    with ledger.reading() as connection:
        names = sa.inspect(connection).get_table_names()
        kept = repr([connection.execute(sa.text(f'SELECT * FROM "{name}"')).fetchall() for name in names])
    assert token not in kept
    assert PASSWORD not in kept


def test_ten_wrong_passwords_slow_that_account_and_not_the_others(ledger):
    clock = AT
    for _ in range(10):
        try:
            refused("sign_in.wrong", check_password, ledger, "li.hua", "wrong", now=clock)
        except AssertionError:
            told = refused("sign_in.slow", check_password, ledger, "li.hua", "wrong", now=clock)
            clock += dt.timedelta(seconds=told.values["seconds"])
            refused("sign_in.wrong", check_password, ledger, "li.hua", "wrong", now=clock)
    assert refused("sign_in.slow", check_password, ledger, "li.hua", PASSWORD, now=clock).values["seconds"] > 60
    assert check_password(ledger, "wang.wu", PASSWORD, now=clock).login == "wang.wu"
    assert check_password(ledger, "li.hua", PASSWORD, now=clock + MOST_WAIT).login == "li.hua"
    # A right one begins anew.
    refused("sign_in.wrong", check_password, ledger, "li.hua", "wrong", now=clock + MOST_WAIT)
    assert check_password(ledger, "li.hua", PASSWORD, now=clock + MOST_WAIT).login == "li.hua"


def test_a_login_without_an_account_cannot_be_told_from_one_with(ledger):
    said = [[refused_code(ledger, login) for _ in range(FREE + 3)] for login in ("li.hua", "nobody.here")]
    assert said[0] == said[1]
    assert set(said[0]) == {"sign_in.wrong", "sign_in.slow"}


def refused_code(ledger, login):
    with pytest.raises(BadInput) as told:
        check_password(ledger, login, "wrong", now=AT)
    return told.value.code


def test_what_is_tried_at_once_is_counted_one_by_one(ledger):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda _: refused_code(ledger, "li.hua"), range(12)))
    assert said.count("sign_in.wrong") == FREE + 1


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda ledger, token: administration.sign_out(ledger, "li.hua", token, at=AT), "sign_in.ended"),
        (lambda ledger, _: administration.disable(ledger, DESK, "li.hua", at=AT), "sign_in.disabled"),
        (lambda ledger, _: administration.reset_password(ledger, DESK, "li.hua", at=AT), "sign_in.ended"),
        (
            lambda ledger, _: administration.change_own_password(ledger, "li.hua", PASSWORD, PASSWORD + "!", at=AT),
            "sign_in.ended",
        ),
    ],
)
def test_a_copied_cookie_dies_with_the_session(ledger, end, code):
    token = administration.sign_in(ledger, "li.hua", PASSWORD, at=AT)
    copied = str(token)
    end(ledger, token)
    refused(code, account_of_session, ledger, copied, now=AT)
    administration.enable(ledger, DESK, "li.hua", at=AT)
    refused("sign_in.ended", account_of_session, ledger, copied, now=AT)


def test_a_session_ends_after_idle_time_and_after_a_day_s_work(ledger):
    token = administration.sign_in(ledger, "li.hua", PASSWORD, at=AT)
    at = AT
    while at - AT < LONGEST - IDLE:
        at += IDLE - dt.timedelta(minutes=1)
        assert account_of_session(ledger, token, now=at).login == "li.hua"
    refused("sign_in.idle", account_of_session, ledger, token, now=AT + LONGEST + dt.timedelta(seconds=1))
    idle = administration.sign_in(ledger, "li.hua", PASSWORD, at=AT)
    refused("sign_in.idle", account_of_session, ledger, idle, now=AT + IDLE + dt.timedelta(seconds=1))
    refused("sign_in.needed", account_of_session, ledger, "made up", now=AT)


def test_a_disabled_account_does_not_sign_in_and_is_not_told_so(ledger):
    administration.disable(ledger, DESK, "li.hua", at=AT)
    refused("sign_in.wrong", check_password, ledger, "li.hua", PASSWORD, now=AT)
    administration.enable(ledger, DESK, "li.hua", at=AT)
    assert administration.sign_in(ledger, "li.hua", PASSWORD, at=AT)


def test_only_administrators_make_accounts_and_one_of_them_remains(ledger):
    clerk = Account("li.hua", "李华", Role.DISTRICT, "110108")
    new = Account("zhao.liu", "赵六", Role.READER)
    refused("account.not_administrator", administration.create, ledger, clerk, new, UNITS, at=AT)
    refused("account.not_administrator", administration.disable, ledger, clerk, "wang.wu", at=AT)
    refused("account.last_administrator", administration.disable, ledger, DESK, "admin", at=AT)
    plain = Account("admin", "管理员", Role.CITY)
    refused("account.last_administrator", administration.change, ledger, DESK, plain, UNITS, at=AT)
    assert [each.login for each in administration.listed(ledger, clerk)] == ["li.hua"]
    assert [each.login for each in administration.listed(ledger, DESK)] == ["admin", "li.hua", "wang.wu"]


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (Account("desk", "某", Role.CITY), "account.login"),
        (Account("Li Hua", "某", Role.CITY), "account.login"),
        (Account("a1", " ", Role.CITY), "account.name"),
        (Account("a1", "某", Role.DISTRICT), "account.unit"),
        (Account("a1", "某", Role.DISTRICT, "999999"), "account.unit"),
        (Account("a1", "某", Role.READER, "110108"), "account.unit_without_district"),
        (Account("a1", "某", Role.DISTRICT, "110108", administrator=True), "account.administrator"),
        (Account("admin", "某", Role.CITY), "account.exists"),
    ],
)
def test_an_account_that_cannot_be_is_refused(ledger, account, code):
    refused(code, administration.create, ledger, DESK, account, UNITS, at=AT)


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password.length"), ("x" * 300, "password.length"), ("aaaaaaaaaaaa", "password.simple")],
)
def test_a_password_that_is_easily_guessed_is_refused(ledger, password, code):
    refused(code, administration.change_own_password, ledger, "li.hua", PASSWORD, password, at=AT)


MAPPING = ClaimMap("role", "unit", {"clerk": Role.DISTRICT, "centre": Role.CITY}, administrator="boss")
PERSON = {"iss": "https://id.example.org", "sub": "u-17", "name": "李华", "role": "clerk", "unit": "110108"}


def by_claims(ledger, ticket="1", **changed):
    claims = {name: value for name, value in (PERSON | changed).items() if value is not None}
    return administration.sign_in_by_claims(ledger, claims, MAPPING, UNITS, ticket, at=AT)


def test_claims_make_the_account_and_change_it(ledger):
    token = by_claims(ledger)
    assert account_of_session(ledger, token, now=AT).unit == "110108"
    again = by_claims(ledger, "2", role="centre", boss=True)
    account = account_of_session(ledger, again, now=AT)
    assert (account.role, account.unit, account.administrator) == (Role.CITY, None, True)
    assert account_of_session(ledger, token, now=AT) == account
    assert account.login == "u-17@id.example.org"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": None}, "claims.no_role"),
        ({"role": "visitor"}, "claims.no_role"),
        ({"role": ""}, "claims.no_role"),
        ({"role": {"clerk": True}}, "claims.no_role"),
        ({"role": ["clerk", "centre"]}, "claims.roles"),
        ({"unit": None}, "claims.no_unit"),
        ({"unit": "110199"}, "claims.no_unit"),
        ({"unit": ["110108"]}, "claims.no_unit"),
        ({"sub": None}, "claims.identity"),
        ({"iss": None}, "claims.identity"),
    ],
)
def test_a_claim_that_is_missing_gives_no_access(ledger, changed, code):
    token = by_claims(ledger)
    refused(code, by_claims, ledger, "2", **changed)
    if code != "claims.identity":
        refused("sign_in.ended", account_of_session, ledger, token, now=AT)


def test_an_answer_of_the_provider_opens_one_session(ledger):
    by_claims(ledger, "answer")
    refused("sign_in.ticket", by_claims, ledger, "answer")


def test_claims_do_not_bring_back_a_disabled_account(ledger):
    by_claims(ledger)
    administration.disable(ledger, DESK, "u-17@id.example.org", at=AT)
    refused("sign_in.disabled", by_claims, ledger, "2")


def test_the_same_subject_of_another_provider_is_another_person(ledger):
    by_claims(ledger)
    by_claims(ledger, "2", iss="https://other.example.org", role="centre")
    logins = [each.login for each in administration.listed(ledger, DESK)]
    assert {"u-17@id.example.org", "u-17@other.example.org"} <= set(logins)
