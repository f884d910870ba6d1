"""The workspace: seven validated tables and three optional ones, one CRS, their sources and their faults."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
