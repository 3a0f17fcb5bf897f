"""The page that compares two packs or kept states, for those who may see both."""

import json
import re
from datetime import date, timedelta

import pytest

from app.core.db import db
from app.core.snapshots import Snapshot
from app.core.snapshots import keep as keep_snapshot
from app.plans.access import viewer_of
from app.plans.models import Plan
from app.reports.problem_solving import raise_problem
from app.status.comparison.queries import SHOWN, sides
from app.status.snapshots import BASELINE, PACK, SIGNATURE, WEEK, packed_state
from app.status.state import plan_state
from app.tasks import actions, services
from app.tasks.baselines import take_baseline
from app.tasks.models import Task
from tests.architecture.everything import start_other_plan
from tests.conftest import NOW
from tests.sql import counted

PAGE = "/plans/1/packs/compare"
WEEK_AGO = NOW - timedelta(days=6)


def keep(person, at, reason=PACK, plan_id=1):
    """A state kept at an instant, through a person's eyes."""
    eyes = viewer_of(person, plan_id)
    snapshot = keep_snapshot(packed_state(plan_state(plan_id, at, eyes), eyes, reason, at))
    db.session.commit()
    return snapshot.id


def move_task_four(people, now=NOW - timedelta(days=2)):
    four = db.session.scalars(db.select(Task).where(Task.number == 4)).one()
    services.update_progress(four, percent=30, forecast_finish_on=date(2027, 1, 5),
                             actor=people.owner4, now=now)  # fmt: skip
    db.session.commit()
    return four


def page(client, query="", status=200):
    answer = client.get(PAGE + query)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_newest_pack_is_compared_with_now(client_of, people, plan):
    keep(people.pm, WEEK_AGO - timedelta(days=7))
    newest = keep(people.pm, WEEK_AGO)
    keep(people.pm, WEEK_AGO + timedelta(days=1), f"{WEEK}2026-W47")
    four = move_task_four(people)
    text = page(client_of("exec", "en"))
    assert f'<option value="{newest}" selected>' in text
    assert '<option value="now" selected>' in text
    assert f'href="/tasks/{four.id}">Task 4 is now expected on 5 Jan 2027' in text
    assert "Tasks" in text


def test_any_two_are_compared_the_older_first(client_of, people, plan):
    one = keep(people.pm, WEEK_AGO)
    move_task_four(people)
    other = keep(people.pm, NOW - timedelta(days=1), f"{WEEK}2026-W48")
    client = client_of("pm", "en")
    said = "Task 4 is now expected on 5 Jan 2027"
    assert said in page(client, f"?from={one}&to={other}")
    assert said in page(client, f"?from=now&to={one}")
    assert said not in page(client, f"?from={other}&to=now")


def test_nothing_and_the_same_twice_are_said_in_words(client_of, people, plan):
    client = client_of("pm", "en")
    assert "No earlier state of the plan has been kept yet" in page(client)
    one = keep(people.pm, NOW)
    assert "Nothing that is compared has changed." in page(client)
    assert "Both are the same state" in page(client, f"?from={one}&to={one}")


@pytest.mark.parametrize("nonsense", [
    "from=x", "to=-1", "from=1.5", "to=%F0%9F%8E%89", "from=" + "9" * 40, "from=²", "to=%00",
])  # fmt: skip
def test_nonsense_gets_a_sentence_and_the_choice(client_of, people, plan, nonsense):
    keep(people.pm, WEEK_AGO)
    text = page(client_of("pm", "en"), f"?{nonsense}", 422)
    assert "names no state of this plan" in text and "<option" in text


def test_a_state_of_another_plan_or_of_other_eyes_is_not_here(client_of, people, plan):
    keep(people.pm, WEEK_AGO)
    foreign = keep(people.stranger, NOW, plan_id=start_other_plan(people).id)
    clerks = keep(people.clerk, NOW)
    client = client_of("pm")
    for key in (foreign, clerks, 999_999):
        assert client.get(f"{PAGE}?from={key}").status_code == 404
        assert client.get(f"{PAGE}?from=now&to={key}").status_code == 404
    text = page(client)
    assert f'<option value="{foreign}"' not in text and f'<option value="{clerks}"' not in text


def test_it_is_for_those_who_read_packs(client_of, people, plan):
    keep(people.pm, WEEK_AGO)
    for key in ("owner1", "training", "clerk", "stranger"):
        assert client_of(key).get(PAGE).status_code == 404
    assert client_of("pm").get("/plans/77/packs/compare").status_code == 404


def test_a_state_of_an_older_version_is_said_and_the_choice_stays(client_of, people, plan):
    old = keep(people.pm, WEEK_AGO)
    row = db.session.get_one(Snapshot, old)
    row.body, row.packed = json.dumps({"light": "red"}), None
    db.session.commit()
    text = page(client_of("pm", "en"), "", 422)
    assert "older version" in text and f'<option value="{old}"' in text


def test_each_state_is_called_by_its_reason_and_instant(people, plan, context):
    baseline = take_baseline(1, name="开工", note="", actor=people.pm, now=NOW)
    for reason in (PACK, f"{WEEK}2026-W47", f"{SIGNATURE}approved", f"{BASELINE}{baseline.id}",
                   f"{BASELINE}999", "other"):  # fmt: skip
        keep(people.pm, WEEK_AGO, reason)
    from app.core.i18n import in_language

    with in_language("en"):
        names = [side.name for side in sides(viewer_of(people.pm, 1), NOW)]
    assert names[0] == "now"
    for name in ("Status pack, 20 Nov 16:20", "End of week 47, 20 Nov 16:20",
                 "Signature: approved, 20 Nov 16:20", "Baseline “开工”, 20 Nov 16:20",
                 "Baseline, 20 Nov 16:20", "Kept state, 20 Nov 16:20"):  # fmt: skip
        assert name in names


def test_a_state_older_than_the_list_can_still_be_named(client_of, people, plan):
    first = keep(people.pm, WEEK_AGO)
    row = db.session.get_one(Snapshot, first)
    db.session.add_all(
        Snapshot(plan_id=1, taken_at=WEEK_AGO + timedelta(minutes=n), reason=PACK,
                 sha256=row.sha256, eyes=row.eyes, body=row.body, packed=row.packed)
        for n in range(1, SHOWN + 1)
    )  # fmt: skip
    move_task_four(people)
    text = page(client_of("pm", "en"), f"?from={first}")
    assert f'<option value="{first}"' not in text
    assert "Task 4 is now expected on 5 Jan 2027" in text


def test_the_page_needs_as_many_statements_for_many_rows(client_of, people, plan):
    keep(people.pm, WEEK_AGO)
    client = client_of("pm")
    page(client)

    def statements():
        with counted() as found:
            page(client)
        return len(found)

    few = statements()
    for number in range(60):
        actions.create_action(1, title=f"事项 {number}", owner_id=people.owner2.id,
                              due_on=date(2026, 12, 4), actor=people.pm, now=NOW)  # fmt: skip
        raise_problem(1, title=f"问题 {number}", owner_id=people.owner1.id,
                      answer_due_on=NOW.date(), actor=people.pm, now=NOW)  # fmt: skip
        keep(people.pm, WEEK_AGO - timedelta(days=1, minutes=number))
    assert statements() == few <= 70
    assert "问题 59" in page(client)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_people_write_is_shown_as_text(client_of, people, plan, language):
    keep(people.pm, WEEK_AGO)
    raise_problem(1, title="<script>alert(1)</script>", owner_id=people.owner1.id,
                  answer_due_on=NOW.date(), actor=people.pm, now=NOW)  # fmt: skip
    text = page(client_of("pm", language))
    assert "&lt;script&gt;alert(1)" in text and "<script>alert" not in text


def test_every_sentence_leads_to_a_page_that_the_reader_may_open(client_of, people, plan):
    keep(people.pm, WEEK_AGO)
    move_task_four(people)
    raise_problem(1, title="慢", owner_id=people.owner1.id, answer_due_on=NOW.date(),
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.get_one(Plan, 1).finish_on = date(2027, 10, 29)
    db.session.commit()
    client = client_of("exec")
    body = page(client).split("<main")[1]
    paths = set(re.findall(r'<li>.*?href="([^"#]+)', body))
    assert len(paths) >= 3
    for path in paths:
        assert client.get(path).status_code == 200, path


def test_the_list_of_packs_leads_there(client_of, plan):
    assert f'href="{PAGE}"' in client_of("exec").get("/plans/1/packs").get_data(as_text=True)
