"""Who can reach what, at what cost: geometry in, a sparse matrix out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
