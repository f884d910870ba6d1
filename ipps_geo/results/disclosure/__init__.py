"""The public edition of results: what may leave the bureau, decided on the result before anything is written.

Small counts are hidden, and so is whatever would let somebody work them out of all the tables together. The names are
listed in the stub beside this file.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
