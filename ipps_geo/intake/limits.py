"""How much a file may ask of the machine before it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from ipps_geo.errors import BadInput

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Upper bounds for one file; every one is checked before the work that it bounds.

    ``max_ratio`` (unpacked to packed size of an archive member) counts only for members over 1 MiB. ``memory_bytes``
    and ``seconds`` (of processor time, for each of two threads) hold the worker process; ``max_cell_chars`` does not
    hold for geometry.
    """

    max_file_bytes: int = 512 * _MIB
    max_unpacked_bytes: int = 512 * _MIB
    max_members: int = 2_000
    max_ratio: int = 200
    max_rows: int = 2_000_000
    max_columns: int = 1_000
    max_cells: int = 40_000_000
    max_cell_chars: int = 32_767
    max_depth: int = 100
    max_vertices: int = 20_000_000
    memory_bytes: int = 2_048 * _MIB
    seconds: float = 30.0

    def raised(self, pairs: Sequence[str]) -> Limits:
        """Return these limits with others in place of some: ``["seconds=120", "max_rows=5000000"]``.

        Raises
        ------
        BadInput
            A pair that names no limit, or no number.

        >>> Limits().raised(["seconds=120"]).seconds
        120.0
        """
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        told = {}
        for pair in pairs:
            name, _, number = (part.strip() for part in pair.partition("="))
            try:
                told[name] = kinds[name](number)
            except (KeyError, ValueError) as error:
                raise BadInput("argument.no_limit", where="--limit", pair=pair, names=tuple(kinds)) from error
        return replace(self, **told)


RAISABLE = {
    "out_of_time": "seconds",
    "out_of_memory": "memory_bytes",
    "file_too_large": "max_file_bytes",
    "too_many_rows": "max_rows",
    "too_many_columns": "max_columns",
    "too_many_cells": "max_cells",
    "cell_too_long": "max_cell_chars",
    "archive_members": "max_members",
}
"""Limit by the code of the problem that it makes: whoever trusts the file may raise it."""
