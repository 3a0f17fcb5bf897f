"""The administrator's page of group robots: entered once, never shown again, tried at once."""

from dataclasses import replace
from datetime import timedelta
from itertools import repeat

import pytest
from sqlalchemy import event

from app.comms.models import Robot, Vendor
from app.comms.robots import RobotDetails, address_of, edit_robot
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError
from tests.comms.mail_server import free_port, point_to
from tests.comms.robot_server import ADDRESSES, running_robots
from tests.conftest import NOW

DINGTALK = ADDRESSES[Vendor.dingtalk]
TOKEN = DINGTALK.url.split("=")[1]
HIDDEN = (DINGTALK.url, TOKEN, TOKEN[:-4], DINGTALK.secret)


@pytest.fixture
def keyed(context):
    """The installation has a key, and the vendors' servers are played by one of this machine."""
    kept = context.config["SETTINGS"]
    with running_robots() as server:
        context.config["SETTINGS"] = replace(
            kept, encryption_key="a key of the installation", robot_stand_in=server.url
        )
        yield server
    context.config["SETTINGS"] = kept


@pytest.fixture
def admin(keyed, client_of):
    return client_of("admin", "en")


def form(**changes):
    return {
        "vendor": "dingtalk", "name": "Rollout group", "address": DINGTALK.url,
        "secret": DINGTALK.secret, "keyword": DINGTALK.keyword, "language": "zh", **changes,
    }  # fmt: skip


def add(admin, **changes):
    answer = admin.post("/admin/robots/new", data=form(**changes))
    assert answer.status_code == 303, answer.text
    return only_robot()


def only_robot():
    unit_of_work.rollback()
    return db.session.scalars(db.select(Robot)).one()


def press(admin, robot, button):
    answer = admin.post(f"/admin/robots/{robot.id}/{button}", follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def entries():
    return db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.object_type == "robots").order_by(AuditEntry.id)
    ).all()


# Who


def test_the_pages_are_for_administrators_only(admin, client_of):
    robot = add(admin)
    for path in ("/admin/robots", "/admin/robots/new", f"/admin/robots/{robot.id}"):
        assert admin.get(path).status_code == 200
        assert client_of("pm").get(path).status_code == 404
        assert client_of(None).get(path).location == f"/login?next={path}"
    for act in ("test", "enable", "disable"):
        assert client_of("pm").post(f"/admin/robots/{robot.id}/{act}").status_code == 404
        assert admin.post(f"/admin/robots/999/{act}").status_code == 404
    assert client_of("pm").post("/admin/robots/mail/test").status_code == 404
    assert admin.get("/admin/robots/999").status_code == 404


def test_the_page_has_a_tab_among_the_administrators(admin):
    assert 'href="/admin/robots"' in admin.get("/admin/people").text


# What is entered


def test_a_robot_is_kept_encrypted_and_in_use(admin):
    robot = add(admin)
    assert not any(hidden in robot.address + robot.secret for hidden in HIDDEN)
    assert address_of(robot) == DINGTALK
    assert (robot.vendor, robot.name, robot.language) == (Vendor.dingtalk, "Rollout group", "zh")
    assert robot.is_enabled and robot.created_at == NOW


def test_what_is_secret_is_shown_on_no_page_and_told_in_no_history(admin):
    robot = add(admin)
    admin.post(f"/admin/robots/{robot.id}", data=form(secret="SECanother", name="Other name"))
    for path in ("/admin/robots", f"/admin/robots/{robot.id}"):
        page = admin.get(path).text
        assert "oapi.dingtalk.com …4f4f" in page
        assert not any(hidden in page for hidden in (*HIDDEN, "SECanother"))
    told = [(entry.action, str(entry.changes)) for entry in entries()]
    assert [action for action, _changes in told] == ["add_robot", "edit_robot"]
    assert not any(hidden in changes for _a, changes in told for hidden in (*HIDDEN, "SECanother"))
    assert "changed: Name, Webhook address, Secret" in page


def test_empty_fields_keep_what_is_there(admin):
    robot = add(admin)
    answer = admin.post(f"/admin/robots/{robot.id}", data=form(address="", secret="", name="New"))
    assert answer.location == f"/admin/robots/{robot.id}"
    robot = only_robot()
    assert robot.name == "New" and address_of(robot) == DINGTALK
    assert entries()[-1].changes == {"name": ["Rollout group", "New"]}


def test_saving_without_a_change_leaves_no_trace(admin):
    robot = add(admin)
    admin.post(f"/admin/robots/{robot.id}", data=form(address="", secret=""))
    assert len(entries()) == 1


def test_the_vendor_of_a_robot_stays(admin):
    robot = add(admin)
    wecom = ADDRESSES[Vendor.wecom].url
    answer = admin.post(f"/admin/robots/{robot.id}", data=form(vendor="wecom", address=wecom))
    assert answer.status_code == 422
    assert "This is the address of a WeCom robot, not of a DingTalk one." in answer.text
    assert address_of(only_robot()) == DINGTALK


def test_no_other_vendor_s_address_gets_into_a_robot_past_the_page(admin, people):
    robot = add(admin)
    details = RobotDetails(Vendor.wecom, "Rollout group", ADDRESSES[Vendor.wecom].url)
    with pytest.raises(DomainError) as refused:
        edit_robot(robot.id, details, actor=people.admin, now=NOW)
    assert refused.value.field == "address"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "x" * 81}, "At most 80 characters"),
        ({"address": ""}, "Please fill this in."),
        ({"address": "http://oapi.dingtalk.com/robot/send?access_token=" + TOKEN},
         "This is not the address of a DingTalk robot"),
        ({"address": "https://169.254.169.254/latest"}, "This is not the address of a DingTalk"),
        ({"address": "x" * 501}, "This is too long."),
        ({"vendor": "wecom"}, "This is the address of a DingTalk robot"),
        ({"vendor": "wecom", "address": ADDRESSES[Vendor.wecom].url},
         "WeCom’s robots have no secret"),
        ({"vendor": "slack"}, "Rollout group"),
        ({"keyword": "[x]"}, "Please choose a keyword of letters and digits"),
        ({"keyword": "x" * 41}, "At most 40 characters"),
        ({"secret": "x" * 201}, "This is too long."),
        ({"language": "fr"}, "Rollout group"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_is_kept(admin, changes, sentence):
    answer = admin.post("/admin/robots/new", data=form(**changes))
    assert answer.status_code == 422 and sentence in answer.text
    assert DINGTALK.secret not in answer.text
    assert db.session.scalars(db.select(Robot)).all() == []


def test_two_robots_cannot_have_one_name(admin):
    robot = add(admin)
    answer = admin.post("/admin/robots/new", data=form())
    assert answer.status_code == 422 and "There is a robot of this name already." in answer.text
    same = admin.post(f"/admin/robots/{robot.id}", data=form(address="", secret=""))
    assert same.status_code == 303


# The key


def test_without_a_key_the_page_says_what_to_set_and_offers_no_form(admin, context):
    robot = add(admin)
    context.config["SETTINGS"] = replace(context.config["SETTINGS"], encryption_key=None)
    for path in ("/admin/robots", "/admin/robots/new", f"/admin/robots/{robot.id}"):
        page = admin.get(path).text
        assert "YINGBIN_ENCRYPTION_KEY=" in page
        assert 'name="address"' not in page and "/admin/robots/new" not in page
    assert admin.post("/admin/robots/new", data=form(name="Second")).status_code == 422
    assert admin.post(f"/admin/robots/{robot.id}", data=form(name="x")).status_code == 422
    assert "Without the key nothing can be posted" in page and "Send a test" not in page
    assert "YINGBIN_ENCRYPTION_KEY" in press(admin, robot, "test")
    assert only_robot().name == "Rollout group"


def test_with_another_key_what_was_kept_is_asked_for_again(admin, keyed, context):
    robot = add(admin)
    context.config["SETTINGS"] = replace(context.config["SETTINGS"], encryption_key="another one")
    assert "cannot be read with the present key" in admin.get("/admin/robots").text
    assert "cannot be read with the present" in press(admin, robot, "test")
    path = f"/admin/robots/{robot.id}"
    for changes in ({"address": ""}, {"secret": ""}):
        answer = admin.post(path, data=form(name="New", **changes))
        assert answer.status_code == 422 and "Please enter it again." in answer.text
    assert admin.post(path, data=form()).status_code == 303
    assert address_of(only_robot()) == DINGTALK and keyed.accepted == []


# Trying


@pytest.mark.parametrize("vendor", list(Vendor))
def test_a_test_reaches_the_group_at_once(admin, keyed, vendor):
    address = ADDRESSES[vendor]
    robot = add(admin, vendor=vendor.value, address=address.url, secret=address.secret)
    page = press(admin, robot, "test")
    [accepted] = keyed.accepted
    assert "管理员" in accepted.text and "http://localhost/" in str(accepted.body)
    assert "It is in the group now." in page and "tested: 0 " in page


def test_a_test_is_in_the_language_of_the_group(admin, keyed, client_of):
    robot = add(admin, language="en")
    press(client_of("admin", "zh"), robot, "test")
    assert keyed.accepted[0].title == "Test of the group robot"


def test_a_refused_test_says_the_code_and_what_to_do(admin, keyed):
    robot = add(admin)
    keyed.change(Vendor.dingtalk, secret="SECother")
    page = press(admin, robot, "test")
    assert "310000 sign not match" in page
    assert "compare the secret, the keyword and the addresses" in page
    robot = only_robot()
    assert robot.is_enabled and robot.trouble == ""
    assert entries()[-1].changes == {"answer": [None, "310000 sign not match"]}


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [("500", "Try again in some minutes."), ("close", "Try again in some minutes."),
     ("redirect", "answers in its place"), ('{"errcode":99,"errmsg":"x"}', "list of error codes")],
)  # fmt: skip
def test_every_failure_of_a_test_is_said_in_words(admin, keyed, trouble, sentence):
    robot = add(admin)
    keyed.troubles = repeat(trouble)
    assert sentence in press(admin, robot, "test")


def test_a_server_out_of_reach_is_said_in_words(admin, context):
    robot = add(admin)
    context.config["SETTINGS"] = replace(
        context.config["SETTINGS"], robot_stand_in=f"http://127.0.0.1:{free_port()}"
    )
    assert "The test could not be sent: 127.0.0.1 cannot be reached." in press(admin, robot, "test")


def test_a_robot_that_was_too_fast_is_left_alone(admin, keyed):
    robot = add(admin)
    keyed.troubles = repeat('{"errcode":130101,"errmsg":"send too fast"}')
    assert "too many posts" in press(admin, robot, "test")
    assert only_robot().paused_until == NOW + timedelta(minutes=10)
    assert "nothing goes to this group before 16:30" in press(admin, robot, "test")
    assert "pauses until 16:30" in admin.get("/admin/robots").text
    assert len(keyed.requests) == 1


def test_the_database_is_free_while_the_vendor_thinks(admin, keyed, database):
    """SQLite has one writer: another request must be able to write meanwhile."""
    robot = add(admin)
    seen = []

    def while_it_thinks():
        with database.app.app_context(), unit_of_work.unit_of_work():
            db.session.get_one(Robot, robot_id).keyword = "迎宾二"
        seen.append(True)
        return ""

    robot_id = robot.id
    keyed.troubles = iter(while_it_thinks, None)
    press(admin, robot, "test")
    assert seen == [True] and only_robot().keyword == "迎宾二"
    assert entries()[-1].action == "test_robot"


def test_what_was_entered_is_not_printed_where_something_breaks(admin):
    details = RobotDetails(Vendor.dingtalk, "Rollout group", DINGTALK.url, DINGTALK.secret)
    assert not any(hidden in repr(details) for hidden in HIDDEN)


# Switching


def test_a_disabled_robot_is_enabled_again_with_its_trouble_forgotten(admin):
    robot = add(admin)
    assert "Nothing is posted to this group" in press(admin, robot, "disable")
    robot = only_robot()
    assert not robot.is_enabled
    robot.trouble, robot.paused_until = "310000 sign not match", NOW + timedelta(minutes=5)
    db.session.commit()
    page = admin.get(f"/admin/robots/{robot.id}").text
    assert "310000 sign not match" in page and "compare the secret" in page
    assert "switched off by itself" in admin.get("/admin/robots").text
    press(admin, robot, "enable")
    robot = only_robot()
    assert (robot.is_enabled, robot.trouble, robot.paused_until) == (True, "", None)
    assert [entry.action for entry in entries()] == ["add_robot", "disable_robot", "enable_robot"]


def test_the_list_needs_few_statements_however_long(admin):
    robot = add(admin)
    said = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    for number in range(50):
        db.session.add(Robot(
            vendor=robot.vendor, name=f"Group {number}", address=robot.address, created_at=NOW
        ))  # fmt: skip
    db.session.commit()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert admin.get("/admin/robots").text.count("oapi.dingtalk.com …4f4f") == 51
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(said) <= 8, "\n".join(said)


# Mail


def test_a_test_mail_reaches_the_administrator_at_once(admin, postbox):
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    [mail] = postbox.mails
    assert mail["To"].addresses[0].addr_spec == "admin@example.com"
    assert mail["Subject"] == "Test mail from Yingbin"
    assert "The mail server took a test mail to admin@example.com: “250 queued as 0001”" in page


def test_the_database_is_free_while_the_mail_server_thinks(admin, postbox, database):
    robot = add(admin)
    robot_id = robot.id

    def while_it_thinks():
        with database.app.app_context(), unit_of_work.unit_of_work():
            db.session.get_one(Robot, robot_id).keyword = "迎宾二"

    postbox.at_data = while_it_thinks
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    assert "250 queued as 0001" in page and only_robot().keyword == "迎宾二"


def test_what_the_mail_server_says_against_it_is_shown(admin, postbox):
    postbox.at_rcpt = lambda to: "550 no such user"
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    assert "550 no such user" in page and "does not take mail for your address" in page


def test_a_mail_server_that_is_not_there_is_said_in_words(admin, context):
    point_to(context, free_port())
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    assert "The test mail could not be sent: the mail server cannot be reached." in page
    assert "Error" not in page


def test_without_a_mail_server_the_page_says_so(admin, context):
    page = admin.get("/admin/robots").text
    assert "No mail server is set" in page and "/admin/robots/mail/test" not in page
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    assert "YINGBIN_MAIL_URL is missing or cannot be read." in page


def test_a_broken_mail_address_is_said_without_its_password(admin, context):
    context.config["SETTINGS"] = replace(
        context.config["SETTINGS"], mail_url="smtp://user:se/cret@mail.example:25"
    )
    page = admin.post("/admin/robots/mail/test", follow_redirects=True).text
    assert "YINGBIN_MAIL_URL is missing or cannot be read." in page and "cret" not in page.replace(
        "Secret", ""
    ).replace("secret", "")


def test_a_wecom_robot_s_page_asks_for_no_secret_and_saves_without_it(admin):
    wecom = ADDRESSES[Vendor.wecom]
    robot = add(admin, vendor="wecom", address=wecom.url, secret="", keyword="")
    assert 'name="secret"' not in admin.get(f"/admin/robots/{robot.id}").text
    answer = admin.post(
        f"/admin/robots/{robot.id}", data={"name": "Other", "address": "", "language": "en"}
    )
    assert answer.status_code == 303 and only_robot().name == "Other"
