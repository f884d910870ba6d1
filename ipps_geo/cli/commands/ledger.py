"""``ledger``: the lasting record, its accounts and its upkeep."""

from __future__ import annotations

import typer

from ipps_geo.cli.commands.ledger_account import account

ledger = typer.Typer(name="ledger", no_args_is_help=True, help="台账：记录、账号 · The ledger: record and accounts.")
ledger.add_typer(account)
