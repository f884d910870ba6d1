"""Pseudonyms: the same for the same thing, telling nothing without the ledger's key, and of a form that rules can read.

A credit code keeps what the rules ask of it: its first two characters (what kind of body it is) and whether its check
digit is right. Equal names, apart from blanks and brackets, stay equal.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Literal

import pandas as pd

from ipps_geo.identity import UsccCheck, normalise_name, normalise_uscc, uscc_check

Kind = Literal["id", "code", "name", "case"]

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUTHORITY = 6
_ORGANISATION = 9


def alias(key: bytes, kind: Kind, text: str) -> str:
    """Return the pseudonym of an id, a credit code, a name of an enterprise, or a pending case."""
    return _MAKERS[kind](key, text)


def aliased(key: bytes, kind: Kind, texts: pd.Series) -> pd.Series:
    """Return the pseudonym of each text, missing where there is none."""
    known = {text: alias(key, kind, text) for text in texts.dropna().unique()}
    return texts.map(known).astype("str")


def _digest(key: bytes, kind: str, text: str) -> bytes:
    return hmac.new(key, f"{kind}\x1f{text}".encode(), hashlib.sha256).digest()


def _id(key: bytes, text: str) -> str:
    return "e-" + _digest(key, "id", text).hex()[:16]


def _case(key: bytes, text: str) -> str:
    return "pending-" + _digest(key, "case", text).hex()[:16]


def _name(key: bytes, text: str) -> str:
    return "企业" + _digest(key, "name", normalise_name(text)).hex()[:12]


def _code(key: bytes, text: str) -> str:
    from stdnum.cn.uscc import calc_check_digit

    written = normalise_uscc(text)
    check = uscc_check(written)
    digest = _digest(key, "code", written)
    if check is UsccCheck.MALFORMED:
        return "?" + digest.hex()[:16]
    number = int.from_bytes(digest, "big")
    authority, number = number % 10**_AUTHORITY, number // 10**_AUTHORITY
    letters = []
    for _ in range(_ORGANISATION):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    body = f"{written[:2]}{authority:06d}{''.join(letters)}"
    last = str(calc_check_digit(body))
    if check is not UsccCheck.VALID:
        last = _LETTERS[(_LETTERS.index(last) + 1) % len(_LETTERS)]
    return body + last


_MAKERS: dict[Kind, Callable[[bytes, str], str]] = {"id": _id, "code": _code, "name": _name, "case": _case}
