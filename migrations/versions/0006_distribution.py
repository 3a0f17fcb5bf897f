"""Status packs that go out by themselves: schedules, sendings with their packs, what is allowed.

Revision: 0006, after 0005, 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pack_schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=32), nullable=False),
        sa.Column("person_ids", sa.JSON(), nullable=False),
        sa.Column("cadence", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("has_file", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("sent_until_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 4", name="ck_pack_schedules_weekday"),
        sa.CheckConstraint(
            "hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59", name="ck_pack_schedules_time"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_pack_schedules_plan_id"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name="fk_pack_schedules_created_by_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pack_schedules"),
    )
    op.create_index("ix_pack_schedules_plan_id", "pack_schedules", ["plan_id"])
    op.create_table(
        "pack_sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("slot_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_pack_sendings_plan_id"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["pack_schedules.id"], name="fk_pack_sendings_schedule_id"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["persons.id"], name="fk_pack_sendings_asked_by_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pack_sendings"),
        sa.UniqueConstraint(
            "schedule_id", "slot_at", name="uq_pack_sendings_schedule_id_slot_at"
        ),
    )
    op.create_index("ix_pack_sendings_plan_id", "pack_sendings", ["plan_id"])
    op.create_index("ix_pack_sendings_schedule_id", "pack_sendings", ["schedule_id"])
    op.create_index("ix_pack_sendings_due", "pack_sendings", ["state", "next_try_at"])
    op.create_table(
        "pack_sending_packs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("eyes", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("pack_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["pack_sendings.id"], name="fk_pack_sending_packs_sending_id"
        ),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name="fk_pack_sending_packs_pack_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_sending_packs"),
        sa.UniqueConstraint(
            "sending_id", "eyes", "language", name="uq_pack_sending_packs_sending_id_eyes_language"
        ),
    )
    op.create_index("ix_pack_sending_packs_sending_id", "pack_sending_packs", ["sending_id"])
    op.create_index("ix_pack_sending_packs_pack_id", "pack_sending_packs", ["pack_id"])
    op.create_table(
        "pack_policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("may_attach", sa.Boolean(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_by_id"], ["persons.id"], name="fk_pack_policies_set_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_policies"),
    )


def downgrade() -> None:
    for table in ("pack_policies", "pack_sending_packs", "pack_sendings", "pack_schedules"):
        op.drop_table(table)
