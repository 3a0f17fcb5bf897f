"""Each thing and step that names a person gets one verdict, and no verdict promises otherwise than
the rules by which reminders are written."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comms.due import ABOVE, RESPONSIBLE, Rule, due_messages, recipients, send_at
from app.comms.kindness import USUAL, Habits, handed_over, stand_in, welcome_at
from app.comms.verdicts import Situation, Verdict, Wait, judge, why_later
from app.plans.workcalendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
THURSDAY = date(2026, 11, 26)
FRIDAY, SATURDAY, MONDAY = (THURSDAY + timedelta(days=days) for days in (1, 2, 4))
OWNER, MANAGER, STAND_IN, STRANGER = 1, 2, 3, 4


def at(day: date, hour: int = 9, minute: int = 7) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


NOW = at(THURSDAY, 16, 20)
SINCE, UNTIL = NOW - timedelta(days=14), NOW + timedelta(days=14)
BEFORE = Rule("task.before", "task", -3)
TODAY = Rule("task.today", "task", 0)
OVERDUE = Rule("task.overdue", "task", 1)
ESCALATED = Rule("task.escalated", "task", 5, (ABOVE,))


@dataclass(frozen=True)
class Thing:
    due_at: datetime
    kind: str = "task"
    object_key: str = "task:1"
    occurrence: str = "x"
    recipients: tuple[int, ...] = (OWNER,)
    escalate_to: tuple[int, ...] = (MANAGER,)
    done_at: datetime | None = None


KINDS = frozenset({"task", "report"})
USUALLY = Situation(
    rules=(BEFORE, TODAY, OVERDUE, ESCALATED),
    off=(),
    calendar=CALENDAR,
    tz=ZONE,
    people={},
    leaves={},
    readers=dict.fromkeys((OWNER, MANAGER, STAND_IN), KINDS),
    reads={"task", "report"},
    looked_at=NOW,
    now=NOW,
)


def verdicts(thing, person=OWNER, told=None, **changed):
    rows = judge(person, [thing], replace(USUALLY, **changed), told or {}, SINCE, UNTIL)
    return {named.rule.key: verdict for named, verdict in rows}


def due(day: date, **values) -> Thing:
    return Thing(at(day, 23, 59), **values)


def test_what_lies_ahead_comes():
    assert verdicts(due(MONDAY)) == {
        # Due on Monday, the step three working days before was on Wednesday.
        "task.before": Verdict.came_later,
        "task.today": Verdict.comes,
        "task.overdue": Verdict.comes,
    }
    assert verdicts(due(FRIDAY), MANAGER) == {"task.escalated": Verdict.comes}


@pytest.mark.parametrize("verdict", [Verdict.came, Verdict.waits, Verdict.dead, Verdict.cancelled])
def test_what_was_written_is_as_the_outbox_says(verdict):
    place = ("task.today", "task:1", "x")
    thing = due(THURSDAY, done_at=at(date(2026, 11, 20)))
    assert verdicts(thing, told={place: verdict})["task.today"] is verdict
    assert verdicts(thing, told={place: verdict}, off=(TODAY,), rules=(BEFORE,)) == {
        "task.before": Verdict.done, "task.today": verdict,
    }  # fmt: skip


def test_what_was_done_before_its_day_or_before_its_turn_needed_nothing():
    thing = due(FRIDAY, done_at=at(THURSDAY, 8, 0))
    assert verdicts(thing) == {
        "task.before": Verdict.came_later,
        "task.today": Verdict.done,
        "task.overdue": Verdict.done,
    }
    # Done in the morning, to be said in the afternoon of the same day.
    later = replace(TODAY, hour=17)
    done = due(THURSDAY, done_at=at(THURSDAY, 8, 0))
    assert verdicts(done, rules=(later,)) == {"task.today": Verdict.done}
    # So it is when the run has passed over it.
    assert verdicts(done, rules=(TODAY,)) == {"task.today": Verdict.done}
    # Done in the afternoon: it was open when the step was to be said, and nothing was.
    done = due(THURSDAY, done_at=at(THURSDAY, 15, 0))
    assert verdicts(done, rules=(TODAY,)) == {"task.today": Verdict.came_later}


def test_a_rule_that_is_switched_off_says_so():
    assert verdicts(due(MONDAY), rules=(BEFORE,), off=(TODAY,))["task.today"] is Verdict.rule_off


def test_what_these_eyes_may_not_see_is_not_told():
    assert set(verdicts(due(MONDAY), reads=set()).values()) == {Verdict.unseen}


def test_what_is_handed_over_is_found_with_both():
    leaves = {OWNER: [(FRIDAY, MONDAY, STAND_IN)]}
    theirs = verdicts(due(MONDAY), leaves=leaves)
    assert theirs["task.today"] is Verdict.handed_over and theirs["task.overdue"] is Verdict.comes
    [(named, verdict)] = judge(
        STAND_IN, [due(MONDAY)], replace(USUALLY, leaves=leaves), {}, SINCE, UNTIL
    )
    assert (named.rule, verdict, named.stands_in_for) == (TODAY, Verdict.comes, OWNER)
    # Somebody without a part in the plan stands in for nobody.
    nobody = {OWNER: [(FRIDAY, MONDAY, STRANGER)]}
    assert verdicts(due(MONDAY), leaves=nobody)["task.today"] is Verdict.comes
    assert verdicts(due(MONDAY), STRANGER, leaves=nobody) == {}


def test_whoever_is_away_and_stands_in_too_gets_what_is_the_others():
    both = due(MONDAY, recipients=(OWNER, MANAGER))
    away = {OWNER: [(FRIDAY, MONDAY, STAND_IN)], MANAGER: [(FRIDAY, MONDAY, OWNER)]}
    [(named, verdict)] = judge(
        OWNER, [both], replace(USUALLY, rules=(TODAY,), leaves=away), {}, SINCE, UNTIL
    )
    assert (verdict, named.stands_in_for, named.handed_to) == (Verdict.comes, MANAGER, None)
    # Of what is for both, their own comes first.
    away = {MANAGER: [(FRIDAY, MONDAY, OWNER)]}
    both = replace(both, recipients=(MANAGER, OWNER))
    [(named, verdict)] = judge(
        OWNER, [both], replace(USUALLY, rules=(TODAY,), leaves=away), {}, SINCE, UNTIL
    )
    assert (verdict, named.stands_in_for) == (Verdict.comes, None)


def test_a_further_step_at_the_same_instant_speaks_for_both():
    further = Rule("task.own1", "task", 24, is_hours=True)
    same = Rule("task.own2", "task", 1, hour=12, minute=0)
    thing = Thing(at(THURSDAY, 12, 0))
    assert verdicts(thing, rules=(further, same)) == {
        "task.own1": Verdict.comes, "task.own2": Verdict.superseded,
    }  # fmt: skip


def test_what_the_next_run_finds_too_late_is_not_said():
    """Nothing ran since Monday: of two steps the newest is said, and none before the deadline."""
    monday = at(date(2026, 11, 23), 8, 0)
    assert verdicts(due(date(2026, 11, 24)), looked_at=monday) == {
        "task.before": Verdict.came_later,
        "task.today": Verdict.superseded,
        "task.overdue": Verdict.comes,
    }
    shortly_before = Rule("task.own1", "task", -1, is_hours=True)
    assert verdicts(Thing(at(THURSDAY, 12, 0)), rules=(shortly_before,), looked_at=monday) == {
        "task.own1": Verdict.passed
    }


def test_nobody_else_is_named():
    assert verdicts(due(MONDAY), STAND_IN) == {}


PERSONS = (OWNER, MANAGER, STAND_IN, STRANGER)
instants = st.datetimes(datetime(2026, 11, 5), datetime(2026, 12, 15), timezones=st.just(UTC))
some_people = st.lists(st.sampled_from(PERSONS), unique=True, max_size=2).map(tuple)
things = st.lists(
    st.builds(
        Thing,
        due_at=instants,
        kind=st.sampled_from(["task", "report"]),
        object_key=st.sampled_from(["thing:1", "thing:2", "thing:3", "thing:4"]),
        recipients=some_people,
        escalate_to=some_people,
        done_at=st.none() | instants,
    ),
    max_size=4,
    unique_by=lambda thing: thing.object_key,
)
rules = st.lists(
    st.builds(
        Rule,
        key=st.sampled_from([f"own{n}" for n in range(6)]),
        kind=st.sampled_from(["task", "report"]),
        offset=st.integers(-3, 5),
        to=st.lists(
            st.sampled_from([RESPONSIBLE, ABOVE, "role:manager", f"person:{STAND_IN}"]),
            unique=True, min_size=1, max_size=2,
        ).map(tuple),
        hour=st.sampled_from([9, 17]),
        is_hours=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda rule: rule.key,
)  # fmt: skip
leaves = st.dictionaries(
    st.sampled_from(PERSONS),
    st.tuples(
        st.dates(date(2026, 11, 10), date(2026, 12, 12)),
        st.integers(0, 12),
        st.none() | st.sampled_from(PERSONS),
    ).map(lambda leave: [(leave[0], leave[0] + timedelta(days=leave[1]), leave[2])]),
)


@st.composite
def situations(draw) -> Situation:
    every = draw(rules)
    split = draw(st.integers(0, len(every)))
    return replace(
        USUALLY,
        rules=every[:split],
        off=every[split:],
        people={"role:manager": [MANAGER], f"person:{STAND_IN}": [STAND_IN]},
        leaves=draw(leaves),
        readers=dict.fromkeys(
            draw(st.sets(st.sampled_from(PERSONS), min_size=1)), KINDS
        ),
        reads=draw(st.sets(st.sampled_from(["task", "report"]))),
        looked_at=NOW - timedelta(hours=draw(st.integers(0, 48))),
    )


def named_by_hand(person, rows, s):
    places = set()
    for thing in rows:
        for rule in (*s.rules, *s.off):
            when = send_at(thing.due_at, rule, s.calendar, s.tz)
            if rule.kind != thing.kind or not SINCE < when <= UNTIL:
                continue
            ids = [i for i, _why in recipients(thing, rule, s.people)]
            instead = {stand_in(s.leaves.get(i, ()), when.astimezone(ZONE).date()) for i in ids}
            if person in ids or person in instead & set(s.readers):
                places.add((rule.key, thing.object_key, thing.occurrence))
    return places


@given(st.sampled_from(PERSONS), things, situations(), st.data())
def test_every_step_that_names_the_person_gets_exactly_one_verdict(person, rows, s, data):
    named = named_by_hand(person, rows, s)
    told = data.draw(
        st.dictionaries(st.sampled_from(sorted(named)), st.just(Verdict.came))
        if named else st.just({})
    )  # fmt: skip
    judged = judge(person, rows, s, told, SINCE, UNTIL)
    places = [row.place for row, _verdict in judged]
    assert len(places) == len(set(places)) and set(places) == named
    assert {row.place for row, verdict in judged if verdict is Verdict.came} == set(told)


@given(st.sampled_from(PERSONS), things, situations())
def test_what_the_rules_will_say_comes_and_nothing_else_does(person, rows, s):
    """Run after run, as the minutes pass, without a change of the data."""
    found = handed_over(
        due_messages(rows, s.rules, s.calendar, NOW, UNTIL, ZONE, s.people), s.leaves, s.readers,
        ZONE,
    )  # fmt: skip
    will_be_said = {
        message.key[:3]
        for message in found
        if message.recipient == person and message.against is None
        and message.rule.kind in s.reads
    }  # fmt: skip
    judged = judge(person, rows, s, {}, SINCE, UNTIL)
    comes = {row.place for row, v in judged if v is Verdict.comes and row.at > NOW}
    assert comes == will_be_said
    # What the rules say is never taken for something that they leave out.
    left_out = {row.place for row, v in judged if v in (Verdict.rule_off, Verdict.handed_over)}
    assert left_out.isdisjoint(will_be_said)


DAILY = Habits(daily=time(16, 30))


@pytest.mark.parametrize(
    ("when", "habits", "away", "why"),
    [
        (at(THURSDAY), USUAL, (), None),
        (at(THURSDAY, 21, 0), USUAL, (), Wait.quiet),
        (at(SATURDAY), USUAL, (), Wait.day_off),
        (at(THURSDAY), Habits(days=frozenset({0})), (), Wait.other_day),
        (at(THURSDAY), DAILY, (), Wait.daily),
        (at(THURSDAY, 16, 30), DAILY, (), None),
        (at(THURSDAY), USUAL, ((THURSDAY, FRIDAY, None),), Wait.away),
    ],
)
def test_a_mail_that_waits_says_why(when, habits, away, why):
    assert why_later(when, habits, CALENDAR, ZONE, away) is why


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(
    instants,
    st.builds(
        Habits, daily=st.none() | times, days=st.frozensets(st.integers(0, 6), min_size=1),
        quiet_from=times, quiet_until=times,
    ),
)  # fmt: skip
def test_a_reason_is_there_exactly_when_the_mail_is_held_back(when, habits):
    when = when.replace(second=0, microsecond=0)
    held_back = welcome_at(when, habits, CALENDAR, ZONE) != when
    assert (why_later(when, habits, CALENDAR, ZONE) is not None) == held_back
