"""Dependencies between tasks and steps, constraints, baselines, answers to requests for resources,
committed money, days of departments, workbooks that come back.

Columns are added as they are, without rebuilding their tables, so that SQLite keeps its CHECKs.

Revision: 0002, after 0001, 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_days_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_days")),
        sa.UniqueConstraint(
            "department_id", "on", name=op.f("uq_department_days_department_id_on")
        ),
    )
    op.create_table(
        "baselines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_baselines_created_by_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_baselines_plan_id")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshots.id"], name=op.f("fk_baselines_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint("plan_id", "name", name=op.f("uq_baselines_plan_id_name")),
    )
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baselines_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("changes_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_uploads_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_uploads_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploads_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("before_task_id", sa.Integer(), nullable=False),
        sa.Column("before_step_id", sa.Integer(), nullable=True),
        sa.Column("after_task_id", sa.Integer(), nullable=False),
        sa.Column("after_step_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("lag_workdays", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_step_id"], ["steps.id"], name=op.f("fk_links_after_step_id")
        ),
        sa.ForeignKeyConstraint(
            ["after_task_id"], ["tasks.id"], name=op.f("fk_links_after_task_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_step_id"], ["steps.id"], name=op.f("fk_links_before_step_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_task_id"], ["tasks.id"], name=op.f("fk_links_before_task_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_links_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("pair", name=op.f("uq_links_pair")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_after_task_id"), ["after_task_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_links_before_task_id"), ["before_task_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_links_plan_id"), ["plan_id"], unique=False)

    op.execute(
        "INSERT INTO links (plan_id, before_task_id, after_task_id, kind, lag_workdays, pair)"
        " SELECT t.plan_id, d.after_task_id, d.task_id, 'FS', d.lag_workdays,"
        " 'task:' || d.after_task_id || '>task:' || d.task_id"
        " FROM task_dependencies d JOIN tasks t ON t.id = d.task_id"
    )
    op.drop_index("ix_task_dependencies_task_id", table_name="task_dependencies")
    op.drop_table("task_dependencies")

    op.execute(
        "ALTER TABLE budget_lines ADD COLUMN committed_cents INTEGER DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_budget_lines_committed CHECK (committed_cents >= 0)"
    )
    # What was paid had been ordered.
    op.execute("UPDATE budget_lines SET committed_cents = actual_cents")

    op.execute(
        "ALTER TABLE resources ADD COLUMN needed_until_on DATE"
        " CONSTRAINT ck_resources_until_after_from CHECK (needed_until_on >= needed_on)"
    )
    op.add_column("resources", sa.Column("answer", sa.Text(), server_default="", nullable=False))
    op.add_column("resources", sa.Column("promised_on", sa.Date()))
    op.add_column("resources", sa.Column("delivered_on", sa.Date()))
    op.execute(
        "ALTER TABLE resources ADD COLUMN answered_by_id INTEGER"
        " CONSTRAINT fk_resources_answered_by_id REFERENCES persons (id)"
    )
    op.add_column("resources", sa.Column("answered_at", sa.DateTime()))

    for table in ("tasks", "steps"):
        op.add_column(table, sa.Column("not_before_on", sa.Date()))
        op.add_column(table, sa.Column("not_after_on", sa.Date()))
        op.add_column(
            table, sa.Column("is_fixed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        op.add_column(
            table,
            sa.Column("off_day", sa.String(length=32), server_default="keep", nullable=False),
        )
    for name in ("forecast_finish_on", "baseline_start_on", "baseline_finish_on"):
        op.add_column("steps", sa.Column(name, sa.Date()))
    op.execute("UPDATE steps SET baseline_start_on = start_on, baseline_finish_on = finish_on")


def downgrade() -> None:
    for name in ("forecast_finish_on", "baseline_start_on", "baseline_finish_on"):
        op.drop_column("steps", name)
    for table in ("tasks", "steps"):
        for name in ("not_before_on", "not_after_on", "is_fixed", "off_day"):
            op.drop_column(table, name)
    op.drop_column("resources", "needed_until_on")
    # A column that refers to another table goes only with a rebuilt table, on SQLite.
    with op.batch_alter_table("resources") as batch_op:
        batch_op.drop_column("answered_by_id")
        for name in ("answered_at", "delivered_on", "promised_on", "answer"):
            batch_op.drop_column(name)
    op.drop_column("budget_lines", "committed_cents")

    op.create_table(
        "task_dependencies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("after_task_id", sa.Integer(), nullable=False),
        sa.Column("lag_workdays", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_task_id"], ["tasks.id"], name=op.f("fk_task_dependencies_after_task_id")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_task_dependencies_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_dependencies")),
        sa.UniqueConstraint(
            "task_id", "after_task_id", name=op.f("uq_task_dependencies_task_id_after_task_id")
        ),
    )
    with op.batch_alter_table("task_dependencies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_dependencies_task_id"), ["task_id"], unique=False)

    op.execute(
        "INSERT INTO task_dependencies (task_id, after_task_id, lag_workdays)"
        " SELECT after_task_id, before_task_id, lag_workdays FROM links"
        " WHERE kind = 'FS' AND before_step_id IS NULL AND after_step_id IS NULL"
    )

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_links_plan_id"))
        batch_op.drop_index(batch_op.f("ix_links_before_task_id"))
        batch_op.drop_index(batch_op.f("ix_links_after_task_id"))

    op.drop_table("links")
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploads_plan_id"))

    op.drop_table("uploads")
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baselines_plan_id"))

    op.drop_table("baselines")
    op.drop_table("department_days")
