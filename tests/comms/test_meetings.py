"""Meetings: made from their series, moved, answered, held, and read by the right people."""

from datetime import date, timedelta

import pytest

from app.comms import meetings as services
from app.comms.meeting_answers import meeting_deadlines, meeting_todos
from app.comms.meeting_queries import agenda, meeting_for, meetings_of, next_meeting
from app.comms.models import Answer, Meeting, MeetingSeries, MeetingState
from app.comms.state import comms_state
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.formats import local_date
from app.core.permissions import viewer_for
from app.plans.models import Plan
from tests.conftest import NOW
from tests.sql import counted


@pytest.fixture
def meetings(plan):
    services.generate_meetings(plan, until=date(2027, 1, 31), now=NOW)
    db.session.flush()
    return db.session.scalars(db.select(Meeting).order_by(Meeting.starts_at)).all()


@pytest.fixture
def meeting(meetings):
    return meetings[0]


def test_each_series_makes_one_meeting_a_month_off_days_off(meetings, plan):
    days = [(m.series.kind.value, local_date(m.starts_at)) for m in meetings]
    assert days[0] == ("progress", date(2026, 11, 27))
    assert ("coordination", date(2026, 12, 9)) in days
    assert services.generate_meetings(plan, until=date(2027, 1, 31), now=NOW) == []


def test_the_manager_chairs_and_every_head_is_asked(meeting, people):
    asked = {row.person_id for row in services.attendances(meeting.id)}
    assert meeting.chair_id == people.pm.id
    assert asked == {
        people.pm.id, people.training.id, people.it.id, people.administration.id,
        people.marketing.id, people.finance.id,
    }  # fmt: skip


def test_a_moved_meeting_asks_everybody_again(meeting, people):
    services.answer_invitation(meeting, answer=Answer.accepted, actor=people.it, now=NOW)
    later = meeting.starts_at + timedelta(days=3)
    services.move_meeting(meeting, starts_at=later, ends_at=later + timedelta(hours=1),
                          place="3 楼 301", actor=people.pm, now=NOW)  # fmt: skip
    assert {row.answer for row in services.attendances(meeting.id)} == {Answer.none}


def test_the_end_must_follow_the_beginning_and_the_past_is_no_time_for_a_meeting(meeting, people):
    with pytest.raises(DomainError) as early:
        services.move_meeting(meeting, starts_at=meeting.starts_at, ends_at=meeting.starts_at,
                              place="", actor=people.pm, now=NOW)  # fmt: skip
    assert early.value.field == "ends"
    past = NOW - timedelta(days=1)
    with pytest.raises(DomainError) as late:
        services.move_meeting(meeting, starts_at=past, ends_at=past + timedelta(hours=1),
                              place="", actor=people.pm, now=NOW)  # fmt: skip
    assert late.value.field == "on"


def test_a_series_takes_its_coming_meetings_along_but_not_one_that_was_moved(meetings, people):
    series = db.session.scalars(
        db.select(MeetingSeries).where(MeetingSeries.kind == "progress")
    ).one()
    mine = [m for m in meetings if m.series_id == series.id]
    by_hand = mine[0].starts_at + timedelta(hours=2)
    services.move_meeting(mine[0], starts_at=by_hand, ends_at=by_hand + timedelta(hours=1),
                          place="", actor=people.pm, now=NOW)  # fmt: skip
    moved = services.change_series(series, nth=-1, weekday=3, hour=10, minute=0, minutes_long=60,
                                   place="", is_active=True, actor=people.pm, now=NOW)  # fmt: skip
    assert moved == len(mine) - 1
    assert mine[0].starts_at == by_hand
    assert local_date(mine[1].starts_at).weekday() == 3


def test_only_who_was_asked_answers(meeting, people):
    with pytest.raises(Forbidden):
        services.answer_invitation(meeting, answer=Answer.accepted, actor=people.clerk, now=NOW)


def test_minutes_wait_for_the_meeting_and_the_second_writer_is_told(meeting, people):
    with pytest.raises(DomainError):
        services.write_minutes(meeting, minutes="早了", present_ids=set(), actor=people.pm, now=NOW)
    after = meeting.ends_at
    seen = meeting.version
    services.write_minutes(meeting, minutes="第一份", present_ids={people.pm.id}, version=seen,
                           actor=people.pm, now=after)  # fmt: skip
    db.session.flush()
    with pytest.raises(Conflict) as second:
        services.write_minutes(meeting, minutes="第二份", present_ids=set(), version=seen,
                               actor=people.pm, now=after)  # fmt: skip
    assert second.value.theirs == {"minutes": "第一份"}
    assert meeting.state is MeetingState.held


def test_owners_and_members_read_only_meetings_they_are_asked_to(meetings, meeting, plan, people):
    owner = viewer_for(people.owner1, plan.id)
    assert meetings_of(owner) == []
    with pytest.raises(NotFound):
        meeting_for(owner, meeting.id)
    services.invite(meeting, person_id=people.owner1.id, actor=people.pm, now=NOW)
    assert meeting_for(owner, meeting.id) is meeting
    assert len(meetings_of(viewer_for(people.exec, plan.id))) == len(meetings)


def test_a_cancelled_meeting_is_no_longer_due_and_can_be_taken_back(meeting, plan, people):
    span = (NOW, NOW + timedelta(days=3))
    assert [d.object_key for d in meeting_deadlines([plan.id], *span)] == [f"meeting:{meeting.id}"]
    services.cancel_meeting(meeting, reason="会议室停电", actor=people.pm, now=NOW)
    assert meeting_deadlines([plan.id], *span) == []
    services.restore_meeting(meeting, actor=people.pm, now=NOW)
    assert len(meeting_deadlines([plan.id], *span)) == 1


def test_whoever_declined_is_not_reminded(meeting, plan, people):
    services.answer_invitation(meeting, answer=Answer.declined, actor=people.it, now=NOW)
    (deadline,) = meeting_deadlines([plan.id], NOW, NOW + timedelta(days=3))
    assert people.it.id not in deadline.recipients


def test_todos_ask_the_head_to_answer_and_the_manager_for_minutes(meeting, plan, people, context):
    with context.test_request_context():
        head = meeting_todos(plan.id, viewer_for(people.it, plan.id), NOW)
        assert [todo.kind for todo in head][0] == "meeting_answer"
        later = meeting_todos(plan.id, viewer_for(people.pm, plan.id), meeting.ends_at)
        assert "meeting_minutes" in [todo.kind for todo in later]


def test_the_agenda_holds_standing_points_then_what_people_wrote(meeting, plan, people, context):
    with context.test_request_context():
        services.add_agenda_item(meeting, title="前台值班安排", actor=people.it, now=NOW)
        titles = [str(row.title) for row in agenda(meeting, viewer_for(people.pm, plan.id), NOW)]
    assert "前台值班安排" in titles
    assert titles.index("前台值班安排") >= 2


def test_the_state_names_the_next_meeting_and_counts_answers(meeting, plan, people):
    services.answer_invitation(meeting, answer=Answer.accepted, actor=people.it, now=NOW)
    state = comms_state(plan.id, NOW, viewer_for(people.pm, plan.id))
    entry = next(m for m in state.meetings if m.id == state.next_meeting_id)
    assert (entry.id, entry.asked, entry.accepted) == (meeting.id, 6, 1)
    assert next_meeting(viewer_for(people.pm, plan.id), NOW).meeting is meeting


class TestPages:
    @pytest.fixture(autouse=True)
    def made(self, app):
        with app.app_context():
            services.generate_all(NOW)
            db.session.commit()

    def test_every_role_opens_what_it_may(self, client_of):
        for person, status in (("pm", 200), ("it", 200), ("exec", 200), ("owner1", 404)):
            assert client_of(person).get("/meetings/1").status_code == status
            assert client_of(person).get("/plans/1/meetings").status_code == 200

    def test_a_head_says_that_they_come(self, client_of, app):
        response = client_of("it").post("/meetings/1/answer", data={"answer": "accepted"})
        assert response.status_code == 303
        with app.app_context():
            assert any(r.answer is Answer.accepted for r in services.attendances(1))

    def test_text_in_the_place_of_a_day_stays_and_is_explained(self, client_of):
        page = client_of("pm").post(
            "/meetings/1/move",
            data={"on": "下周五", "starts": "14:00", "ends": "两点", "place": "301"},
        )
        text = page.get_data(as_text=True)
        assert page.status_code == 422
        assert "下周五" in text and "两点" in text

    def test_a_very_long_subject_with_emoji_is_refused_and_kept(self, client_of):
        title = "😀" * 10_000
        page = client_of("pm").post(
            "/plans/1/meetings/new",
            data={"title": title, "on": "2026-12-01", "starts": "10:00", "ends": "11:00"},
        )
        assert page.status_code == 422
        assert title in page.get_data(as_text=True)

    def test_user_text_is_escaped_and_control_characters_are_gone(self, client_of):
        client = client_of("pm")
        client.post("/meetings/1/agenda", data={"title": "<script>alert(1)</script>\x07x"})
        text = client.get("/meetings/1").get_data(as_text=True)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;x" in text
        assert "<script>alert" not in text

    def test_a_decision_of_another_meeting_is_not_struck_here(self, client_of, app):
        with app.app_context():
            meeting = db.session.get(Meeting, 2)
            from app.accounts.models import Person

            pm = db.session.scalars(
                db.select(Person).where(Person.email == "pm@example.com")
            ).one()
            services.record_decision(meeting, text="按原计划", actor=pm, now=NOW)
            db.session.commit()
        assert client_of("pm").post("/meetings/1/decisions/1/remove").status_code == 404
        assert client_of("pm").post("/meetings/2/decisions/1/remove").status_code == 303

    def test_the_list_needs_as_many_statements_for_many_meetings_as_for_few(self, client_of, app):
        client = client_of("pm")
        with counted() as few:
            client.get("/plans/1/meetings")
        with app.app_context():
            plan = db.session.get(Plan, 1)
            services.generate_meetings(plan, until=plan.finish_on, now=NOW)
            db.session.commit()
        with counted() as many:
            assert client.get("/plans/1/meetings").status_code == 200
        assert len(many) <= len(few) <= 12
