"""The administrator's pages: people, departments, and who may not be locked out."""

import pytest
from sqlalchemy import event

from app.accounts import services
from app.accounts.events import DepartmentHeadChanged, PasswordResetAsked
from app.accounts.models import Department, Person
from app.accounts.services import DepartmentDetails, PersonDetails
from app.core import events
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.core.registries import still_owns
from tests.conftest import NOW


@pytest.fixture
def heard(monkeypatch):
    """What was announced to the packages on the right."""
    said = []
    handlers = {kind: [said.append] for kind in (PasswordResetAsked, DepartmentHeadChanged)}
    monkeypatch.setattr(events, "_handlers", {**events._handlers, **handlers})
    return said


def person_form(**changes):
    return {
        "name": "陈新", "email": "chen.xin@example.com", "title": "主管", "department_id": "",
        "language": "zh", **changes,
    }  # fmt: skip


def person_called(name):
    return db.session.scalars(db.select(Person).where(Person.name == name)).one_or_none()


@pytest.mark.parametrize(
    "path", ["/admin/people", "/admin/people/new", "/admin/people/2", "/admin/departments",
             "/admin/departments/new", "/admin/departments/1"],
)  # fmt: skip
def test_the_pages_are_for_administrators_only(client_of, path):
    assert client_of("admin").get(path).status_code == 200
    assert client_of("pm").get(path).status_code == 404
    assert client_of(None).get(path).location == f"/login?next={path}"


@pytest.mark.parametrize("act", ["disable", "enable", "link"])
def test_nobody_else_can_use_the_buttons(client_of, people, act):
    assert client_of("pm").post(f"/admin/people/{people.clerk.id}/{act}").status_code == 404
    assert client_of("admin").post(f"/admin/people/9999/{act}").status_code == 404


def test_a_new_person_is_invited_by_mail(client_of, heard, context):
    client = client_of("admin")
    answer = client.post("/admin/people/new", data=person_form(is_invited="y"))
    chen = person_called("陈新")
    assert answer.location == f"/admin/people/{chen.id}"
    assert [(e.person_id, e.is_invitation) for e in heard] == [(chen.id, True)]
    assert "邀请邮件" in client.get(answer.location).text
    assert db.session.scalars(
        db.select(AuditEntry.action).where(AuditEntry.object_id == chen.id).order_by(AuditEntry.id)
    ).all() == ["add_person", "send_link"]  # fmt: skip


def test_without_the_tick_no_mail_is_sent(client_of, heard, context):
    client_of("admin").post("/admin/people/new", data=person_form())
    assert person_called("陈新") and heard == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "PM@example.com"}, "许文静 已经在用这个邮箱"),
        ({"email": "not an address"}, "这不是邮箱地址"),
        ({"email": "a@b"}, "这不是邮箱地址"),
        ({"email": "x@y.example\nBcc: all@example.com"}, "这不是邮箱地址"),
        ({"name": ""}, "请填写"),
        ({"name": "\x01\x02"}, "请填写"),
        ({"name": "😀" * 10_000}, "😀" * 10_000),
        ({"department_id": "999"}, "陈新"),
        ({"department_id": "abc"}, "陈新"),
        ({"language": "fr"}, "陈新"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_what_was_typed_is_kept(
    client_of, context, changes, sentence
):
    answer = client_of("admin").post("/admin/people/new", data=person_form(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text and "主管" in answer.text
    assert person_called("陈新") is None


def test_names_are_cleaned_and_shown_as_text(client_of, context):
    client = client_of("admin")
    client.post("/admin/people/new", data=person_form(name=" <script>\x07 陈 \n新 "))
    assert person_called("<script> 陈 新")
    page = client.get("/admin/people").text
    assert "&lt;script&gt;" in page and "<script> 陈" not in page


def test_an_intranet_address_is_an_address(context):
    assert services.checked_email(" Chen@Mail.Corp.local ") == "chen@mail.corp.local"


def test_rights_given_and_taken_count_from_the_next_request(client_of, people):
    client = client_of("pm")
    details = PersonDetails("pm@example.com", "许文静", is_admin=True)
    services.edit_person(people.pm.id, details, actor=people.admin, now=NOW)
    assert client.get("/admin/people").status_code == 200
    details = PersonDetails("pm@example.com", "许文静")
    services.edit_person(people.pm.id, details, actor=people.admin, now=NOW)
    assert client.get("/admin/people").status_code == 404


def test_a_change_is_in_the_audit_trail_and_on_the_page(client_of, people):
    client = client_of("admin")
    client.post(
        f"/admin/people/{people.pm.id}", data=person_form(email="pm@example.com", name="许静")
    )
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "edit_person")
    ).one()
    assert entry.changes["name"] == ["许文静", "许静"] and entry.actor_id == people.admin.id
    assert "修改：姓名" in client.get(f"/admin/people/{people.pm.id}").text


def test_disabling_ends_every_sign_in_and_enabling_lets_them_back(client_of, people):
    client, admin = client_of("clerk"), client_of("admin")
    assert client.get("/account").status_code == 200
    admin.post(f"/admin/people/{people.clerk.id}/disable")
    assert client.get("/account").status_code == 302
    db.session.refresh(people.clerk)
    assert (people.clerk.is_enabled, people.clerk.left_at) == (False, NOW)
    assert "停用" in admin.get("/admin/people?state=disabled").text
    admin.post(f"/admin/people/{people.clerk.id}/enable")
    db.session.refresh(people.clerk)
    assert (people.clerk.is_enabled, people.clerk.left_at) == (True, None)


def test_the_page_tells_what_still_rests_on_a_person(client_of, people, monkeypatch):
    monkeypatch.setattr(still_owns, "_rows", dict(still_owns._rows))
    still_owns.add("tests", lambda person_id: [f"Feeds the cat of {person_id}."])
    page = client_of("admin").get(f"/admin/people/{people.it.id}").text
    assert "信息技术部的负责人" in page
    assert f"Feeds the cat of {people.it.id}." in page


def test_the_last_administrator_stays(client_of, people):
    client = client_of("admin")
    answer = client.post(f"/admin/people/{people.admin.id}/disable", follow_redirects=True)
    assert "最后一位管理员" in answer.text
    answer = client.post(
        f"/admin/people/{people.admin.id}",
        data=person_form(name="管理员", email="admin@example.com"),
    )
    assert answer.status_code == 422 and "最后一位管理员" in answer.text
    db.session.refresh(people.admin)
    assert people.admin.is_admin and people.admin.is_enabled
    people.pm.is_admin = True
    services.disable_person(people.admin.id, actor=people.pm, now=NOW)


def test_a_disabled_administrator_does_not_count_as_one(people):
    people.pm.is_admin, people.pm.is_enabled = True, False
    db.session.flush()
    with pytest.raises(DomainError):
        services.disable_person(people.admin.id, actor=None, now=NOW)


def test_a_disabled_person_gets_no_link(client_of, people, heard):
    services.disable_person(people.clerk.id, actor=people.admin, now=NOW)
    with pytest.raises(DomainError):
        services.send_link(people.clerk.id, actor=people.admin, now=NOW)
    assert heard == []


def test_people_are_found_by_a_part_of_name_mail_or_position(client_of):
    client = client_of("admin")
    assert "周敏" not in client.get("/admin/people?q=文静").text
    assert "许文静" in client.get("/admin/people?q=PM@ex").text
    assert "许文静" not in client.get("/admin/people?q=%25").text
    assert "没有找到" in client.get("/admin/people?q=zzz").text


@pytest.mark.parametrize(
    "question", ["page=0", "page=-1", "page=99999999999999999999", "page=x", "state=x", "q=%00",
                 "q=" + "x" * 5000],
)  # fmt: skip
def test_odd_questions_get_a_page(client_of, question):
    assert client_of("admin").get(f"/admin/people?{question}").status_code == 200


def test_an_id_that_no_database_holds_is_a_page_that_does_not_exist(client_of):
    assert client_of("admin").get("/admin/people/99999999999999999999").status_code == 404


def statements_of(client, path):
    said = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return said


@pytest.mark.parametrize("path", ["/admin/people", "/admin/departments"])
def test_lists_need_few_statements_however_long(client_of, people, path):
    client = client_of("admin")
    client.get(path)
    few = statements_of(client, path)
    for n in range(100):
        department = Department(name=LocalText(own=f"部门 {n}"), head_id=people.pm.id)
        db.session.add(department)
        db.session.flush()
        db.session.add(
            Person(
                email=f"p{n}@example.com", name=f"人{n}", created_at=NOW,
                department_id=department.id,
            )
        )  # fmt: skip
    db.session.commit()
    many = statements_of(client, path)
    assert len(few) == len(many) <= 12, "\n".join(many)


def test_a_department_gets_a_new_head_and_those_concerned_are_told(client_of, people, heard):
    it = db.session.scalars(db.select(Department).where(Department.key == "it")).one()
    client = client_of("admin")
    answer = client.post(
        f"/admin/departments/{it.id}",
        data={"name": "信息技术部", "head_id": people.owner4.id, "is_active": "y"},
    )
    assert answer.location == "/admin/departments"
    db.session.refresh(it)
    assert it.head_id == people.owner4.id
    assert it.name == LocalText(zh="信息技术部", en="IT")
    assert heard == [DepartmentHeadChanged(it.id, people.it.id, people.owner4.id)]


def test_a_department_needs_a_name_of_its_own(client_of, context):
    client = client_of("admin")
    for name in ("", "财务部", "Finance"):
        answer = client.post("/admin/departments/new", data={"name": name, "head_id": ""})
        assert answer.status_code == 422
    assert client.post(
        "/admin/departments/new", data={"name": "后勤部", "head_id": "", "is_active": "y"}
    ).status_code == 303  # fmt: skip
    assert "后勤部" in client.get("/admin/departments").text


def test_somebody_who_left_cannot_become_a_head(people):
    people.clerk.is_enabled = False
    db.session.flush()
    details = DepartmentDetails(LocalText(own="后勤部"), head_id=people.clerk.id)
    with pytest.raises(DomainError) as refused:
        services.add_department(details, actor=people.admin, now=NOW)
    assert refused.value.field == "head_id"


def test_the_account_menu_offers_the_administrators_pages_to_administrators_only(client_of):
    assert 'href="/admin/people"' in client_of("admin").get("/account").text
    assert 'href="/admin/people"' not in client_of("pm").get("/account").text


def test_on_the_command_line_a_person_gets_a_link_or_a_password(app, client_of):
    runner = app.test_cli_runner()
    made = runner.invoke(args=["user", "add", "New@Example.com", "--name", "新 人", "--admin"])
    assert made.exit_code == 0, made.output
    path = made.output.strip().splitlines()[-1].removeprefix("http://localhost")
    assert "new@example.com" in client_of(None).get(path).text
    again = runner.invoke(args=["user", "add", "new@example.com", "--name", "新人"])
    assert again.exit_code == 1 and "already has this address" in again.output
    short = runner.invoke(
        args=["user", "add", "b@example.com", "--name", "B", "--password-stdin"], input="short\n"
    )
    assert short.exit_code == 1 and "15 characters" in short.output
    good = runner.invoke(
        args=["user", "add", "b@example.com", "--name", "B", "--password-stdin"],
        input="three quiet doors open\n",
    )
    assert good.exit_code == 0
    answer = client_of(None).post(
        "/login", data={"email": "b@example.com", "password": "three quiet doors open"}
    )
    assert answer.status_code == 303
    link = runner.invoke(args=["user", "link", "b@example.com"]).output.strip()
    assert link.startswith("http://localhost/password/reset/")
    assert runner.invoke(args=["user", "link", "nobody@example.com"]).exit_code == 1
