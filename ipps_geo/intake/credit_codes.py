"""Credit codes that are beyond doubt, told by their bytes, and what the others may be; see ``ipps_geo.identity``."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pyarrow as pa

from ipps_geo.identity import UsccCheck, normalise_uscc, uscc_check

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18
_BLOCK = 1 << 16
_NONE = 99
_LONG_NUMBER = re.compile(r"\d{15}0{3}")
_PERSON = re.compile(r"[1-6]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ALIKE = {"O": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "Q": "0", "D": "0"}
_ALIKE_MOST = 4


def cut_number(code: str) -> bool:
    """Return whether a code is a number whose last digits a spreadsheet has lost.

    >>> cut_number("911101080000123000")
    True
    """
    return _LONG_NUMBER.fullmatch(code) is not None


def is_person(text: str) -> bool:
    """Return whether a text is the number of an identity card (GB 11643), which no table of firms needs.

    >>> is_person("11010519491231002X"), is_person("91110108551385082Q")
    (True, False)
    """
    plain = normalise_uscc(text)
    if _PERSON.fullmatch(plain) is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(plain, _PERSON_WEIGHTS, strict=False))
    # A number mistyped in its last place is somebody's all the same, unless it is a code of an institution.
    return plain[17] == "10X98765432"[total % 11] or uscc_check(plain) is not UsccCheck.VALID


def look_alike(text: str) -> str | None:
    """Return the code that a text becomes when letters that look like digits are read as such, None without one.

    Only where a letter stands that no code has, or among the first digits: an L is a letter of codes too.

    >>> look_alike("9III0108551385082Q"), look_alike("91110108551385082Q")
    ('91110108551385082Q', None)
    """
    plain = normalise_uscc(text)
    if len(plain) != _LENGTH:
        return None
    odd = [place for place, sign in enumerate(plain) if sign in _ALIKE]
    certain = [place for place in odd if plain[place] not in _LETTERS or 1 <= place < 8]
    if not certain or len(odd) > 2 * _ALIKE_MOST:
        return None
    others = [place for place in odd if place not in certain][:_ALIKE_MOST]
    for size in range(len(others) + 1):
        for more in itertools.combinations(others, size):
            swapped = {*certain, *more}
            told = "".join(_ALIKE[sign] if place in swapped else sign for place, sign in enumerate(plain))
            if uscc_check(told) is UsccCheck.VALID:
                return told
    return None


def shaped(text: str) -> bool:
    """Return whether a text tries to be a code: letters and digits, eight of them digits, about as long.

    >>> shaped("9111010855138508"), shaped("已注销")
    (True, False)
    """
    plain = normalise_uscc(text)
    return plain.isalnum() and 10 <= len(plain) <= 24 and sum(map(str.isdigit, plain)) >= 8


def all_valid(codes: pa.Array) -> bool:
    """Return whether every code, none missing, is written as GB 32100-2015 asks and has the right check digit.

    The check digit closes the sum of the first 17 characters, weighted by 3^i mod 31, to a multiple of 31.

    >>> all_valid(pa.array(["91110108551385082Q"], pa.large_string()))
    True
    >>> all_valid(pa.array(["91110108551385082Q", "91110108551385082R"], pa.large_string()))
    False
    """
    if not len(codes) or codes.null_count:
        return False
    offsets = np.frombuffer(codes.buffers()[1], dtype=np.int64, count=len(codes) + 1, offset=codes.offset * 8)
    if (np.diff(offsets) != _LENGTH).any():
        return False
    octets = np.frombuffer(codes.buffers()[2], dtype=np.uint8)[int(offsets[0]) : int(offsets[-1])]
    written = octets.reshape(-1, _LENGTH)
    digit_of = np.full(256, _NONE, dtype=np.uint8)
    digit_of[[ord(letter) for letter in _LETTERS]] = np.arange(len(_LETTERS), dtype=np.uint8)
    # With the check digit weighted by 1 a right code sums to a multiple of 31; at most 18 * 30 * 30, so float is exact.
    weights = np.array([pow(3, place, 31) for place in range(_LENGTH - 1)] + [1], dtype=np.float32)
    for start in range(0, len(written), _BLOCK):
        digits = digit_of[written[start : start + _BLOCK]]
        if digits.max() == _NONE or digits[:, 2:8].max() > 9:
            return False
        alike = digits[digits[:, 0] == digits[:, 1]]
        if (alike == alike[:, :1]).all(axis=1).any():
            return False
        if (np.mod(digits.astype(np.float32) @ weights, 31) != 0).any():
            return False
    return True
