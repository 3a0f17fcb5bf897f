"""Where a day of the calendar comes from: entered by hand, or imported with a year's arrangement.

Revision: 0003, after 0002, 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "calendar_days",
        sa.Column("source", sa.String(length=32), server_default="own", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("calendar_days", "source")
