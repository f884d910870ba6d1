"""Where the ledger is, and opening it: made on first use, and brought to the present version."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ipps_geo.errors import BadInput
from ipps_geo.ledger.dialects import address_of, engine_of
from ipps_geo.ledger.migrations import bring_up_to_date
from ipps_geo.ledger.store import Ledger

VARIABLE = "IPPS_GEO_LEDGER"
"""Environment variable that names the ledger: a file, or the URL of a PostgreSQL database."""

SCENARIO_VARIABLE = "IPPS_GEO_SCENARIOS"
"""Environment variable of version 0.1, which named the file of the scenarios; they live in the ledger now."""


def ledger_address() -> str:
    """Return where the ledger is: ``IPPS_GEO_LEDGER``, else a file in the user's folder for data.

    A file that ``IPPS_GEO_SCENARIOS`` names, or scenarios kept by version 0.1, become the ledger where they are.
    """
    named = os.environ.get(VARIABLE) or os.environ.get(SCENARIO_VARIABLE)
    if named and "://" in named and not os.environ.get(VARIABLE):
        raise BadInput("store.address", where=SCENARIO_VARIABLE)
    if named:
        return named
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folder = base / "ipps-geo"
    former = folder / "scenarios.sqlite"
    return str(former if former.is_file() else folder / "ledger.sqlite")


def open_ledger(address: str | Path | None = None) -> Ledger:
    """Return the ledger at an address, made and brought to the present version where needed.

    Parameters
    ----------
    address
        A file, or the URL of a PostgreSQL database; by default :func:`ledger_address`.

    Raises
    ------
    BadInput
        It is no ledger (``store.foreign``, ``store.not_a_store``), a damaged one, of a later version, or cannot be
        reached or written.
    MissingExtra
        The driver of PostgreSQL is not installed.
    """
    ledger = Ledger(engine_of(address_of(ledger_address() if address is None else address)))
    bring_up_to_date(ledger)
    return ledger
