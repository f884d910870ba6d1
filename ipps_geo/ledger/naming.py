"""``ledger:`` where a folder is accepted: the record as of now, of a batch, or as it was known on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput
from ipps_geo.ledger.asof import as_of, batch_on
from ipps_geo.ledger.opening import open_ledger

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger
    from ipps_geo.workspace import Workspace

SCHEME = "ledger:"


def is_named(path: str | Path | None) -> bool:
    """Whether a path names the ledger.

    >>> is_named("ledger:7"), is_named("folder"), is_named(None)
    (True, False, False)
    """
    return path is not None and str(path).startswith(SCHEME)


def workspace_named(path: str | Path, ledger: Ledger | None = None) -> Workspace:
    """Return the workspace that ``ledger:``, ``ledger:7`` or ``ledger:2026-06-30`` names.

    Parameters
    ----------
    ledger
        The ledger; by default that of :func:`ipps_geo.ledger.open_ledger`.

    Raises
    ------
    BadInput
        It names neither a batch nor a day, or there is nothing on record by then.
    """
    opened = open_ledger() if ledger is None else ledger
    return as_of(opened, batch_named(opened, str(path).removeprefix(SCHEME)))


def batch_named(ledger: Ledger, text: str) -> int | None:
    """Return the batch that a text names, by its number or as the last one by a day; None for nothing.

    Raises
    ------
    BadInput
        It names neither, or nothing was on record by that day.
    """
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("ledger.no_moment", where=SCHEME, text=text) from error
    return batch_on(ledger, day)
