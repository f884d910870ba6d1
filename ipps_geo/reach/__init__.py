"""Who can reach what, at what cost: geometry in, a sparse matrix out."""

from __future__ import annotations

from ipps_geo.reach.matrix import Reach

__all__ = ["Reach"]
