"""``ledger account``: who may sign in. Whoever may write the ledger's file or database may make accounts here."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.cli.options import Lang

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account, Role
    from ipps_geo.ledger.store import Ledger

account = typer.Typer(name="account", no_args_is_help=True, help="账号 · Accounts.")

LedgerOption = Annotated[
    str | None,
    typer.Option("--ledger", help="台账文件或数据库网址，缺省见 IPPS_GEO_LEDGER · Ledger.", show_default=False),
]
LangOption = Annotated[Lang, typer.Option("--lang", help="语言 · Language.")]
LoginArgument = Annotated[str, typer.Argument(help="账号名 · Login.")]
NameOption = Annotated[str | None, typer.Option("--name", help="使用人姓名 · Name of the person.")]
UnitOption = Annotated[str | None, typer.Option("--unit", help="服务单元代码（区级账号）· Code of the service unit.")]
RoleOption = Annotated[
    str | None, typer.Option("--role", help="city、bureau、district、analyst、reader · What the account is.")
]
AdministratorOption = Annotated[
    bool | None, typer.Option("--administrator/--no-administrator", help="是否管理员 · Whether it makes accounts.")
]


@account.command("list")
def list_accounts(*, ledger: LedgerOption = None, lang: LangOption = Lang.ZH) -> None:
    """列出全部账号 · List all accounts."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK
    from ipps_geo.screens.accounts import account_lines

    opened = _opened(ledger)
    _tell(account_lines(administration.listed(opened, DESK), _units(opened, lang), lang.value))


@account.command("add")
def add(
    login: LoginArgument,
    *,
    role: Annotated[str, typer.Option("--role", help="city、bureau、district、analyst、reader · What the account is.")],
    name: Annotated[str, typer.Option("--name", help="使用人姓名 · Name of the person.")],
    unit: UnitOption = None,
    administrator: AdministratorOption = None,
    ledger: LedgerOption = None,
    lang: LangOption = Lang.ZH,
) -> None:
    """新建账号，显示一次初始密码 · Make an account and show its first password once."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK, Account
    from ipps_geo.screens.accounts import password_lines

    new = Account(login, name, _role(role), unit, administrator=bool(administrator))
    opened = _opened(ledger)
    password = administration.create(opened, DESK, new, set(_units(opened, lang)), at=_now())
    _tell(password_lines(login, password, lang.value))


@account.command("change")
def change(
    login: LoginArgument,
    *,
    role: RoleOption = None,
    name: NameOption = None,
    unit: UnitOption = None,
    administrator: AdministratorOption = None,
    ledger: LedgerOption = None,
    lang: LangOption = Lang.ZH,
) -> None:
    """改姓名、角色、单元或管理员身份 · Change name, role, unit or the administrator's rights."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK, Role

    opened = _opened(ledger)
    changed = _get(opened, login)
    if role is not None:
        changed = replace(changed, role=_role(role))
        if changed.role is not Role.DISTRICT:
            changed = replace(changed, unit=None)
    changed = changed if name is None else replace(changed, name=name)
    changed = changed if unit is None else replace(changed, unit=unit)
    changed = changed if administrator is None else replace(changed, administrator=administrator)
    administration.change(opened, DESK, changed, set(_units(opened, lang)), at=_now())
    _tell_one(opened, login, lang)


@account.command("disable")
def disable(login: LoginArgument, *, ledger: LedgerOption = None, lang: LangOption = Lang.ZH) -> None:
    """停用账号，立即退出登录 · Disable an account; its sessions end at once."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK

    opened = _opened(ledger)
    administration.disable(opened, DESK, login, at=_now())
    _tell_one(opened, login, lang)


@account.command("enable")
def enable(login: LoginArgument, *, ledger: LedgerOption = None, lang: LangOption = Lang.ZH) -> None:
    """恢复停用的账号 · Let a disabled account sign in again."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK

    opened = _opened(ledger)
    administration.enable(opened, DESK, login, at=_now())
    _tell_one(opened, login, lang)


@account.command("password")
def password(login: LoginArgument, *, ledger: LedgerOption = None, lang: LangOption = Lang.ZH) -> None:
    """换一个初始密码并显示一次 · Give an account a new first password and show it once."""
    from ipps_geo.ledger import administration
    from ipps_geo.ledger.accounts import DESK
    from ipps_geo.screens.accounts import password_lines

    new = administration.reset_password(_opened(ledger), DESK, login, at=_now())
    _tell(password_lines(login, new, lang.value))


def _opened(ledger: str | None) -> Ledger:
    from ipps_geo.ledger.opening import open_ledger

    return open_ledger(ledger)


def _get(ledger: Ledger, login: str) -> Account:
    from ipps_geo.ledger.accounts import get_account

    with ledger.reading() as connection:
        return get_account(connection, login)


def _role(text: str) -> Role:
    from ipps_geo.errors import BadInput
    from ipps_geo.ledger.accounts import Role

    try:
        return Role(text)
    except ValueError:
        raise BadInput("account.role", where="--role", role=text, known=tuple(Role)) from None


def _units(ledger: Ledger, lang: Lang) -> dict[str, str]:
    from ipps_geo.intake.units import units_of
    from ipps_geo.ledger.takeover import region_of

    units = units_of(region_of(ledger))
    if lang.value == "zh" or "name_en" not in units.frame:
        return dict(units.labels)
    return dict(zip(units.frame["code"], units.frame["name_en"], strict=True))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _tell_one(ledger: Ledger, login: str, lang: Lang) -> None:
    from ipps_geo.screens.accounts import account_lines

    _tell(account_lines([_get(ledger, login)], _units(ledger, lang), lang.value))


def _tell(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)
