"""Stand-in."""

import sqlalchemy as sa

METADATA = sa.MetaData()
