"""Accounts from the command line: made, listed, changed, disabled; a first password is shown once."""

import datetime as dt

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from ipps_geo import cli
from ipps_geo.errors import BadInput
from ipps_geo.ledger import Role, administration, open_ledger, passwords


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("IPPS_GEO_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def told(*arguments):
        found = CliRunner().invoke(cli.app, ["ledger", "account", *arguments])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == 0, found.output
        return found.output

    return told


def test_an_account_is_made_changed_and_disabled(run):
    made = run("add", "li.hua", "--name", "李华", "--role", "district", "--unit", "110108")
    assert "只显示这一次" in made
    password = made.splitlines()[1].strip()
    run("add", "sun.li", "--name", "孙丽", "--role", "city", "--administrator")
    assert administration.sign_in(open_ledger(), "li.hua", password, at=dt.datetime.now(dt.UTC))
    assert password not in run("list")
    assert "朝阳区" in run("change", "li.hua", "--unit", "110105")
    assert "读者" in run("change", "li.hua", "--role", "reader")
    assert "停用" in run("disable", "li.hua")
    assert "可登录" in run("enable", "li.hua")
    assert run("password", "li.hua").splitlines()[1].strip() != password
    (clerk, _) = administration.listed(open_ledger(), room_desk())
    assert (clerk.role, clerk.unit) == (Role.READER, None)


def room_desk():
    from ipps_geo.ledger import DESK

    return DESK


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "li", "--name", "李", "--role", "king"), "account.role"),
        (("add", "li", "--name", "李", "--role", "district"), "account.unit"),
        (("disable", "nobody"), "account.unknown"),
    ],
)
def test_what_cannot_be_is_refused(run, arguments, code):
    with pytest.raises(BadInput) as refused:
        run(*arguments)
    assert refused.value.code == code
