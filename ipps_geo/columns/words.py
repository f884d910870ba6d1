"""Columns of text by number: few words made from their places, places found of words, no object for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def words_at(places: NDArray[np.integer[Any]], words: Sequence[str] | pd.Series) -> pd.Series:
    """Return the word at each place, missing where the place is negative; of the kind ``str``.

    >>> words_at(np.array([1, -1, 0]), ["no", "yes"]).tolist()
    ['yes', nan, 'no']
    """
    import pyarrow as pa

    known = pa.array(places.astype(np.int32), mask=places < 0)
    texts = pa.DictionaryArray.from_arrays(known, pa.array([str(word) for word in words], pa.large_string()))
    return pd.Series(pd.array(texts.cast(pa.large_string()), dtype="str"))


def positions(texts: pd.Series, among: pd.Series) -> NDArray[np.int64]:
    """Return the place of each text among others, the first of several, -1 where it is none of them or missing.

    >>> positions(pd.Series(["b", "x", None], dtype="str"), pd.Series(["a", "b"])).tolist()
    [1, -1, -1]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    asked, known = (pa.array(column.astype("str"), pa.large_string()) for column in (texts, among))
    found = np.asarray(pc.index_in(asked, value_set=known).fill_null(-1)).astype(np.int64)
    return np.where(np.asarray(asked.is_valid()), found, -1)
