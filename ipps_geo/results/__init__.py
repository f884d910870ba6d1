"""What the use cases return: frozen results with stable ids, told by ``screens`` and ``report``, kept by ``scenarios``.

Tables inside are pandas frames whose columns are named in the docstrings; ids are those of the workspace. Nothing here
renders a word: verdicts, reasons and messages are codes with numbers.

The names are listed in the stub beside this file.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
