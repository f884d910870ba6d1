"""Who is who: credit codes, legal entities behind several rows, and names that may hide one enterprise twice.

A legal entity is known by its Unified Social Credit Code (GB 32100-2015); a branch belongs to the entity of its parent.
Rows without a code are never merged by name: equal names are a suspicion that the rules report, not an identity. The
registration authority inside a code (digits 3-8) is not a place, so no district is ever derived from it.

>>> normalise_uscc(" ９１１１０１０８５５１３８５０８２q ")
'91110108551385082Q'
>>> uscc_check("91110108551385082Q")
<UsccCheck.VALID: 'valid'>
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.columns.words import words_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LETTER = "[0-9A-HJ-NPQRTUWXY]"
_SHAPE = _LETTER + r"{2}[0-9]{6}" + _LETTER + r"{10}"
"""Two characters of a kind, six digits of an authority, ten of the organisation: letters without I, O, S, V, Z."""
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_PLACEHOLDERS = frozenset(letter * 18 for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""One character 18 times, as people type to get past a mandatory cell."""
_DEPTH_OF_BRANCHES = 4
_LETTERS, _DIGITS = (np.isin(np.arange(256), [ord(letter) for letter in of]) for of in (_ALPHABET, _ALPHABET[:10]))
"""Whether a byte is a letter of a code, and whether it is a digit."""

ENTERPRISE_KINDS: Mapping[str, str] = MappingProxyType(
    {"91": "yes", "92": "no", "93": "unknown", "11": "no", "12": "no", "51": "no", "52": "no", "53": "no"}
)
"""Whether a code's first two characters make its holder an enterprise (企业); a policy may decide otherwise."""


class UsccCheck(StrEnum):
    """What can be said of a credit code by looking at it; a wrong check digit is a warning, genuine codes have it."""

    VALID = "valid"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    MALFORMED = "malformed"


def normalise_uscc(text: str) -> str:
    """Return ``text`` as a credit code is written: half width, upper case, without blanks and hyphens.

    Nothing else is corrected: what is not a code stays recognisable as such (see :func:`uscc_check`).
    """
    return re.sub(r"[\s\-‐‑–—_.·]", "", unicodedata.normalize("NFKC", text)).upper()


def uscc_check(code: str) -> UsccCheck:
    """Say whether ``code``, once normalised, has the form and the check digit of a credit code (GB 32100-2015)."""
    from stdnum.cn import uscc as standard
    from stdnum.exceptions import InvalidChecksum, ValidationError

    normalised = normalise_uscc(code)
    if not _is_code(normalised):
        return UsccCheck.MALFORMED
    try:
        standard.validate(normalised)
    except InvalidChecksum:
        return UsccCheck.WRONG_CHECK_DIGIT
    except ValidationError:
        return UsccCheck.MALFORMED
    return UsccCheck.VALID


def uscc_checks(codes: pd.Series) -> pd.Series:
    """Return :func:`uscc_check` of every code at once; missing where the code is missing.

    The check digit closes the sum of the first 17 characters, weighted by 3^i mod 31, to a multiple of 31.
    """
    clean = clean_uscc(codes)
    result = pd.Series(UsccCheck.MALFORMED.value, index=codes.index, dtype="str").where(codes.notna())
    shaped = clean.notna().to_numpy()
    if not shaped.any():
        return result
    ordinals = _letters(clean[shaped])
    values = np.full(128, -1, dtype=np.int8)
    values[[ord(letter) for letter in _ALPHABET]] = np.arange(31, dtype=np.int8)
    digits = values[ordinals]
    sums = np.zeros(len(digits), dtype=np.int32)
    for position, weight in enumerate(_WEIGHTS):  # column by column: no wide copy of a million codes
        sums += digits[:, position].astype(np.int32) * weight
    right = (-sums) % 31 == digits[:, 17]
    # The first eight characters are a kind and a six-digit authority.
    written = (digits.min(axis=1) >= 0) & (digits[:, 2:8].max(axis=1) <= 9)
    answers = np.where(written, np.where(right, 2, 1), 0)
    names = np.array([UsccCheck.MALFORMED.value, UsccCheck.WRONG_CHECK_DIGIT.value, UsccCheck.VALID.value])
    result[shaped] = names[answers]
    return result


def clean_uscc(codes: pd.Series) -> pd.Series:
    """Return the codes normalised, missing where there is none or where the text cannot be a code.

    A text of 18 characters with a letter that no code has (I, O, S, V, Z) is a slip, and proves no identity.

    >>> clean_uscc(pd.Series(["91110108551385082q", "无", None], dtype="str")).tolist()
    ['91110108551385082Q', nan, nan]
    """
    codes = codes.astype("str")
    odd = np.flatnonzero(codes.notna().to_numpy() & ~_written(codes))
    if len(odd):
        written = codes.iloc[odd].map(normalise_uscc)
        codes = codes.copy()
        codes.iloc[odd] = written.where(written.str.fullmatch(_SHAPE) & ~written.isin(_PLACEHOLDERS))
    return codes


def entity_keys(frame: pd.DataFrame, register: pd.DataFrame | None = None) -> pd.Series:
    """Return the key of the legal entity behind each row of an enterprise or roster table.

    The key is the credit code; for a branch that of its parent (the parent's parent, where ``register`` or the table
    knows it). A row that is declared a company keeps its own code: a subsidiary is a legal person. Without a usable
    code the key is ``id:<enterprise_id>``, else ``name:<normalised name>``; two rows with the same name key are
    suspected to be one, no more (see :func:`has_code`).

    ``register`` (columns uscc, parent_uscc, and legal_form if known) names the parents of branches that ``frame``
    lists without one.

    >>> rows = pd.DataFrame({"uscc": ["91110108551385082Q", "91110302562134916R", None],
    ...                      "parent_uscc": [None, "91110108551385082Q", None], "name": ["甲", "甲分公司", "乙 公司"]})
    >>> entity_keys(rows).tolist()
    ['91110108551385082Q', '91110108551385082Q', 'name:乙公司']
    """
    if not len(frame):
        return pd.Series(dtype="str", index=frame.index)
    own = clean_uscc(frame["uscc"])
    parent = _parents(frame)
    branches = bool(parent.notna().any())
    keys = parent.where(parent.notna(), own) if branches else own
    known = _known_parents(own[parent.notna()], parent.dropna())
    if register is not None and len(register):
        registered = _known_parents(clean_uscc(register["uscc"]), _parents(register))
        known = pd.concat([registered, known[~known.index.isin(registered.index)]])
    if len(known):
        # A row that says it is a company stays itself, whatever another row claims.
        free = ~_is_company(frame) | parent.notna()
        for _ in range(_DEPTH_OF_BRANCHES):
            up = keys.map(known)
            moved = up.notna() & free
            if not moved.any():
                break
            keys = up.where(moved, keys)
    bare = keys.isna()
    if bare.any():
        fallback = "name:" + frame.loc[bare, "name"].astype("str").map(normalise_name, na_action="ignore")
        if "enterprise_id" in frame.columns:
            ids = frame.loc[bare, "enterprise_id"].astype("str")
            fallback = ("id:" + ids).where(ids.notna(), fallback)
        keys = keys.copy()
        keys[bare] = fallback
    return keys


def has_code(keys: pd.Series) -> pd.Series:
    """Return, per entity key, whether it is a credit code, so that equal keys are one legal entity for certain."""
    return keys.notna() & (keys.str.startswith(("id:", "name:")) != True)  # noqa: E712 - missing is not a match


def counts_as_enterprise(codes: pd.Series, kinds: Mapping[str, str] = ENTERPRISE_KINDS) -> pd.Series:
    """Return yes, no or unknown per credit code (or entity key): whether its holder is an enterprise (企业).

    ``kinds`` maps the code's first two characters to an answer; other characters and missing codes are unknown.

    >>> counts_as_enterprise(pd.Series(["91110108551385082Q", "92110108MA01ABCD2X", None], dtype="str")).tolist()
    ['yes', 'no', 'unknown']
    """
    leading, distinct = pd.factorize(codes.astype("str").str.slice(0, 2))
    answers = [*(kinds.get(str(letters), "unknown") for letters in distinct), "unknown"]
    return words_at(np.where(leading < 0, len(distinct), leading), answers).set_axis(codes.index)


_NAME_NOISE = re.compile(r"[\s()\[\]{}<>《》〈〉【】「」『』\"'“”‘’,，.。、·•・:：;；_\-‐‑–—/\\|]+")


def normalise_name(text: str) -> str:
    """Return a name in which width, case, blanks, brackets and punctuation no longer tell two writings apart.

    >>> normalise_name("小米科技（北京）有限公司 ") == normalise_name("小米科技(北京)有限公司")
    True
    """
    return _NAME_NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def _letters(codes: pd.Series) -> NDArray[np.uint8]:
    """Return codes of 18 ASCII characters as (n, 18) bytes, read from the column's buffer."""
    import pyarrow as pa

    column = pa.array(codes, pa.large_string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    start = np.frombuffer(column.buffers()[1], dtype=np.int64, count=1, offset=column.offset * 8)[0]
    data = np.frombuffer(column.buffers()[2], dtype=np.uint8, count=18 * len(column), offset=int(start))
    return data.reshape(-1, 18)


def _written(codes: pd.Series) -> NDArray[np.bool_]:
    """Return, per text, whether it is a code as it stands: the shape of one, and no placeholder."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.binary_length(pa.array(codes, pa.large_string()))
    good: NDArray[np.bool_] = np.asarray(pc.equal(lengths, 18).fill_null(fill_value=False))
    if not good.any():
        return good
    letters = _letters(codes if good.all() else codes[good])
    shaped = _LETTERS[letters].all(axis=1) & _DIGITS[letters[:, 2:8]].all(axis=1)
    shaped &= (letters != letters[:, :1]).any(axis=1)
    if good.all():
        return np.asarray(shaped)
    good = good.copy()
    good[good] = shaped
    return good


def _is_code(text: str) -> bool:
    return re.fullmatch(_SHAPE, text) is not None and text not in _PLACEHOLDERS


def _matches(texts: pd.Series, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(texts.str.fullmatch(pattern).to_numpy(dtype=bool, na_value=False), dtype=bool)


def _is_company(frame: pd.DataFrame) -> pd.Series:
    if "legal_form" not in frame.columns:
        return pd.Series(np.zeros(len(frame), dtype=bool), index=frame.index)
    return pd.Series((frame["legal_form"] == "company").to_numpy(dtype=bool, na_value=False), index=frame.index)


def _parents(frame: pd.DataFrame) -> pd.Series:
    """Return the parent's code of each branch: rows that name one and are not declared companies."""
    if "parent_uscc" not in frame.columns:
        return pd.Series(None, index=frame.index, dtype="str")
    parents = clean_uscc(frame["parent_uscc"])
    return parents.mask(_is_company(frame)) if parents.notna().any() else parents


def _known_parents(own: pd.Series, parent: pd.Series) -> pd.Series:
    """Return parent codes by branch code; where rows disagree the lowest code, so that row order does not matter."""
    pairs = pd.DataFrame({"own": own, "parent": parent}).dropna()
    pairs = pairs[pairs["own"] != pairs["parent"]].sort_values(["own", "parent"], kind="stable").drop_duplicates("own")
    return pairs.set_index("own")["parent"]
