"""What the reading of one file that was sent in returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.intake.mapping import SavedMappings


@dataclass(frozen=True, eq=False)
class UploadCheck:
    """One file as it was sent in (``name``, ``content``) and what its reading found.

    ``chosen`` and ``saved`` are the mappings that it was read by: the sender's own, and those of earlier files.
    """

    name: str
    content: bytes
    read: TableRead
    chosen: Mapping[str, str] = field(default_factory=dict)
    saved: SavedMappings = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether any row can be used."""
        return self.read.table is not None and len(self.read.frame) > 0
