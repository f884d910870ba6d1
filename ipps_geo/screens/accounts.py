"""Accounts as a page and a terminal show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.media import log_line
from ipps_geo.report.words.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account


def account_rows(accounts: Sequence[Account], units: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Return one row per account; ``units`` names the service units."""
    words = catalogue(lang)
    return pd.DataFrame(
        [
            {
                "login_id": each.login,
                words.text("ledger.account_login"): each.login,
                words.text("ledger.account_name"): each.name,
                words.text("ledger.account_role"): role_word(each, words),
                words.text("ledger.account_unit"): units.get(each.unit or "", "—"),
                words.text("ledger.account_way"): words.text(
                    f"ledger.account_{'provider' if each.issuer else 'local'}"
                ),
                words.text("ledger.account_state"): state_word(each, words),
            }
            for each in accounts
        ]
    )


def role_word(account: Account, words: Catalogue) -> str:
    """Return what an account is, and whether it is an administrator."""
    role = words.label("Role", account.role.value)
    return words.text("ledger.account_administrator", role=role) if account.administrator else role


def state_word(account: Account, words: Catalogue) -> str:
    """Return whether an account may sign in, or since when it may not."""
    if account.disabled_at is None:
        return words.text("ledger.account_open")
    return words.text("ledger.account_disabled", day=account.disabled_at.astimezone().date())


def account_lines(accounts: Sequence[Account], units: Mapping[str, str], lang: str) -> list[str]:
    """Return one line per account for a terminal."""
    words = catalogue(lang)
    if not accounts:
        return [words.text("ledger.account_none")]
    return [
        " · ".join(
            log_line(part)
            for part in (
                each.login, each.name, role_word(each, words), units.get(each.unit or "", ""), state_word(each, words),
            )
            if part
        )
        for each in accounts
    ]  # fmt: skip


def password_lines(login: str, password: str, lang: str) -> list[str]:
    """Return a password that was just made: it is shown this once."""
    words = catalogue(lang)
    return [
        words.text("ledger.account_password", login=login),
        f"  {password}",
        words.text("ledger.account_password_once"),
    ]
