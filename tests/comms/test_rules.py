"""A plan's own rules of reminding: what is kept of them, who may change them, what is refused."""

from datetime import time

import pytest

from app.comms import jobs
from app.comms import rule_services as services
from app.comms.models import PlanRobot, RuleRow
from app.comms.rule_queries import groups_stamp, plan_rule, plan_rules
from app.comms.rules import rules_of
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.i18n import in_language
from app.core.registries import subjects
from tests.comms.rules_at_hand import action_of_the_clerk, at, details, mails, robot
from tests.conftest import NOW


def save(key, people, seen=None, **changes):
    services.save_rule(1, key, details(**changes), seen=seen, actor=people.pm, now=NOW)


def add(kind, people, **changes):
    return services.add_rule(1, kind, details(**changes), actor=people.pm, now=NOW)


def rows():
    return db.session.scalars(db.select(RuleRow).order_by(RuleRow.id)).all()


def in_use(key):
    return next((rule for rule in rules_of([1])[1] if rule.key == key), None)


def step(key):
    found = plan_rule(1, key)
    assert found is not None
    return found


# What is kept


def test_a_plan_begins_with_what_the_subjects_propose_and_keeps_no_row(context):
    steps = plan_rules(1)
    assert list(steps) == [kind for kind, _subject in subjects]
    assert [s.rule.key for s in steps["report"]] == [
        "report.before", "report.today", "report.missing", "report.escalated",
    ]  # fmt: skip
    assert all(s.is_on and not s.is_changed for of in steps.values() for s in of)
    assert not rows()


def test_a_changed_rule_is_in_use_and_marked_as_changed(people):
    save("report.before", people, offset=-2, at=time(15, 30), to=("responsible", "role:head"))
    rule = in_use("report.before")
    assert (rule.offset, rule.hour, rule.minute) == (-2, 15, 30)
    assert rule.to == ("responsible", "role:head")
    assert step("report.before").is_changed
    [entry] = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.object_type == "reminder_rules")
    )
    assert (entry.action, entry.plan_id, entry.actor_id) == ("changed", 1, people.pm.id)
    assert entry.changes["offset"] == [-1, -2]


def test_what_is_as_proposed_keeps_no_row(people):
    save("report.before", people, offset=-2)
    save("report.before", people)
    assert not rows() and not step("report.before").is_changed
    save("report.before", people)
    save("report.before", people, offset=-3)
    services.reset_rule(1, "report.before", actor=people.pm, now=NOW)
    assert not rows() and in_use("report.before").offset == -1


def test_a_rule_is_switched_off_and_on_again(people):
    services.switch_rule(1, "task.before", is_on=False, actor=people.pm, now=NOW)
    assert in_use("task.before") is None and not step("task.before").is_on
    services.switch_rule(1, "task.before", is_on=True, actor=people.pm, now=NOW)
    assert in_use("task.before") and not rows()


def test_a_changed_rule_stays_changed_when_it_is_switched(people):
    save("task.before", people, offset=-7)
    for is_on in (False, True):
        services.switch_rule(1, "task.before", is_on=is_on, actor=people.pm, now=NOW)
    assert in_use("task.before").offset == -7


def test_steps_are_added_in_their_place_and_taken_out(people):
    first = add("report", people, offset=-2)
    second = add("report", people, offset=4, is_hours=True)
    assert (first.key, second.key) == ("report.own1", "report.own2")
    assert [s.rule.key for s in plan_rules(1)["report"]] == [
        "report.own1", "report.before", "report.today", "report.own2", "report.missing",
        "report.escalated",
    ]  # fmt: skip
    services.remove_rule(1, "report.own1", actor=people.pm, now=NOW)
    assert [row.key for row in rows()] == ["report.own2"]
    save("report.before", people, offset=-3)
    with pytest.raises(NotFound):
        services.remove_rule(1, "report.before", actor=people.pm, now=NOW)
    with pytest.raises(NotFound):
        services.reset_rule(1, "report.own2", actor=people.pm, now=NOW)


def test_a_removed_step_leaves_its_name_to_the_messages_that_it_wrote(people):
    """Else the next step of that name would find everything said already."""
    action = action_of_the_clerk(people)
    add("action", people, offset=-3, at=time(16, 30))
    unit_of_work.commit()
    jobs.write_reminders(at(25, 16, 31))
    assert {mail.kind for mail in mails(action)} == {"action.own1"}
    services.remove_rule(1, "action.own1", actor=people.pm, now=NOW)
    assert add("action", people, offset=-2).key == "action.own2"


def test_two_savers_the_second_is_told_what_the_first_saved(people):
    seen = step("report.before").stamp
    save("report.before", people, seen, offset=-2)
    with pytest.raises(Conflict) as refused:
        save("report.before", people, seen, offset=-3)
    assert refused.value.theirs["offset"] == -2
    # A row that went and came back with other words has not stayed as it was.
    seen = step("report.before").stamp
    services.reset_rule(1, "report.before", actor=people.pm, now=NOW)
    save("report.before", people, offset=-5)
    with pytest.raises(Conflict):
        save("report.before", people, seen, offset=-3)


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("report", {"to": ()}, "to"),
        ("report", {"channels": ()}, "channels"),
        ("report", {"channels": ("pigeon",)}, "channels"),
        ("report", {"offset": -61}, "number"),
        ("report", {"offset": 61}, "number"),
        ("report", {"offset": 721, "is_hours": True}, "number"),
        ("report", {"offset": -(10**30), "is_hours": True}, "number"),
        ("report", {"to": ("role:pope",)}, "to"),
        ("report", {"to": ("everybody",)}, "to"),
        ("report", {"to": ("person:x",)}, "to"),
        ("report", {"to": ("person:99999999999999",)}, "to"),
        # What a member does not see in full cannot be posted to a group.
        ("report", {"channels": ("group",)}, "channels"),
        ("action", {"channels": ("inbox", "group")}, "channels"),
        # A meeting is over after it began, and nobody is above it.
        ("meeting", {"offset": 1}, "number"),
        ("meeting", {"to": ("above",)}, "to"),
        ("report", {"wording": {"zh": {"subject": "字" * 121}}}, "subject_zh"),
        ("report", {"wording": {"en": {"text": "x" * 2001}}}, "text_en"),
        ("report", {"wording": {"en": {"text": "{title} and {deadline}"}}}, "text_en"),
        ("report", {"wording": {"zh": {"subject": "{标题}"}}}, "subject_zh"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(people, kind, changes, field):
    with pytest.raises(DomainError) as refused:
        add(kind, people, **changes)
    assert refused.value.field == field
    assert not rows()


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("report", {"offset": 60}),
        ("report", {"offset": -720, "is_hours": True}),
        ("task", {"channels": ("group",)}),
        ("meeting", {"offset": 0}),
        ("report", {"wording": {"zh": {"subject": "字" * 120, "text": "{事项} {title} { x }"}}}),
    ],
)
def test_what_just_fits_is_kept(people, kind, changes):
    add(kind, people, **changes)
    assert len(rows()) == 1


def test_only_people_of_the_plan_are_named(people):
    with pytest.raises(DomainError) as refused:
        add("report", people, to=(f"person:{people.stranger.id}",))
    assert refused.value.field == "to"
    add("report", people, to=(f"person:{people.exec.id}",))


def test_a_blank_that_is_none_is_told_with_those_there_are(people):
    with in_language("en"):
        with pytest.raises(DomainError) as refused:
            add("report", people, wording={"en": {"text": "{deadline}"}})
        assert str(refused.value) == (
            "There is no blank {deadline}. There are: {title} {fact} {when} {name} {label}"
        )


def test_only_the_manager_changes_rules(people):
    row = robot()
    for who in (people.owner1, people.exec):
        act = {"actor": who, "now": NOW}
        for forbidden in (
            lambda act=act: services.save_rule(1, "report.before", details(), **act),
            lambda act=act: services.switch_rule(1, "report.before", is_on=False, **act),
            lambda act=act: services.reset_rule(1, "report.before", **act),
            lambda act=act: services.add_rule(1, "report", details(), **act),
            lambda act=act: services.remove_rule(1, "report.own1", **act),
            lambda act=act: services.choose_groups(1, [row.id], **act),
        ):
            with pytest.raises(Forbidden):
                forbidden()
    with pytest.raises(NotFound):
        services.save_rule(1, "report.before", details(), actor=people.stranger, now=NOW)


def test_a_rule_that_is_not_there_is_not_found(people):
    for key in ("report.own1", "nothing.before", "report", ""):
        with pytest.raises(NotFound):
            save(key, people)
    with pytest.raises(NotFound):
        add("nothing", people)


# Groups


def chosen():
    return db.session.scalars(db.select(PlanRobot.robot_id).order_by(PlanRobot.robot_id)).all()


def test_groups_are_chosen_and_given_up(people):
    one, two, off = robot(), robot("管理层群"), robot("旧群", is_enabled=False)
    act = {"actor": people.pm, "now": NOW}
    services.choose_groups(1, [one.id, two.id], **act)
    services.choose_groups(1, [two.id], **act)
    assert chosen() == [two.id]
    with pytest.raises(DomainError) as refused:
        services.choose_groups(1, [two.id, off.id], **act)
    assert refused.value.field == "robot_ids"
    with pytest.raises(DomainError):
        services.choose_groups(1, [12345], **act)
    # One that the administrator disabled later may stay chosen.
    two.is_enabled = False
    services.choose_groups(1, [one.id, two.id], **act)
    assert chosen() == [one.id, two.id]
    entries = db.session.scalars(
        db.select(AuditEntry.action)
        .where(AuditEntry.object_type == "plan_robots")
        .order_by(AuditEntry.id)
    ).all()
    assert entries == ["created", "created", "removed", "created"]


def test_two_who_choose_groups_the_second_is_told(people):
    one, two = robot(), robot("管理层群")
    seen = groups_stamp(1)
    services.choose_groups(1, [one.id], seen=seen, actor=people.pm, now=NOW)
    with pytest.raises(Conflict):
        services.choose_groups(1, [two.id], seen=seen, actor=people.pm, now=NOW)
    assert chosen() == [one.id]
