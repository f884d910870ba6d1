"""The store of scenarios: plans that people keep, compare and adopt, with who did what and when."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
