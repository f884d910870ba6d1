"""The options that the commands about the ledger share: which one, and who acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.cli.options import Lang

if TYPE_CHECKING:
    from ipps_geo.ledger import Account, Ledger

LedgerOption = Annotated[
    str | None,
    typer.Option("--ledger", help="台账文件或数据库网址，缺省见 IPPS_GEO_LEDGER · Ledger.", show_default=False),
]


@dataclass(frozen=True)
class DeskOptions:
    """Which ledger, who acts, in which language it is told."""

    ledger: LedgerOption = None
    login: Annotated[
        str | None, typer.Option("--as", help="以哪个账号办理；缺省为本机 · Account that acts; default: the desk.")
    ] = None
    lang: Annotated[Lang, typer.Option("--lang", help="语言 · Language.")] = Lang.ZH

    def opened(self) -> tuple[Ledger, Account]:
        """Return the ledger and the account that acts.

        Whoever may run this may read the ledger's file or database; the account is who the record says it was.
        """
        from ipps_geo.ledger import DESK, open_ledger
        from ipps_geo.ledger.accounts import get_account

        ledger = open_ledger(self.ledger)
        if self.login is None:
            return ledger, DESK
        with ledger.reading() as connection:
            return ledger, get_account(connection, self.login)
