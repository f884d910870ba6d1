"""The ledger: one lasting record that the bureau, the districts and analysts share, and what each may see of it.

It remembers every submission, row, case and event and never changes the past; a view of it is a workspace, on which
every use case runs unchanged.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
