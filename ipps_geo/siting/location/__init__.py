"""The classic location models, under the field's own names. Importing this costs nothing.

Cover all or most demand (with budgets, shares, capacities, several coverings, decay), serve it at least cost, at the
least worst cost, spread sites, win a market, move what exists. ``docs/en/methods.md`` lists them beside the names of
spopt, ArcGIS and the literature.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
