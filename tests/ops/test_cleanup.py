"""What is out of date goes, a day later at most; what is still asked about stays."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from app.accounts.models import Attempt, PasswordReset, SignIn
from app.comms.models import AttemptOutcome, Channel, Message, MessageAttempt, MessageState
from app.core.db import db
from app.core.i18n import in_language
from app.core.jobs import Heartbeat
from app.ops.cleanup import clean_up
from app.plans.models import Plan, PlanPhase
from tests.conftest import NOW

DAY = timedelta(days=1)


def keep(*rows: object) -> None:
    db.session.add_all(rows)
    db.session.commit()


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def sign_in(person_id: int, token: str, expires_at: datetime) -> SignIn:
    return SignIn(token_hash=token, person_id=person_id, created_at=NOW - 20 * DAY,
                  seen_at=NOW - 20 * DAY, expires_at=expires_at)  # fmt: skip


def reset(person_id: int, token: str, expires_at: datetime) -> PasswordReset:
    return PasswordReset(token_hash=token, person_id=person_id, created_at=expires_at,
                         expires_at=expires_at)  # fmt: skip


def test_sign_ins_that_ran_out_go(people: SimpleNamespace) -> None:
    keep(sign_in(people.pm.id, "old", NOW), sign_in(people.pm.id, "open", NOW + DAY))
    clean_up(NOW)
    assert db.session.scalars(select(SignIn.token_hash)).all() == ["open"]


def test_links_for_a_password_are_kept_a_month_after_they_ran_out(people: SimpleNamespace) -> None:
    keep(
        reset(people.pm.id, "a month", NOW - 30 * DAY),
        reset(people.pm.id, "less", NOW - 29 * DAY),
        reset(people.pm.id, "open", NOW + DAY),
    )
    clean_up(NOW)
    left = db.session.scalars(select(PasswordReset.token_hash).order_by(PasswordReset.id)).all()
    assert left == ["less", "open"]


def test_the_number_of_a_link_is_never_given_twice(people: SimpleNamespace) -> None:
    """Its mail's key names it: a second link of that number would count as sent already."""
    keep(*(reset(people.pm.id, f"old {n}", NOW - 60 * DAY) for n in range(3)))
    last = db.session.scalar(select(func.max(PasswordReset.id)))
    clean_up(NOW)
    new = reset(people.pm.id, "new", NOW + DAY)
    keep(new)
    assert new.id > last and count(PasswordReset) == 2


def test_counted_tries_go_after_two_days(context) -> None:
    keep(*(Attempt(key=f"{days}", at=NOW - days * DAY) for days in (1, 2, 3)))
    clean_up(NOW)
    assert db.session.scalars(select(Attempt.key)).all() == ["1"]


def test_records_of_sending_go_after_thirteen_months_and_the_message_stays(
    people: SimpleNamespace,
) -> None:
    message = Message(
        unique_key="k", kind="test", object_key="o", occurrence="1", recipient_id=people.pm.id,
        channel=Channel.mail, language="zh", subject="s", body_text="t", reason={},
        message_id="<m>", state=MessageState.sent, next_try_at=NOW, created_at=NOW - 500 * DAY,
    )  # fmt: skip
    keep(message)
    keep(
        *(
            MessageAttempt(message_id=message.id, number=days, act="a", destination="person:1",
                           at=NOW - days * DAY, outcome=AttemptOutcome.sent)
            for days in (399, 400, 500)
        )
    )  # fmt: skip
    clean_up(NOW)
    assert db.session.scalars(select(MessageAttempt.number)).all() == [399]
    assert count(Message) == 1


def test_marks_of_plans_that_ended_or_are_gone_go(plan: Plan) -> None:
    for name in ("tick", "reminders", f"reminders:{plan.id}", "reminders:99"):
        keep(Heartbeat(name=name, at=NOW))
    clean_up(NOW)
    names = set(db.session.scalars(select(Heartbeat.name)))
    assert names == {"tick", "reminders", f"reminders:{plan.id}"}
    plan.state = PlanPhase.closed
    db.session.commit()
    clean_up(NOW)
    assert set(db.session.scalars(select(Heartbeat.name))) == {"tick", "reminders"}


def test_the_outcome_says_how_many_in_both_languages(people: SimpleNamespace) -> None:
    keep(*(sign_in(people.pm.id, f"{n}", NOW - DAY) for n in range(7)))
    said = clean_up(NOW)
    for lang in ("en", "zh"):
        with in_language(lang):
            assert "7" in str(said)


def test_one_kind_that_cannot_be_removed_stops_no_other(people: SimpleNamespace) -> None:
    keep(sign_in(people.pm.id, "old", NOW - DAY), Attempt(key="old", at=NOW - 9 * DAY))

    def refuse(_connection, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith("DELETE FROM sign_ins"):
            raise OperationalError(statement, parameters, Exception("table is locked"))

    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        with pytest.raises(OperationalError, match="table is locked"):
            clean_up(NOW)
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
    assert (count(SignIn), count(Attempt)) == (1, 0)
