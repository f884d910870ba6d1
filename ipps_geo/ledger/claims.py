"""Claims of an identity provider, read as an account. What a claim does not say is not assumed: there is no default.

The settings file is the one that Streamlit reads for ``st.login`` (``[auth]``), with a table ``[claims]`` beside it::

    [claims]
    role = "ipps_role"            # the claim that names the role: one text, or a list such as groups
    unit = "ipps_unit"            # the claim with the code of the service unit, for a district's account
    administrator = "ipps_admin"  # optional: an administrator is whoever carries it as true

    [claims.roles]                # what the provider says, and what it means here
    "ipps-district" = "district"
    "ipps-city" = "city"
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ipps_geo.errors import BadInput
from ipps_geo.files import reason_of
from ipps_geo.ledger.accounts import NAME_MAX, Account, Role, checked

AUTH = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""What Streamlit's own table needs."""
SECRET_SHORTEST = 32


@dataclass(frozen=True)
class ClaimMap:
    """Which claims tell role, unit and the administrator's rights, and what a role is called at the provider."""

    role: str
    unit: str
    roles: Mapping[str, Role]
    administrator: str | None = None


def read_claim_map(path: Path) -> ClaimMap:
    """Return the mapping of a settings file.

    Raises
    ------
    BadInput
        The file cannot be read, or it lacks something; values are never repeated, since some are secret.
    """
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput("oidc.unreadable", where=str(path), reason=reason_of(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's sentence may quote the line, and with it a secret.
        raise BadInput("oidc.not_toml", where=str(path)) from None
    auth, claims = _table(settings, "auth"), _table(settings, "claims")
    missing = [f"[auth] {name}" for name in AUTH if not isinstance(auth.get(name), str) or not auth[name]]
    missing += [f"[claims] {name}" for name in ("role", "unit") if not isinstance(claims.get(name), str)]
    roles = _table(claims, "roles")
    if not roles:
        missing.append("[claims.roles]")
    if missing:
        raise BadInput("oidc.missing", where=str(path), names=tuple(missing))
    if len(auth["cookie_secret"]) < SECRET_SHORTEST:
        raise BadInput("oidc.short_secret", where=str(path), shortest=SECRET_SHORTEST)
    known = {role.value for role in Role}
    wrong = tuple(f"{name} = {role}" for name, role in roles.items() if role not in known)
    if wrong:
        raise BadInput("oidc.role", where=str(path), names=wrong, known=tuple(sorted(known)))
    administrator = claims.get("administrator")
    return ClaimMap(
        role=claims["role"],
        unit=claims["unit"],
        roles={name: Role(role) for name, role in roles.items()},
        administrator=administrator if isinstance(administrator, str) else None,
    )


def account_of_claims(claims: Mapping[str, Any], mapping: ClaimMap, units: Collection[str]) -> Account:
    """Return the account that the claims of one person are.

    Raises
    ------
    BadInput
        ``claims.identity`` (no issuer or subject), ``claims.no_role`` (the claim is missing or names no role of the
        mapping), ``claims.roles`` (it names several), ``claims.no_unit`` (a district's person without a known unit).

    >>> mapping = ClaimMap("groups", "district", {"clerks": Role.DISTRICT})
    >>> person = {"iss": "https://id.example", "sub": "7", "name": "李华", "groups": ["staff", "clerks"]}
    >>> account_of_claims(person | {"district": "110108"}, mapping, {"110108"}).login
    '7@id.example'
    >>> account_of_claims(person, mapping, {"110108"})
    Traceback (most recent call last):
    ...
    ipps_geo.errors.BadInput: sign-in: no access: the claim district names no service unit ...
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str) or not issuer or not subject:
        raise BadInput("claims.identity", where="sign-in")
    role = _role(claims.get(mapping.role), mapping)
    unit = claims.get(mapping.unit)
    if role is Role.DISTRICT and (not isinstance(unit, str) or unit not in units):
        raise BadInput("claims.no_unit", where="sign-in", claim=mapping.unit)
    login = f"{subject}@{urlsplit(issuer).hostname or ''}".casefold()
    named = claims.get("name") or claims.get("preferred_username") or login
    return checked(
        Account(
            login=login,
            name=str(named)[:NAME_MAX],
            role=role,
            unit=str(unit) if role is Role.DISTRICT else None,
            administrator=mapping.administrator is not None
            and claims.get(mapping.administrator) is True
            and role in (Role.CITY, Role.BUREAU),
            issuer=issuer,
            subject=subject,
        ),
        units,
    )


def _role(said: object, mapping: ClaimMap) -> Role:
    listed = said if isinstance(said, list) else [said]
    roles = {mapping.roles[name] for name in listed if isinstance(name, str) and name in mapping.roles}
    if not roles:
        raise BadInput("claims.no_role", where="sign-in", claim=mapping.role)
    if len(roles) > 1:
        raise BadInput("claims.roles", where="sign-in", claim=mapping.role)
    return roles.pop()


def _table(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}
