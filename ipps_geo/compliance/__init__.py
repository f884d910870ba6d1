"""The Measure as rules: every article that can be checked, three verdicts, evidence, readings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
