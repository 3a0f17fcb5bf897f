"""The reading matrix, walked through state, pages, packs and mails: role × object × field.

A text that occurs nowhere else is put into every object; then each role's state must hold it
exactly where the matrix says, and no page, pack or mail may hold it elsewhere.
"""

import io
import zipfile
from datetime import date, timedelta

import pytest

from app.comms import meetings
from app.comms.jobs import write_reminders
from app.comms.models import Message
from app.core.db import db
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.snapshots import canonical
from app.plans.access import viewer_of
from app.reports.inspections import record_unplanned
from app.reports.problem_solving import raise_problem
from app.reports.reporting import save_draft
from app.risks.models import Risk
from app.risks.services import review_risk
from app.status.packs.making import Ask, make
from app.status.state import plan_state
from app.tasks import actions, budget_services, resource_services
from tests.conftest import NOW
from tests.reports.weeks import W47, W48, hand_in, running_task

READERS = ("pm", "owner4", "owner2", "training", "marketing", "finance", "exec", "clerk")

# (thing, field): the text, and whose own it is.
OWN: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("task", "money"): ("哨兵费用", ("owner4",)),
    ("resource", "row"): ("哨兵资源", ()),
    ("report", "text"): ("哨兵周报", ("owner4",)),
    ("promise", "text"): ("哨兵承诺", ("owner4",)),
    ("problem", "row"): ("哨兵问题", ()),
    ("risk", "review"): ("哨兵评审", ("training",)),
    ("inspection", "row"): ("哨兵检查", ()),
    ("meeting", "row"): ("哨兵会议", ("owner2", "clerk")),
    ("meeting", "minutes"): ("哨兵决定", ("owner2", "clerk")),
    ("action", "row"): ("哨兵行动", ("owner2",)),
}
NEVER = "哨兵草稿"
PAGES = ("/", "/plans/1", "/plans/1/tasks", "/plans/1/actions", "/plans/1/reports",
         "/plans/1/problems", "/plans/1/risks", "/plans/1/inspections", "/plans/1/indicators",
         "/plans/1/meetings", "/plans/1/reminders")  # fmt: skip


@pytest.fixture
def world(plan, people):
    """A plan in which every object carries its text."""
    text = {key: sentinel for key, (sentinel, _own) in OWN.items()}
    four = running_task(4)
    budget_services.add_budget_line(
        plan.id, task_id=four.id, department_id=None,
        title=LocalText(own=text["task", "money"]), planned_cents=100, actor=people.pm, now=NOW,
    )  # fmt: skip
    resource_services.add_resource(
        four, kind="material", title=LocalText(own=text["resource", "row"]), source="internal",
        department_id=people.it.department_id, quantity="1", needed_on=date(2026, 12, 1),
        actor=people.pm, now=NOW,
    )  # fmt: skip
    hand_in(four, W47, done_text=text["report", "text"], next_lines=(text["promise", "text"],))
    save_draft(four, W48, fields={"done_text": NEVER}, author=people.owner4, now=NOW)
    raise_problem(plan.id, title=text["problem", "row"], owner_id=people.it.id,
                  answer_due_on=date(2026, 12, 1), actor=people.pm, now=NOW)  # fmt: skip
    risk = db.session.scalars(
        db.select(Risk).where(Risk.department_id == people.training.department_id)
    ).first()
    review_risk(risk, probability=3, impact=4, comment=text["risk", "review"],
                actor=people.training, now=NOW)  # fmt: skip
    record_unplanned(
        plan.id, done_on=date(2026, 11, 25), place="前台", summary=text["inspection", "row"],
        findings=[], actor=people.pm, now=NOW,
    )  # fmt: skip
    meeting = meetings.add_meeting(
        plan.id, title=text["meeting", "row"], starts_at=NOW - timedelta(hours=3),
        ends_at=NOW - timedelta(hours=2), place="301",
        person_ids=[people.pm.id, people.owner2.id, people.clerk.id],
        actor=people.pm, now=NOW - timedelta(days=2),
    )  # fmt: skip
    meetings.record_decision(meeting, text=text["meeting", "minutes"], actor=people.pm, now=NOW)
    actions.create_action(plan.id, title=text["action", "row"], owner_id=people.owner2.id,
                          due_on=date(2026, 12, 4), actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    return plan


def is_seen(viewer, key: str, thing: str, field: str) -> bool:
    """What the matrix says about this reader and the object that carries the text."""
    seen = sight(viewer, thing, field)
    return seen is Sight.all or (seen is Sight.own and key in OWN[thing, field][1])


@pytest.mark.parametrize("key", READERS)
def test_the_state_holds_what_the_matrix_gives_and_nothing_else(world, people, key):
    viewer = viewer_of(getattr(people, key), world.id)
    written = canonical(plan_state(world.id, NOW, viewer))
    for (thing, field), (text, _own) in OWN.items():
        assert (text in written) == is_seen(viewer, key, thing, field), (key, thing, field)
    assert NEVER not in written


@pytest.mark.parametrize("key", READERS)
def test_no_page_shows_more_than_the_matrix_gives(world, people, client_of, key):
    viewer = viewer_of(getattr(people, key), world.id)
    client = client_of(key)
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code in (200, 404), path
        shown = answer.get_data(as_text=True)
        for (thing, field), (text, _own) in OWN.items():
            if not is_seen(viewer, key, thing, field):
                assert text not in shown, (key, path, thing, field)
        if key != "owner4":
            assert NEVER not in shown, (key, path)


def test_the_pages_do_show_the_texts_to_whoever_reads_all(world, client_of):
    client = client_of("pm")
    shown = "".join(client.get(path).get_data(as_text=True) for path in PAGES)
    for key in OWN:
        if key not in (("risk", "review"), ("report", "text"), ("meeting", "minutes"),
                       ("resource", "row"), ("inspection", "row")):  # fmt: skip
            assert OWN[key][0] in shown, key


def test_what_the_eyes_may_not_see_is_named(world, people):
    state = plan_state(world.id, NOW, viewer_of(people.clerk, world.id))
    assert "task:money" in state.left_out and "report:text" in state.left_out
    assert state.tasks.budget is None and state.reports.rows == ()


def words_of(workbook: bytes) -> str:
    """Everything that is written in any part of the file."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return "\n".join(
            archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()
        )


@pytest.mark.parametrize("key", READERS)
def test_no_pack_shows_more_than_the_matrix_gives_its_eyes(world, people, context, key):
    with context.test_request_context():
        viewer = viewer_of(getattr(people, key), world.id)
        content = make(Ask(viewer, key, "zh", NOW, NOW)).content
    written = words_of(content)
    for (thing, field), (text, _own) in OWN.items():
        if not is_seen(viewer, key, thing, field):
            assert text not in written, (key, thing, field)
    assert NEVER not in written


def test_the_managers_pack_does_hold_the_texts(world, people, context):
    with context.test_request_context():
        content = make(Ask(viewer_of(people.pm, world.id), "pm", "zh", NOW, NOW)).content
    written = words_of(content)
    for key in (("report", "text"), ("promise", "text"), ("problem", "row"), ("action", "row"),
                ("meeting", "row"), ("task", "money")):  # fmt: skip
        assert OWN[key][0] in written, key


def test_no_mail_says_more_than_its_reader_may_see(world, people, context):
    """Every reminder of the coming month, to whoever gets it."""
    with context.test_request_context():
        for days in range(0, 30):
            write_reminders(NOW + timedelta(days=days))
    keys = {getattr(people, key).id: key for key in READERS}
    messages = db.session.scalars(db.select(Message)).all()
    assert len({message.kind for message in messages}) >= 5
    for message in messages:
        key = keys.get(message.recipient_id)
        if key is None:
            continue
        viewer = viewer_of(getattr(people, key), world.id)
        said = message.subject + message.body_text + message.body_html + str(message.reason)
        for (thing, field), (text, _own) in OWN.items():
            # A deadline's title is told to whoever answers for it, and to whom it escalates.
            if not is_seen(viewer, key, thing, field):
                assert text not in said, (key, message.kind, thing, field)
        assert NEVER not in said
