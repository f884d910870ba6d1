from .description import Column as Column
from .description import GeometryKind as GeometryKind
from .description import Kind as Kind
from .description import Table as Table
from .institutions import ROSTERS as ROSTERS
from .places import CARRIERS as CARRIERS
from .tables import TABLES as TABLES
