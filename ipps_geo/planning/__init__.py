"""The use cases: each takes tables and choices and returns a frozen result; it knows no words, files or pages.

What a result shows is told by ``screens`` (for a page) and ``report`` (in a file). The names are listed in the stub
beside this file, and each loads when it is first asked for: a child process that solves imports this package too and
must not wait for readers and tables.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
