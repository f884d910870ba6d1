"""Regions as data: what a city is to the analysis, read from the folder that describes it; one comes with the package.

A region is a folder with ``region.toml``: its names, the zone that lengths are measured in, its functional areas, the
policy that holds there, and the files of its boundaries, townships and lists. Nothing else knows a city.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
