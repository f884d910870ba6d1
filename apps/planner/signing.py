"""How people sign in to this server, as ``ipps-geo app`` was told, and the cookie that they hold after it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ipps_geo.ledger.claims import ClaimMap, read_claim_map

SIGN_IN_VARIABLE = "IPPS_GEO_SIGN_IN"
OIDC_VARIABLE = "IPPS_GEO_OIDC"
HTTPS_VARIABLE = "IPPS_GEO_HTTPS"
"""Environment variables that ``ipps-geo app`` sets for its server."""


class Signing(NamedTuple):
    """The way in: ``none`` (one person on this machine), ``local`` (passwords) or ``oidc`` (an identity provider)."""

    way: str
    https: bool = False
    claims: ClaimMap | None = None

    @property
    def cookie(self) -> str:
        """Return the cookie's name; over HTTPS a browser takes it from this host alone."""
        return "__Host-ipps-geo" if self.https else "ipps-geo"


@cache
def signing() -> Signing:
    """Return the way in to this server."""
    way, file = os.environ.get(SIGN_IN_VARIABLE, "none"), os.environ.get(OIDC_VARIABLE)
    claims = read_claim_map(Path(file)) if way == "oidc" and file else None
    return Signing(way, os.environ.get(HTTPS_VARIABLE) == "1", claims)
