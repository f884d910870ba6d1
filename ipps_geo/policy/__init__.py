"""Policy as data: every threshold with its article, unit, operator, dates and source; every reading switchable."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
