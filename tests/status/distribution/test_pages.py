"""The pages of the distribution: who may see and change them, what they say, what they refuse."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.accounts.models import Person
from app.comms.models import Message
from app.core import unit_of_work
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.permissions import Role
from app.plans.access import ensure_role
from app.status.distribution.models import Audience, PackSchedule, PackSending
from app.status.distribution.policy import may_attach
from app.status.distribution.schedule import Cadence
from app.status.distribution.sending import send_packs
from app.status.models import Pack
from tests.conftest import NOW, PASSWORD
from tests.sql import counted
from tests.status.distribution.sendings import TICK, messages, schedule, send_and_deliver, sendings

PAGE = "/plans/1/packs/distribution"
FORM = {"audience": "executives", "cadence": "weekly", "weekday": "4", "at": "17:00",
        "language": "", "is_on": "y"}  # fmt: skip


def the_schedule() -> PackSchedule:
    unit_of_work.rollback()
    return db.session.scalars(db.select(PackSchedule)).one()


def test_the_empty_page_says_what_to_do(client_of):
    page = client_of("pm", "en").get(PAGE).get_data(as_text=True)
    assert "No pack goes out by itself yet." in page and f"{PAGE}/new" in page
    page = client_of("exec", "en").get(PAGE).get_data(as_text=True)
    assert "No pack goes out by itself yet." in page and f"{PAGE}/new" not in page


def test_the_list_of_packs_leads_here(client_of):
    assert f'href="{PAGE}"' in client_of("pm").get("/plans/1/packs").get_data(as_text=True)


def test_a_schedule_is_made_changed_and_taken_out(client_of, people):
    client = client_of("pm", "en")
    assert client.post(f"{PAGE}/new", data=FORM).status_code == 303
    row = the_schedule()
    assert (row.audience, row.cadence, row.weekday, row.hour, row.is_on, row.has_file) == (
        Audience.executives, Cadence.weekly, 4, 17, True, False,
    )  # fmt: skip
    page = client.get(PAGE).get_data(as_text=True)
    assert "every Friday at 17:00" in page and "Fri 27 Nov 17:00" in page and "梁永康" in page
    here = f"{PAGE}/{row.id}"
    form = client.get(here).get_data(as_text=True)
    assert 'name="seen" type="hidden" value="1"' in form
    data = {**FORM, "cadence": "monthly", "at": "9:30", "language": "en", "seen": "1"}
    assert client.post(here, data=data).status_code == 303
    page = client.get(PAGE).get_data(as_text=True)
    assert "on the last working day of each month at 09:30" in page and "Mon 30 Nov 09:30" in page
    assert client.post(f"{here}/switch", data={"on": "0"}).status_code == 303
    assert "switched off" in client.get(PAGE).get_data(as_text=True)
    assert client.post(f"{here}/remove").status_code == 303
    assert client.get(here).status_code == 404
    assert "No pack goes out by itself yet." in client.get(PAGE).get_data(as_text=True)
    actions = db.session.scalars(
        db.select(AuditEntry.action).where(AuditEntry.object_type == "pack_schedules")
        .order_by(AuditEntry.id)
    ).all()  # fmt: skip
    assert actions == ["pack.schedule_added", "pack.schedule_changed", "pack.schedule_changed",
                       "pack.schedule_removed"]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"audience": ""}, "audience", "fill this in"),
        ({"audience": "everybody"}, "audience", ""),
        ({"audience": "chosen"}, "person_ids", "at least one person"),
        ({"audience": "chosen", "person_ids": "x"}, "person_ids", "may read its packs"),
        ({"audience": "chosen", "person_ids": "999999999999999"}, "person_ids", "may read"),
        ({"at": "25:00"}, "at", "not a time"),
        ({"at": ""}, "at", "fill this in"),
        ({"cadence": "hourly"}, "cadence", ""),
        ({"weekday": "6"}, "weekday", ""),
        ({"weekday": "soon"}, "weekday", ""),
        ({"language": "fr"}, "language", ""),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(client_of, people, changes, field, said):
    answer = client_of("pm", "en").post(f"{PAGE}/new", data={**FORM, **changes})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page and said in page
    assert db.session.scalars(db.select(PackSchedule)).all() == []


def test_only_those_who_may_read_packs_can_be_chosen(client_of, people):
    client = client_of("pm", "en")
    page = client.get(f"{PAGE}/new").get_data(as_text=True)
    for key, is_there in (("exec", True), ("pm", True), ("clerk", False), ("owner1", False),
                          ("stranger", False)):  # fmt: skip
        person = getattr(people, key)
        assert (f'name="person_ids" value="{person.id}"' in page) is is_there, key
        data = {**FORM, "audience": "chosen", "person_ids": str(person.id)}
        assert client.post(f"{PAGE}/new", data=data).status_code == (303 if is_there else 422)


def test_somebody_who_saved_first_is_not_overwritten(client_of, people):
    row = schedule(people)
    client = client_of("pm", "en")
    here = f"{PAGE}/{row.id}"
    assert client.post(here, data={**FORM, "at": "08:00", "seen": "1"}).status_code == 303
    answer = client.post(here, data={**FORM, "at": "09:00", "seen": "1"})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "every Friday at 08:00" in page and 'value="09:00"' in page and 'value="2"' in page
    assert client.post(here, data={**FORM, "at": "09:00", "seen": "2"}).status_code == 303


def test_the_executive_reads_it_and_changes_nothing_others_do_not_know_of_it(client_of, people):
    row = schedule(people)
    places = [f"{PAGE}/new", f"{PAGE}/{row.id}"]
    acts = [f"{PAGE}/{row.id}/{act}" for act in ("switch", "remove", "send")]
    for key, seen, refused in (("exec", 200, 403), ("owner1", 404, 404), ("clerk", 404, 404),
                               ("training", 404, 404), ("stranger", 404, 404)):  # fmt: skip
        client = client_of(key)
        assert client.get(PAGE).status_code == client.get(f"{PAGE}/cover").status_code == seen
        for place in places:
            assert client.get(place).status_code == refused, (key, place)
        for act in [*places, *acts]:
            assert client.post(act, data=FORM).status_code == refused, (key, act)
    assert client_of("pm").get(f"{PAGE}/999").status_code == 404
    assert sendings() == []
    assert the_schedule().is_on


def test_the_executive_sees_only_how_it_reached_them(client_of, people, postbox):
    ensure_role(1, people.owner1.id, Role.executive)
    schedule(people)
    send_and_deliver()
    page = client_of("exec", "en").get(PAGE).get_data(as_text=True)
    told = [m for m in messages() if m.channel == "mail"]
    seen = [m.recipient_id for m in told if f"open={m.id}#" in page]
    assert seen == [people.exec.id]


def test_sent_by_hand_it_asks_first_and_not_twice(client_of, people, postbox):
    row = schedule(people)
    client = client_of("pm", "en")
    page = client.get(PAGE).get_data(as_text=True)
    assert 'data-confirm="Build a pack of this moment and send it to 梁永康?"' in page
    act = f"{PAGE}/{row.id}/send"
    page = client.post(act, follow_redirects=True).get_data(as_text=True)
    assert "goes to 1 person" in page and "being built" in page
    page = client.post(act, follow_redirects=True).get_data(as_text=True)
    assert "on its way already" in page
    assert len(sendings()) == 1
    send_and_deliver(NOW + timedelta(minutes=1))
    assert postbox.recipients() == ["exec@example.com"]
    assert "by hand, 许文静" in client.get(PAGE).get_data(as_text=True)


def test_nobody_to_send_to_is_said(client_of, people):
    row = schedule(people, audience=Audience.chosen, person_ids=(people.exec.id,))
    row.person_ids = [people.clerk.id]
    page = client_of("pm", "en").post(
        f"{PAGE}/{row.id}/send", follow_redirects=True
    ).get_data(as_text=True)  # fmt: skip
    assert "nobody to send to" in page
    assert sendings() == []


def test_a_day_off_and_an_unpublished_calendar_are_marked(client_of, people):
    schedule(people)
    client = client_of("pm", "en")
    assert "yb-tag" not in client.get(PAGE).get_data(as_text=True).split("What was sent")[0]
    from app.plans.daybook import set_day

    set_day(TICK.date(), False, "", actor=people.admin, now=NOW)
    page = client.get(PAGE).get_data(as_text=True)
    assert "Thu 26 Nov 17:00" in page and "Fri 27 Nov is a day off" in page


@pytest.mark.parametrize(("language", "said"), [("zh", "下次会议"), ("en", "Next meeting")])
def test_the_cover_is_shown_as_it_would_be_now(client_of, people, language, said):
    client = client_of("pm", "en")
    page = client.get(f"{PAGE}/cover?language={language}").get_data(as_text=True)
    assert f'data-cover="{language}"' in page and "<h1" in page
    part = client.get(f"{PAGE}/cover", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<h1" not in part and 'data-cover="en"' in part
    assert client.get(f"{PAGE}/cover?language=<b>").status_code == 200


def test_the_page_needs_as_many_statements_for_one_as_for_many(client_of, people, postbox):
    client = client_of("pm")

    def statements() -> int:
        with counted() as c:
            assert client.get(PAGE).status_code == 200
        return len(c)

    schedule(people)
    send_and_deliver()
    few = statements()
    for _n in range(12):
        schedule(people)
    send_packs(TICK + timedelta(days=7))
    assert len(sendings()) == 14
    assert statements() == few <= 26
    with counted() as c:
        assert client.get(f"{PAGE}/cover").status_code == 200
    assert len(c) <= 120


def test_a_link_asks_for_sign_in_and_leads_to_the_file(client_of, people, postbox, app):
    schedule(people)
    send_and_deliver()
    pack_id = db.session.scalars(db.select(Pack.id)).one()
    nobody = client_of(None)
    answer = nobody.get(f"/packs/{pack_id}.xlsx")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/login?next=/packs/{pack_id}.xlsx"
    assert nobody.get("/packs/999.xlsx").status_code == 302
    form = {"email": "exec@example.com", "password": PASSWORD, "next": f"/packs/{pack_id}.xlsx"}
    answer = nobody.post("/login", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/packs/{pack_id}.xlsx")
    assert nobody.get(answer.headers["Location"]).get_data()[:2] == b"PK"
    assert client_of("clerk").get(f"/packs/{pack_id}.xlsx").status_code == 404


def test_the_company_s_choice_is_the_administrator_s(client_of, people):
    for key in ("pm", "exec"):
        assert client_of(key).get("/admin/packs").status_code == 404
        assert client_of(key).post("/admin/packs", data={"may_attach": "y"}).status_code == 404
    assert "has_file" not in client_of("pm").get(f"{PAGE}/new").get_data(as_text=True)
    client_of("pm").post(f"{PAGE}/new", data={**FORM, "has_file": "y"})
    assert not the_schedule().has_file
    admin = client_of("admin", "en")
    assert admin.post("/admin/packs", data={"may_attach": "y"}).status_code == 303
    assert may_attach()
    page = admin.get("/admin/packs").get_data(as_text=True)
    assert "管理员" in page and "checked" in page
    row = the_schedule()
    pm = client_of("pm", "en")
    assert 'name="has_file"' in pm.get(f"{PAGE}/{row.id}").get_data(as_text=True)
    pm.post(f"{PAGE}/{row.id}", data={**FORM, "has_file": "y", "seen": str(row.version)})
    assert the_schedule().has_file
    assert admin.post("/admin/packs", data={}).status_code == 303
    assert not may_attach()
    # What the schedule asked for is kept for the day on which it is allowed again.
    row = the_schedule()
    pm.post(f"{PAGE}/{row.id}", data={**FORM, "seen": str(row.version)})
    assert the_schedule().has_file
    assert "the file is not allowed" in pm.get(PAGE).get_data(as_text=True)


@pytest.mark.browser
@pytest.mark.parametrize(("language", "phone"), [("zh", False), ("en", True)])
def test_in_a_browser_a_schedule_is_made_and_sent(visitor_of, people, language, phone):
    with visitor_of("pm", language=language, phone=phone) as pm:
        page = pm.goes_to(f"{PAGE}/new")
        expect(page.locator("#cover [data-cover]")).to_be_visible()
        expect(page.locator("#person_ids")).to_be_hidden()
        page.locator('[name="audience"][value="chosen"]').check()
        page.locator(f'[name="person_ids"][value="{people.exec.id}"]').check()
        page.locator('[name="cadence"][value="monthly"]').check()
        expect(page.locator("#weekday")).to_be_hidden()
        pm.sees_a_whole_page()
        pm.goes_on()
        assert pm.path() == PAGE
        expect(page.locator("main")).to_contain_text("梁永康")
        other = "en" if language == "zh" else "zh"
        page.locator(f'#cover a[href$="language={other}"]').click()
        expect(page.locator(f'#cover [data-cover="{other}"]')).to_be_visible()
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.locator('form[action$="/send"] button').click()
        assert sendings() == []
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator('form[action$="/send"] button').click()
        page.wait_for_load_state()
        pm.sees_a_whole_page()
    assert len(sendings()) == 1


@pytest.mark.browser
def test_in_a_browser_the_link_of_the_mail_asks_for_sign_in_and_downloads(
    visitor_of, people, postbox
):
    schedule(people)
    send_and_deliver()
    link = db.session.scalars(db.select(Message.url).where(Message.kind == "pack_sent")).first()
    unit_of_work.commit()
    with visitor_of("exec") as visitor:
        visitor.context.clear_cookies()
        page = visitor.goes_to(link)
        assert visitor.path() == "/login"
        page.fill('[name="email"]', "exec@example.com")
        page.fill('[name="password"]', PASSWORD)
        with page.expect_download() as download:
            page.locator("main form button[type=submit]").first.click()
        assert download.value.suggested_filename.endswith(".xlsx")
    unit_of_work.rollback()
    assert db.session.scalars(db.select(PackSending)).one()
    assert db.session.scalars(db.select(Person)).first()


def test_the_cover_is_compared_with_the_pack_that_was_sent_last(client_of, people, postbox):
    """A sent pack shows a state that was kept with the request, under a reason of its own."""
    earlier = NOW - timedelta(days=7)
    row = schedule(people)
    row.sent_until_at = earlier - timedelta(days=7)
    unit_of_work.commit()
    send_packs(earlier + timedelta(days=1, hours=2))
    assert [sending.state for sending in sendings()] == ["sent"]
    page = client_of("pm", "en").get(f"{PAGE}/cover").get_data(as_text=True)
    assert "the pack of 20 Nov" in page
