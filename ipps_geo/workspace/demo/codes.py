"""Credit codes for enterprises that do not exist: well formed, with right check digits, and nobody's.

Digits 3 to 8 of a code name the authority that registered its holder by GB/T 2260. No province has a code that starts
with 99, so the authority 990000 is unassigned and no genuine code can have it. The first two characters stay those of
the kind of holder (91 enterprise, 92 individual business, 93 cooperative), because the rules read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNASSIGNED_AUTHORITY = "990000"
"""Registration authority of every synthetic code."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])


def credit_codes(kinds: NDArray[np.str_], serials: NDArray[np.int64]) -> pd.Series:
    """Return one code of 18 characters per (kind, serial), with both check digits (GB 32100-2015, GB 11714-1997).

    ``kinds`` holds the first two characters, ``serials`` numbers below 10^8 that become the body of the organisation
    code.

    >>> credit_codes(np.array(["91"]), np.array([42]))[0]
    '919900000000004224'
    """
    if len(serials) and not 0 <= serials.min() <= serials.max() < 10**8:
        raise ValueError("a serial has at most eight digits")
    count = len(serials)
    digits = np.zeros((count, 18), dtype=np.int64)
    digits[:, :2] = np.array(kinds, dtype="U2").view("U1").reshape(count, 2).astype(np.int64)
    digits[:, 2:8] = [int(digit) for digit in UNASSIGNED_AUTHORITY]
    digits[:, 8:16] = serials[:, None] // 10 ** np.arange(7, -1, -1) % 10
    body = (11 - digits[:, 8:16] @ _BODY_WEIGHTS % 11) % 11
    # Ten is written X in the organisation code, which is worth 28 in the alphabet of the credit code.
    digits[:, 16] = np.where(body == 10, _ALPHABET.index("X"), body)
    digits[:, 17] = (31 - digits[:, :17] @ _CODE_WEIGHTS % 31) % 31
    letters = np.frombuffer(_ALPHABET.encode(), dtype=np.uint8)[digits]
    return pd.Series(np.ascontiguousarray(letters).view("S18").reshape(count).astype("U18"), dtype="str")
