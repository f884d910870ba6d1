"""How much a file may ask of the machine before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Upper bounds for one file; every one is checked before the work that it bounds.

    ``max_ratio`` (unpacked to packed size of an archive member) counts only for members over 1 MiB. ``memory_bytes``
    and ``seconds`` hold the worker process; ``max_cell_chars`` does not hold for geometry.
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
