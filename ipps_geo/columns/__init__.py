"""The columns of every table: name, kind of value, Chinese header, synonyms, meaning.

One description serves intake (recognising headers), workspace (schemas), templates, and the documents. Geometry is
EPSG:4490 (CGCS2000, longitude first); dates are calendar days; a blank answer is unknown.

>>> from ipps_geo.columns import TABLES
>>> TABLES["rosters"].columns["uscc"].zh
'统一社会信用代码'
>>> TABLES["rosters"].required
('holder_id', 'name')
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
