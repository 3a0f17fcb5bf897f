"""What is due to be said: never on a day off, never twice, nothing left out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comms.due import (
    ABOVE,
    RESPONSIBLE,
    Against,
    Rule,
    due_messages,
    due_spans,
    send_at,
    send_day,
    weighed,
)
from app.plans.workcalendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
RULES = (
    Rule("report.before", "report", -1),
    Rule("report.today", "report", 0),
    Rule("report.missing", "report", 1),
    Rule("report.escalated", "report", 3, (ABOVE,)),
    Rule("task.before", "task", -3),
    Rule("task.today", "task", 0, hour=16, minute=37),
    Rule("task.escalated", "task", 5, (ABOVE, "role:executive")),
    Rule("meeting.before", "meeting", -1),
    Rule("meeting.soon", "meeting", -2, is_hours=True),
    Rule("meeting.minutes", "meeting", 26, is_hours=True),
)


@dataclass(frozen=True)
class Thing:
    kind: str
    object_key: str
    due_at: datetime
    recipients: tuple[int, ...] = (1,)
    escalate_to: tuple[int, ...] = (9,)
    occurrence: str = "x"
    done_at: datetime | None = None


def at(day: date, hour: int = 9, minute: int = 7) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def thing(kind: str, day: date, key: str = "thing:1", **more) -> Thing:
    return Thing(kind, key, at(day, 17, 0), **{"occurrence": day.isoformat(), **more})


def found(things, since, until, rules=RULES, people=None):
    return due_messages(things, rules, CALENDAR, since, until, ZONE, people)


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
        if not message.rule.is_hours:
            assert (local.hour, local.minute) == (message.rule.hour, message.rule.minute)


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


@given(things, days, st.integers(1, 40_000), st.integers(0, 1439))
def test_what_is_asked_of_the_features_holds_everything_that_can_be_due(rows, first, length, begin):
    since = at(first, 0, 0) + timedelta(minutes=begin)
    until = since + timedelta(minutes=length)
    spans = due_spans(RULES, CALENDAR, since, until, ZONE)
    near = [row for row in rows if any(a <= row.due_at <= b for a, b in spans)]
    assert found(rows, since, until) == found(near, since, until)


@given(days, st.integers(0, 1439), st.integers(1, 3000))
def test_the_spans_are_in_order_and_apart_and_hold_no_day_for_nothing(first, begin, length):
    since = at(first, 0, 0) + timedelta(minutes=begin)
    until = since + timedelta(minutes=length)
    spans = due_spans(RULES, CALENDAR, since, until, ZONE)
    assert all(a <= b for a, b in spans)
    assert all(a[1] < b[0] for a, b in zip(spans, spans[1:], strict=False))
    for rule in RULES:
        if rule.is_hours:
            continue
        for a, b in due_spans([rule], CALENDAR, since, until, ZONE):
            for due in (a, b):
                assert since < send_at(due, rule, CALENDAR, ZONE) <= until


@given(
    st.integers(-72, 72),
    st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 20), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 20), timezones=st.just(UTC)),
    st.integers(1, 5000),
)
def test_no_hours_from_a_day_off_are_left_out_of_the_spans(hours, due, since, minutes):
    rule = Rule("meeting.x", "meeting", hours, is_hours=True)
    said = send_at(due, rule, CALENDAR, ZONE)
    # A window around the instant at which it is said, wherever that lies.
    since = said - timedelta(minutes=1 + since.minute * 60)
    until = said + timedelta(minutes=minutes)
    spans = due_spans([rule], CALENDAR, since, until, ZONE)
    assert any(first <= due <= last for first, last in spans)


@pytest.mark.parametrize(
    ("due", "hours", "since", "until"),
    [
        # 48 hours before a Tuesday's meeting is a Sunday, and so said on the Friday; nothing ran
        # from Friday noon to Sunday morning.
        (at(date(2026, 12, 1), 14, 0), -48, at(date(2026, 11, 27), 12, 0),
         at(date(2026, 11, 29), 10, 0)),
        (at(date(2026, 11, 27), 14, 0), 24, at(date(2026, 11, 28), 16, 0),
         at(date(2026, 11, 30), 15, 0)),
    ],
)  # fmt: skip
def test_hours_that_end_on_a_day_off_are_found_from_any_hour_of_it(due, hours, since, until):
    rule = Rule("meeting.x", "meeting", hours, is_hours=True)
    assert since < send_at(due, rule, CALENDAR, ZONE) <= until
    assert any(a <= due <= b for a, b in due_spans([rule], CALENDAR, since, until, ZONE))


def test_each_occurrence_of_a_thing_is_said_for_itself_after_downtime():
    months = [
        thing("report", day, occurrence=day.isoformat())
        for day in (date(2026, 11, 13), date(2026, 11, 20))
    ]
    until = at(date(2026, 11, 24), 12)
    said = weighed(found(months, at(date(2026, 11, 9), 0), until), until)
    assert [
        (m.deadline.occurrence, m.rule.key) for m in said if m.against is None and m.recipient == 1
    ] == [("2026-11-13", "report.missing"), ("2026-11-20", "report.missing")]


def test_in_a_minute_without_a_time_of_sending_nobody_is_asked():
    rules = [rule for rule in RULES if not rule.is_hours]
    noon = at(date(2026, 11, 26), 12, 0)
    assert due_spans(rules, CALENDAR, noon, noon + timedelta(minutes=1), ZONE) == []


@pytest.mark.parametrize(
    ("hours", "due", "sent"),
    [
        (-2, (date(2026, 11, 27), 14), (date(2026, 11, 27), 12)),
        # A Monday morning's meeting a day ahead: Friday at that time, not the Sunday.
        (-24, (date(2026, 11, 30), 9), (date(2026, 11, 27), 9)),
        (24, (date(2026, 11, 27), 9), (date(2026, 11, 30), 9)),
    ],
)
def test_hours_are_counted_by_the_clock_and_moved_off_days_off(hours, due, sent):
    rule = Rule("meeting.x", "meeting", hours, is_hours=True)
    assert send_at(at(*due, 0), rule, CALENDAR, ZONE) == at(*sent, 0)


def test_an_escalation_goes_to_those_who_are_told_when_it_stays_undone():
    report = thing("report", date(2026, 11, 20))
    messages = found([report], at(date(2026, 11, 19), 0), at(date(2026, 11, 30), 0))
    assert [(m.rule.key, m.recipient, m.at) for m in messages] == [
        ("report.before", 1, at(date(2026, 11, 19))),
        ("report.today", 1, at(date(2026, 11, 20))),
        ("report.missing", 1, at(date(2026, 11, 23))),
        ("report.escalated", 9, at(date(2026, 11, 25))),
    ]


def test_after_downtime_one_step_is_said_and_the_others_say_why_not():
    report = thing("report", date(2026, 11, 20))
    messages = found([report], at(date(2026, 11, 12), 0), at(date(2026, 11, 26), 12))
    assert [
        (m.rule.key, m.recipient, m.against) for m in weighed(messages, at(date(2026, 11, 26), 12))
    ] == [
        ("report.before", 1, Against.passed), ("report.today", 1, Against.superseded),
        ("report.missing", 1, None), ("report.escalated", 9, None),
    ]  # fmt: skip


def test_a_step_before_a_meeting_that_has_begun_is_moot():
    meeting = thing("meeting", date(2026, 11, 20))
    messages = found([meeting], at(date(2026, 11, 12), 0), at(date(2026, 11, 20), 18))
    assert {m.against for m in weighed(messages, at(date(2026, 11, 20), 18))} == {Against.passed}
    assert {m.against for m in weighed(messages, at(date(2026, 11, 20), 16))} == {
        Against.superseded, None,
    }  # fmt: skip


@given(things, days, st.integers(1, 60))
def test_after_any_downtime_each_open_thing_is_said_to_each_person_once_at_most(
    rows, first, length
):
    until = at(first + timedelta(days=length), 12)
    said = [m for m in weighed(found(rows, at(first, 0), until), until) if m.against is None]
    places = [
        (m.deadline.kind, m.deadline.object_key, m.deadline.occurrence, m.recipient) for m in said
    ]
    assert len(places) == len(set(places))


@given(things, days, st.integers(1, 60))
def test_nothing_due_to_be_said_vanishes_without_a_reason(rows, first, length):
    until = at(first + timedelta(days=length), 12)
    messages = found(rows, at(first, 0), until)
    assert [m.key for m in weighed(messages, until)] == [m.key for m in messages]


def test_what_was_done_before_the_day_is_not_spoken_of_and_on_the_day_says_so():
    def told(done_at):
        report = thing("report", date(2026, 11, 27), done_at=done_at)
        return [
            (m.rule.key, m.against)
            for m in found([report], at(date(2026, 11, 26), 0), at(date(2026, 11, 26), 12))
        ]

    assert told(None) == [("report.before", None)]
    assert told(at(date(2026, 11, 26), 8, 41)) == [("report.before", Against.done)]
    assert told(at(date(2026, 11, 25), 18)) == []
    # Done while nothing ran: it would have been said, and no longer needs to be.
    assert told(at(date(2026, 11, 26), 11)) == [("report.before", Against.done)]


def test_two_steps_at_one_instant_become_the_further_one():
    rules = (Rule("task.today", "task", 0), Rule("task.overdue", "task", 1))
    sunday = thing("task", date(2026, 11, 29))
    messages = found([sunday], at(date(2026, 11, 27)), at(date(2026, 12, 1)), rules)
    assert [m.rule.key for m in messages] == ["task.overdue"]


def test_a_rule_names_people_by_their_part_their_role_or_themselves_and_each_once():
    rule = Rule("task.own1", "task", 0, (RESPONSIBLE, "role:manager", "person:7"))
    task = thing("task", date(2026, 11, 27))
    people = {"role:manager": [1, 5], "person:7": [7]}
    messages = found([task], at(date(2026, 11, 27), 0), at(date(2026, 11, 28)), [rule], people)
    assert [(m.recipient, m.selector) for m in messages] == [
        (1, RESPONSIBLE), (5, "role:manager"), (7, "person:7"),
    ]  # fmt: skip
