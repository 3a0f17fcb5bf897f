"""Status packs that can be made again: manifests, figures of snapshots, the company's look; and the
revision of each plan, by which what was read is known to be fresh.

Revision: 0005, after 0004, 2026-11-27
"""

import json
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("snapshots") as batch:
        batch.add_column(
            sa.Column("eyes", sa.String(length=64), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("figures", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("packed", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("snapshots") as batch:
        # New rows get their values from the program, as everywhere.
        batch.alter_column("eyes", existing_type=sa.String(length=64), server_default=None)
        batch.alter_column("figures", existing_type=sa.Text(), server_default=None)
    _keep_lights()
    with op.batch_alter_table("packs") as batch:
        batch.add_column(sa.Column("compared_with_id", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column("is_live", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("manifest", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("manifest_sha256", sa.String(length=64), nullable=True))
        batch.create_foreign_key(
            "fk_packs_compared_with_id", "snapshots", ["compared_with_id"], ["id"]
        )
        batch.create_index("ix_packs_manifest_sha256", ["manifest_sha256"])
    with op.batch_alter_table("packs") as batch:
        batch.alter_column("manifest", existing_type=sa.Text(), server_default=None)
        batch.alter_column("is_live", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "company_looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=120), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["persons.id"], name="fk_company_looks_set_by_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_company_looks"),
    )
    op.create_index("ix_company_looks_logo_sha256", "company_looks", ["logo_sha256"])
    op.create_table(
        "revisions",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name="pk_revisions"),
    )


def _keep_lights() -> None:
    """The weeks' lights were read from the whole bodies; from now on they stand in the figures."""
    connection = op.get_bind()
    table = sa.table(
        "snapshots", sa.column("id", sa.Integer), sa.column("reason", sa.String),
        sa.column("body", sa.Text), sa.column("figures", sa.Text),
    )  # fmt: skip
    weeks = sa.select(table.c.id).where(table.c.reason.startswith("week:"))
    for key in connection.scalars(weeks).all():
        body = connection.scalar(sa.select(table.c.body).where(table.c.id == key))
        light = json.loads(body).get("light")
        if light:
            connection.execute(
                table.update().where(table.c.id == key)
                .values(figures=json.dumps({"light": light}))
            )


def _unpack() -> None:
    """Back to plain text, one at a time."""
    connection = op.get_bind()
    table = sa.table(
        "snapshots", sa.column("id", sa.Integer), sa.column("body", sa.Text),
        sa.column("packed", sa.LargeBinary),
    )  # fmt: skip
    for key in connection.scalars(sa.select(table.c.id).where(table.c.packed.is_not(None))).all():
        packed = connection.scalar(sa.select(table.c.packed).where(table.c.id == key))
        connection.execute(
            table.update().where(table.c.id == key)
            .values(body=zlib.decompress(packed).decode())
        )


def downgrade() -> None:
    op.drop_table("revisions")
    op.drop_table("company_looks")
    with op.batch_alter_table("packs") as batch:
        batch.drop_index("ix_packs_manifest_sha256")
        batch.drop_constraint("fk_packs_compared_with_id", type_="foreignkey")
        batch.drop_column("manifest_sha256")
        batch.drop_column("manifest")
        batch.drop_column("is_live")
        batch.drop_column("compared_with_id")
    _unpack()
    with op.batch_alter_table("snapshots") as batch:
        batch.drop_column("packed")
        batch.drop_column("figures")
        batch.drop_column("eyes")
