"""What a page or a terminal shows: small tables, records and lines in words, made from results; it writes no file.

A table keeps its ids and codes in columns that end with ``_code`` or ``_id``; every other column carries the header and
the words that a reader sees. The modules are listed in the stub beside this file.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
