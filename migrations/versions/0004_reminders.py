"""Reminders: rules of a plan, how a person wants to be told, group robots, every try to send.

Revision: 0004, after 0003, 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "robots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("keyword", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("paused_until", sa.DateTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_robots"),
    )
    op.create_table(
        "plan_robots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("robot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_robots_plan_id"),
        sa.ForeignKeyConstraint(["robot_id"], ["robots.id"], name="fk_plan_robots_robot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_robots"),
        sa.UniqueConstraint("plan_id", "robot_id", name="uq_plan_robots_plan_id_robot_id"),
    )
    op.create_index("ix_plan_robots_plan_id", "plan_robots", ["plan_id"])
    op.create_index("ix_plan_robots_robot_id", "plan_robots", ["robot_id"])
    op.create_table(
        "reminder_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("is_hours", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("to", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("wording", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59", name="ck_reminder_rules_time"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_reminder_rules_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_rules"),
        sa.UniqueConstraint("plan_id", "key", name="uq_reminder_rules_plan_id_key"),
    )
    op.create_index("ix_reminder_rules_plan_id", "reminder_rules", ["plan_id"])
    op.create_table(
        "reminder_preferences",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("has_mail", sa.Boolean(), nullable=False),
        sa.Column("pace", sa.String(length=32), nullable=False),
        sa.Column("daily_minute", sa.Integer(), nullable=False),
        sa.Column("days", sa.String(length=7), nullable=False),
        sa.Column("quiet_from_minute", sa.Integer(), nullable=False),
        sa.Column("quiet_until_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "daily_minute BETWEEN 0 AND 1439", name="ck_reminder_preferences_daily_minute"
        ),
        sa.CheckConstraint(
            "quiet_from_minute BETWEEN 0 AND 1439 AND quiet_until_minute BETWEEN 0 AND 1439",
            name="ck_reminder_preferences_quiet_minutes",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_reminder_preferences_person_id"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_reminder_preferences"),
    )
    with op.batch_alter_table("messages") as batch:
        batch.add_column(sa.Column("robot_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("bundle", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("holder", sa.String(length=32), nullable=True))
        batch.alter_column("recipient_id", existing_type=sa.Integer(), nullable=True)
        batch.create_index("ix_messages_bundle", ["bundle"])
        batch.create_index("ix_messages_robot_id", ["robot_id"])
        batch.create_foreign_key("fk_messages_robot_id", "robots", ["robot_id"], ["id"])
        batch.create_check_constraint(
            "ck_messages_one_recipient", "(recipient_id IS NULL) <> (robot_id IS NULL)"
        )
    op.create_table(
        "message_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_attempts_message_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message_attempts"),
    )
    op.create_index("ix_message_attempts_destination", "message_attempts", ["destination", "at"])
    op.create_index("ix_message_attempts_message_id", "message_attempts", ["message_id"])
    op.create_index("ix_message_attempts_act", "message_attempts", ["act"])
    with op.batch_alter_table("job_runs") as batch:
        batch.add_column(sa.Column("duration_ms", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("failing_since", sa.DateTime(), nullable=True))
    # An outcome is kept in both languages from now on; the old one is a minute old and in neither.
    op.execute("""UPDATE job_runs SET outcome = '{"own":""}'""")


def downgrade() -> None:
    op.execute("UPDATE job_runs SET outcome = ''")
    with op.batch_alter_table("job_runs") as batch:
        batch.drop_column("failing_since")
        batch.drop_column("duration_ms")
    op.drop_table("message_attempts")
    # Nobody is named by a message to a group, and the column takes no nobody any more.
    op.execute("DELETE FROM messages WHERE recipient_id IS NULL")
    with op.batch_alter_table("messages") as batch:
        batch.drop_constraint("ck_messages_one_recipient", type_="check")
        batch.drop_constraint("fk_messages_robot_id", type_="foreignkey")
        batch.drop_index("ix_messages_robot_id")
        batch.drop_index("ix_messages_bundle")
        batch.alter_column("recipient_id", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("holder")
        batch.drop_column("bundle")
        batch.drop_column("robot_id")
    op.drop_table("reminder_preferences")
    op.drop_table("reminder_rules")
    op.drop_table("plan_robots")
    op.drop_table("robots")
