"""Accounts, their passwords and wrong attempts, and the sessions of browsers.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

from ipps_geo.ledger.accounts import ACCOUNT
from ipps_geo.ledger.passwords import ATTEMPT, PASSWORD
from ipps_geo.ledger.schema import METADATA
from ipps_geo.ledger.sessions import SESSION

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), tables=[ACCOUNT, PASSWORD, ATTEMPT, SESSION])


def downgrade() -> None:
    """Refuse: nobody could sign in any more."""
    raise NotImplementedError
