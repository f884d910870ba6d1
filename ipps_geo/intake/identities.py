"""Keys of rows whose file has none of ours: the credit code, else a provisional one from name and address.

Nobody outside keeps 企业编号 or 机构编号. The same row of the next file gets the same key: files can be compared.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import numpy as np
import pandas as pd

from ipps_geo.columns import Table
from ipps_geo.intake.problems import ProblemLog

_PREFIX = {"enterprises": "E", "institutions": "I", "carriers": "C"}
_PLACES = {"enterprises": ("address",), "institutions": ("unit",), "carriers": ("unit",)}
_NAMES = {"enterprises": "name", "institutions": "name", "carriers": "name_zh"}
_CODES = {"enterprises": "uscc"}
_DIGITS = 12


def derive_keys(table: Table, values: dict[str, pd.Series], log: ProblemLog) -> None:
    """Fill the missing cells of a table's own key, and tell from what; rows that give nothing to go by stay without.

    An enterprise is its credit code. Without one, and for institutions and carriers, the key is a provisional one from
    the name with the address or the unit: two rows of one name and one place are one, and are named as such.
    """
    if table.name not in _PREFIX:
        return
    key = next(name for name, column in table.columns.items() if column.unique)
    missing = values[key].isna().to_numpy()
    if not missing.any():
        return
    own = values[key].astype("object").to_numpy(copy=True)
    code = _CODES.get(table.name)
    if code is not None:
        codes = values[code].astype("object").to_numpy()
        given = missing & pd.notna(codes)
        # A code that stands twice is told as such; both rows keep their place under a key of their own.
        repeated = given & pd.Series(codes).where(given).duplicated().to_numpy()
        own[given & ~repeated] = codes[given & ~repeated]
        for row in np.flatnonzero(repeated).tolist():
            own[row] = f"{codes[row]}-{int(log.numbers[row])}"
        if given.any():
            log.about_file("id_from_code", found=int(given.sum()))
        missing = missing & ~given
    names = values[_NAMES[table.name]].astype("object").to_numpy()
    places = [values[name].astype("object").to_numpy() for name in _PLACES[table.name] if name in values]
    rows = np.flatnonzero(missing & pd.notna(names))
    for row in rows.tolist():
        parts = [names[row], *("" if pd.isna(cells[row]) else cells[row] for cells in places)]
        own[row] = provisional_key(_PREFIX[table.name], *parts)
    if len(rows):
        log.about_file("id_provisional", found=len(rows))
    values[key] = pd.Series(own, dtype=values[key].dtype)


def provisional_key(prefix: str, *parts: str) -> str:
    """Return a key that depends on the texts alone, whatever their width, case and blanks.

    >>> provisional_key("E", "北京某某公司", "中关村大街1号") == provisional_key("E", "北京某某公司 ", "中关村大街１号")
    True
    """
    plain = "\x1f".join(re.sub(r"\s+", "", unicodedata.normalize("NFKC", part)).casefold() for part in parts)
    return f"{prefix}~{hashlib.sha256(plain.encode()).hexdigest()[:_DIGITS]}"
