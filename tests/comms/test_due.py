"""What is due to be said: never on a day off, never twice, nothing left out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comms.due import Rule, To, due_messages, due_range, has_slot, newest_steps, send_day
from app.comms.rules import RULES
from app.plans.workcalendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()


@dataclass(frozen=True)
class Thing:
    kind: str
    object_key: str
    due_at: datetime
    recipients: tuple[int, ...] = (1,)
    escalate_to: tuple[int, ...] = (9,)
    occurrence: str = "x"


def at(day: date, hour: int = 9, minute: int = 7) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def thing(kind: str, day: date, key: str = "thing:1", **more) -> Thing:
    return Thing(kind, key, at(day, 17, 0), **more)


def found(things, since, until, rules=RULES):
    return due_messages(things, rules, CALENDAR, since, until, ZONE)


days = st.dates(date(2026, 1, 5), date(2027, 6, 30))
things = st.lists(
    st.builds(
        thing,
        st.sampled_from(sorted({rule.kind for rule in RULES})),
        days,
        st.integers(1, 6).map(lambda n: f"thing:{n}"),
        recipients=st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    max_size=8,
    unique_by=lambda t: (t.kind, t.object_key, t.due_at),
)


@pytest.mark.parametrize(
    ("due", "workdays", "sent"),
    [
        (date(2026, 11, 27), -1, date(2026, 11, 26)),
        (date(2026, 11, 27), 0, date(2026, 11, 27)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 27), 3, date(2026, 12, 2)),
        # A Sunday: the working day before is the Friday, the one after the Monday.
        (date(2026, 11, 29), -1, date(2026, 11, 27)),
        (date(2026, 11, 29), 0, date(2026, 11, 30)),
        (date(2026, 11, 29), 1, date(2026, 11, 30)),
        # Spring Festival 2026: off from 15 to 23 February, with Saturday the 14th at work.
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 2, 24), -1, date(2026, 2, 14)),
        # 20 September 2026 is a Sunday at work.
        (date(2026, 9, 21), -1, date(2026, 9, 20)),
    ],
)
def test_steps_are_counted_in_working_days(due, workdays, sent):
    assert send_day(due, workdays, CALENDAR) == sent


@given(things, days, st.integers(1, 40))
def test_nothing_is_sent_on_a_day_off_and_nothing_outside_the_span(rows, first, length):
    since, until = at(first, 0, 0), at(first + timedelta(days=length), 0, 0)
    for message in found(rows, since, until):
        assert since < message.at <= until
        local = message.at.astimezone(ZONE)
        assert CALENDAR.is_workday(local.date())
        assert (local.hour, local.minute) == (9, 7)


@given(things, days, st.lists(st.integers(1, 20_000), min_size=1, max_size=5))
def test_cutting_time_into_pieces_loses_nothing_and_says_nothing_twice(rows, first, minutes):
    """However often somebody looks, the same messages are found, each once."""
    cuts = [at(first, 0, 0)]
    for step in minutes:
        cuts.append(cuts[-1] + timedelta(minutes=step))
    whole = [m.key for m in found(rows, cuts[0], cuts[-1])]
    pieces = [m.key for a, b in zip(cuts, cuts[1:], strict=False) for m in found(rows, a, b)]
    assert sorted(whole) == sorted(pieces)
    assert len(set(whole)) == len(whole)


@given(things, days, st.integers(1, 30))
def test_what_is_asked_of_the_features_holds_everything_that_can_be_due(rows, first, length):
    since, until = at(first, 3, 0), at(first + timedelta(days=length), 3, 0)
    first_due, last_due = due_range(RULES, CALENDAR, since, until, ZONE)
    near = [row for row in rows if first_due <= row.due_at <= last_due]
    assert found(rows, since, until) == found(near, since, until)


@given(things, days, st.integers(1, 1439))
def test_without_a_time_of_sending_nothing_is_due(rows, first, minutes):
    since = at(first, 0, 0)
    until = since + timedelta(minutes=minutes)
    if not has_slot(RULES, since, until, ZONE):
        assert found(rows, since, until) == []


def test_an_escalation_goes_to_those_who_are_told_when_it_stays_undone():
    report = thing("report", date(2026, 11, 20))
    messages = found([report], at(date(2026, 11, 19), 0), at(date(2026, 11, 30), 0))
    assert [(m.rule.key, m.recipient, m.at) for m in messages] == [
        ("report.before", 1, at(date(2026, 11, 19))),
        ("report.today", 1, at(date(2026, 11, 20))),
        ("report.missing", 1, at(date(2026, 11, 23))),
        ("report.escalated", 9, at(date(2026, 11, 25))),
    ]


def test_after_downtime_one_step_is_said_and_not_a_pile():
    report = thing("report", date(2026, 11, 20))
    messages = found([report], at(date(2026, 11, 12), 0), at(date(2026, 11, 26), 12))
    assert [(m.rule.key, m.recipient) for m in newest_steps(messages)] == [
        ("report.missing", 1), ("report.escalated", 9),
    ]  # fmt: skip


def test_two_steps_at_one_instant_become_the_further_one():
    rules = (Rule("task.today", "task", 0), Rule("task.overdue", "task", 1))
    sunday = thing("task", date(2026, 11, 29))
    messages = found([sunday], at(date(2026, 11, 27)), at(date(2026, 12, 1)), rules)
    assert [m.rule.key for m in messages] == ["task.overdue"]


def test_every_rule_has_a_key_of_its_own_and_escalations_come_last():
    assert len({rule.key for rule in RULES}) == len(RULES)
    for kind in {rule.kind for rule in RULES}:
        steps = [rule for rule in RULES if rule.kind == kind]
        assert steps == sorted(steps, key=lambda rule: rule.workdays)
        assert all(rule.to is To.responsible for rule in steps[:-1])
