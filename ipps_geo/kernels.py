"""Compiled kernels, whose cache on disk can be trusted beside other processes and after a kill.

numba numbers the files of a function's compiled signatures, and notes the number in an index *before* the file is
there. Where two processes compile two signatures at a time, or one is killed in between, the index then leads to the
code of another signature or of an older source, which is run without a word. Here a file is named after what it holds,
and the index comes last: it never leads to anything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numba
from numba.core import caching


class _NamedByContent(caching.IndexDataCacheFile):
    """The files of one function: the code of a signature lies under a name made of signature, machine and source."""

    def save(self, key: Any, data: Any) -> None:
        held = hashlib.sha256(self._dump((self._source_stamp, key))).digest()
        name = self._data_name(int.from_bytes(held[:8], "big"))
        self._save_data(name, data)
        self._save_index({**self._load_index(), key: name})


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function with numba on its first call, without Python's lock, and keep the code on disk.

    ``options`` are those of ``numba.njit``. Where numba is told not to compile (``NUMBA_DISABLE_JIT=1``) the function
    stays as it is.
    """

    def decorated(function: Callable[..., Any]) -> Any:
        compiled: Any = numba.njit(cache=True, nogil=True, **options)(function)
        cache = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
        if isinstance(cache, caching.IndexDataCacheFile):
            cache.__class__ = _NamedByContent
        return compiled

    return decorated
