"""Any file in: a table, and every fault of the file in one table of problems.

``read_table`` reads one table of one file; ``check_path`` judges a file or a folder; ``write_coloured_copy`` gives a
file back with its bad cells marked; ``write_templates`` writes the workbooks to fill in.

Each loads when it is first asked for: the process that reads the files of strangers is started for every one of them,
and must not wait for what it does not need.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
