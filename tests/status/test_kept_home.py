"""A home page is kept while nothing changes, and never shown once something did."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.accounts.models import Person, SignIn
from app.accounts.sign_in import SEEN_EVERY
from app.comms.models import Attendance, Meeting, Message
from app.core import clock
from app.core import db as database_types
from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.core.revisions import Revision
from app.plans.access import ensure_role, viewer_of
from app.status.home import views as home_views
from app.status.home.keeping import SHELF, day_begins, marks_of, turning, turns_at
from app.status.home.last_visit import APART
from app.status.state import plan_state
from app.tasks.models import Task
from tests.conftest import NOW
from tests.core.test_revisions import UNCOUNTED
from tests.sql import counted
from tests.status.writing_process import CHANGES, writer

READERS = ("pm", "owner4", "training", "exec", "clerk")
# Whose page shows each change of the other process.
SHOWN_TO = {
    "progress": {"pm", "owner4", "exec"},
    "report": {"pm", "owner4"},
    "risk_review": {"pm", "training", "exec"},
    "action": {"owner4"},
    "leave": {"pm", "owner4"},
    "name": {"pm"},
    "holiday": {"pm"},
    "message": {"pm"},
    "all_read": {"pm"},
    "meeting": {"pm"},
    "title": set(READERS),
    "another_role": {"owner4"},
    "no_role": {"owner4"},
    "head": {"training"},
}
DUE_AT = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
MOST_STATEMENTS = 3


def seen(client):
    """What a person sees: the page without what guards this one request."""
    answer = client.get("/")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    text = re.sub(r'nonce="[^"]+"|"inlineScriptNonce": "[^"]+"', "nonce", text)
    return re.sub(r'name="csrf[-_]token" (content|value)="[^"]+"', "token", text)


def anew(app, client):
    """The page as it is when nothing is kept."""
    shelf = app.extensions[SHELF]
    shelf._rows.clear()
    return seen(client)


def add_meeting(starts_at):
    """A meeting of an hour to which everybody is asked."""
    meeting = Meeting(
        plan_id=1, title=LocalText(own="碰头会"), starts_at=starts_at, cancel_reason="", minutes="",
        ends_at=starts_at + timedelta(hours=1),
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    people = db.session.scalars(db.select(Person.id))
    db.session.add_all(Attendance(meeting_id=meeting.id, person_id=i) for i in people)
    db.session.commit()
    return meeting


@pytest.fixture
def readers(client_of):
    return {key: client_of(key) for key in READERS}


@pytest.mark.parametrize("key", READERS)
def test_a_page_looked_at_again_is_not_read_again(client_of, context, key):
    client = client_of(key)
    first = seen(client)
    with counted() as statements:
        again = seen(client)
    assert again == first
    assert len(statements) <= MOST_STATEMENTS
    with clock.fixed_at(NOW + timedelta(minutes=5)), counted() as statements:
        assert "16:25" in seen(client) and "16:20" in first
    assert len(statements) <= MOST_STATEMENTS


def test_what_guards_a_request_is_its_own(client_of, context):
    client = client_of("pm")

    def guards():
        answer = client.get("/")
        text = answer.get_data(as_text=True)
        nonces = set(re.findall(r'<script nonce="([^"]+)"', text))
        assert len(nonces) == 1
        assert f"'nonce-{min(nonces)}'" in answer.headers["Content-Security-Policy"]
        return min(nonces), re.findall(r'csrf-token" content="([^"]+)"', text)

    with clock.fixed_at(NOW):
        assert guards()[0] != guards()[0]
    other = client_of("pm")
    own = re.findall(r'csrf-token" content="([^"]+)"', other.get("/").get_data(as_text=True))
    with other.session_transaction() as session:
        assert session["csrf_token"]
    assert own and own != guards()[1]


def test_whatever_another_process_writes_is_on_the_next_page(app, database, readers, tmp_path):
    pages = {key: anew(app, client) for key, client in readers.items()}
    assert set(SHOWN_TO) == set(CHANGES)
    with writer(database.url, tmp_path) as change:
        for number, named in enumerate(CHANGES, start=1):
            now = NOW + timedelta(seconds=number)
            for client in readers.values():
                seen(client)  # so that it is kept
            change(named, now)
            with clock.fixed_at(now):
                after = {key: seen(client) for key, client in readers.items()}
                fresh = {key: anew(app, client) for key, client in readers.items()}
            assert after == fresh, named
            changed = {key for key in READERS if after[key] != pages[key]}
            assert SHOWN_TO[named] <= changed, (named, changed)
            pages = after


def test_and_while_the_other_process_writes_nothing_it_stays(app, database, readers, tmp_path):
    with writer(database.url, tmp_path) as change:
        change("progress", NOW)
        for client in readers.values():
            seen(client)
        for client in readers.values():
            with counted() as statements:
                seen(client)
            assert len(statements) <= MOST_STATEMENTS


def test_what_was_read_before_the_marks_is_not_kept_under_them(client_of, people, monkeypatch):
    """Somebody renames the reader between the sign-in's look-up and the reading of the marks."""
    client = client_of("pm")
    calls = []

    def meddled(person_id):
        if not calls:
            calls.append(person_id)
            with database_types.writing(), db.engine.begin() as connection:
                connection.execute(
                    update(Person.__table__).where(Person.id == person_id).values(name="许静")
                )
                connection.execute(
                    update(Revision.__table__).where(Revision.plan_id == 0).values(mark="new")
                )
        return marks_of(person_id)

    monkeypatch.setattr(home_views, "marks_of", meddled)
    if db.engine.dialect.name == "sqlite":
        pytest.skip("a transaction of SQLite reads nothing that was written after it began")
    seen(client)
    assert "许静" in seen(client)


def test_a_page_from_before_the_writers_clock_is_shown_but_not_kept(client_of, people):
    client = client_of("pm")
    ahead = NOW + timedelta(seconds=3)
    with clock.fixed_at(ahead):
        db.session.get_one(Task, 4).progress_percent = 77
        db.session.commit()
    seen(client)
    with counted() as statements:
        seen(client)
    assert len(statements) > MOST_STATEMENTS
    with clock.fixed_at(ahead):
        seen(client)
        with counted() as statements:
            seen(client)
    assert len(statements) <= MOST_STATEMENTS


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # The week's report falls due at 17:00, and others owe it from then on.
        (DUE_AT - timedelta(minutes=1), DUE_AT + timedelta.resolution, "何俊：第 48 周周报"),
        # Midnight: what was due tomorrow is due today.
        (NOW, NOW + timedelta(hours=8), "今天 17:00"),
    ],
)
def test_time_turns_the_page_without_a_write(app, client_of, context, before, after, said):
    client = client_of("pm")
    with clock.fixed_at(before):
        first = seen(client)
        assert seen(client) == first
    with clock.fixed_at(after):
        then = seen(client)
        assert then == anew(app, client)
    assert said not in first and said in then


def test_a_page_of_the_very_instant_of_a_turn_is_not_kept(client_of, context):
    client = client_of("pm")
    with clock.fixed_at(DUE_AT):
        seen(client)
        with counted() as statements:
            seen(client)
    assert len(statements) > MOST_STATEMENTS


def test_a_meeting_that_begins_or_ends_turns_it_and_so_does_a_reminder(people, plan):
    meeting = add_meeting(NOW + timedelta(hours=1))
    state = plan_state(plan.id, NOW, viewer_of(people.pm, plan.id))
    assert turns_at(state, ()) == meeting.starts_at
    assert turns_at(state, [NOW + timedelta(minutes=5)]) == NOW + timedelta(minutes=5)
    later = plan_state(plan.id, meeting.starts_at + timedelta.resolution,
                       viewer_of(people.pm, plan.id))  # fmt: skip
    assert turns_at(later, ()) == meeting.ends_at
    last = plan_state(plan.id, NOW + timedelta(hours=3), viewer_of(people.pm, plan.id))
    assert turns_at(last, ()) == day_begins(NOW, days=1)


class Watched(datetime):
    """The request's instant, moved by `shift`; notes at which later instants of the request a
    comparison that was made would end otherwise."""

    shift = timedelta(0)
    turns: "set[datetime]" = set()

    @classmethod
    def of(cls, at, shift=timedelta(0)):
        moved = cls.combine(at.date(), at.timetz())
        moved.shift = shift
        return moved

    def _compared(self, other):
        if not datetime.__gt__(self, other):
            Watched.turns.add(other - self.shift)

    def __lt__(self, other):
        self._compared(other)
        return datetime.__lt__(self, other)

    def __le__(self, other):
        self._compared(other)
        return datetime.__le__(self, other)

    def __gt__(self, other):
        self._compared(other)
        return datetime.__gt__(self, other)

    def __ge__(self, other):
        self._compared(other)
        return datetime.__ge__(self, other)

    def __add__(self, other):
        return Watched.of(datetime.__add__(self, other), self.shift + other)

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + -other
        return datetime.__sub__(self, other)

    def astimezone(self, tz=None):
        return Watched.of(datetime.astimezone(self, tz), self.shift)

    def replace(self, *args, **kwargs):
        return datetime.combine(self.date(), self.timetz()).replace(*args, **kwargs)


# Where the database compares a column with the request's instant, or one near it: what is read
# anew with each request, what `turns_at` names, ends of months, and when somebody wrote a row.
COMPARED_IN_SQL = {
    "sign_ins.expires_at", "sign_ins.seen_at", "meetings.starts_at", "meetings.ends_at",
    "risks.created_at", "risk_reviews.reviewed_at", "risk_signatures.signed_at",
    "snapshots.taken_at",
}  # fmt: skip


@pytest.mark.parametrize("key", READERS)
def test_every_instant_of_the_day_that_turns_a_page_is_known(
    app, client_of, context, monkeypatch, key
):
    """What the request's instant is compared with while the page is made, in Python and by the
    database, must be among that at which the page is said to turn."""
    morning = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    add_meeting(morning + timedelta(hours=2))
    client = client_of(key)
    anew(app, client)
    app.extensions[SHELF]._rows.clear()
    named = set()

    def noted(state, reminders):
        named.update(turning(state, reminders))
        return turns_at(state, reminders)

    monkeypatch.setattr(home_views, "turns_at", noted)
    monkeypatch.setattr(Watched, "turns", set())
    with clock.fixed_at(Watched.of(morning)), counted() as statements:
        assert client.get("/").status_code == 200
    # Of sign-ins, which are read anew with each request.
    own = {
        at + apart
        for row in db.session.scalars(db.select(SignIn))
        for at in (row.created_at, row.seen_at)
        for apart in (SEEN_EVERY, APART)
    }
    today = {at for at in Watched.turns if morning <= at < day_begins(morning, days=1)}
    assert DUE_AT in today
    assert today <= named | own
    compared = {
        f"{table}.{column}"
        for statement in statements
        for table, column in re.findall(r"(\w+)\.(\w+_at) (?:<=|>=|<|>) [?%:]", statement)
    }
    assert "meetings.ends_at" in compared
    assert compared <= COMPARED_IN_SQL


@pytest.mark.parametrize("key", READERS)
def test_a_page_shows_nothing_that_moves_no_mark(app, client_of, context, key):
    client = client_of(key)
    anew(app, client)
    app.extensions[SHELF]._rows.clear()
    with counted() as statements:
        seen(client)
    read = {name for text in statements for name in re.findall(r"(?:FROM|JOIN) \"?(\w+)", text)}
    # Sign-ins are read anew each time: by the sign-in itself, and for an executive's last visit.
    assert read & UNCOUNTED <= {"revisions", "sign_ins"}


def test_an_executives_page_tells_of_another_visit_as_soon_as_there_is_one(client_of, people):
    client = client_of("exec")
    first = seen(client)
    visit = SignIn(token_hash="0" * 64, person_id=people.exec.id, expires_at=NOW,
                   created_at=NOW - timedelta(days=9), seen_at=NOW - timedelta(days=8))  # fmt: skip
    db.session.add(visit)
    db.session.commit()
    then = seen(client)
    assert then != first and f"{local_date(visit.seen_at).day}日" in then


def test_a_flashed_message_is_shown_once(client_of, context):
    client = client_of("pm")
    seen(client)
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "只说一次")]
    assert "只说一次" in seen(client)
    assert "只说一次" not in seen(client)


def test_languages_and_people_have_pages_of_their_own(client_of, people, plan):
    assert seen(client_of("pm")) != seen(client_of("owner4"))
    ensure_role(plan.id, people.clerk.id, Role.manager)
    db.session.commit()
    assert seen(client_of("pm")) != seen(client_of("clerk"))
    assert "Waiting for you" in seen(client_of("pm", "en"))
    assert "Waiting for you" not in seen(client_of("owner4"))


def test_a_message_that_a_mail_server_takes_leaves_the_page_kept(client_of, people):
    client = client_of("pm")
    seen(client)
    db.session.execute(update(Message).values(attempts=3))
    db.session.commit()
    with counted() as statements:
        seen(client)
    assert len(statements) <= MOST_STATEMENTS
