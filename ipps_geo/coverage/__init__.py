"""Coverage, access and equity: who is served (by roster), who could be (by place), and how evenly."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
