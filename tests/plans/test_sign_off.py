"""Sign-off 编制 → 审核 → 批准."""

from datetime import timedelta

import pytest

from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.events import subscribe
from app.core.i18n import in_language
from app.core.localtext import LocalText
from app.core.snapshots import Snapshot
from app.plans import services
from app.plans.events import PlanSigned
from app.plans.models import Plan, PlanPhase, SignOff, SignStep
from app.plans.signoff import (
    PartChangeKind,
    approval_standing,
    plan_notice,
    sign_chain,
    sign_plan,
    step_to_sign,
)
from app.risks.models import Risk
from app.risks.response_services import add_response
from tests.conftest import NOW

PREPARED, REVIEWED, APPROVED = SignStep.prepared, SignStep.reviewed, SignStep.approved


def sign_all(plan, people):
    for step, person in ((PREPARED, people.pm), (REVIEWED, people.administration),
                         (APPROVED, people.exec)):  # fmt: skip
        sign_plan(plan, step, actor=person, now=NOW)


def change_purpose(plan, people, text="换了说法"):
    services.edit_purpose(plan, text, "zh", actor=people.pm, now=NOW)


def test_a_plan_without_approval_says_so(plan):
    standing = approval_standing(plan.id)
    assert (standing.is_approved, standing.is_current) == (False, False)
    assert plan_notice(plan) == "计划已在执行，还没有批准。"


def test_three_signatures_approve_the_plan(plan, people):
    sign_all(plan, people)
    standing = approval_standing(plan.id)
    assert standing.is_approved and standing.is_current and standing.changes == ()
    assert plan_notice(plan) is None
    signed = db.select(Snapshot.sha256).join(SignOff, SignOff.snapshot_id == Snapshot.id)
    hashes = db.session.scalars(signed).all()
    assert len(hashes) == 3 and len(set(hashes)) == 1


def test_each_signs_only_for_themselves(plan, people):
    with pytest.raises(Forbidden):
        sign_plan(plan, PREPARED, actor=people.exec, now=NOW)
    with pytest.raises(Forbidden):
        sign_plan(plan, APPROVED, actor=people.pm, now=NOW)


def test_nobody_signs_before_their_turn(plan, people):
    with pytest.raises(DomainError):
        sign_plan(plan, APPROVED, actor=people.exec, now=NOW)
    sign_plan(plan, PREPARED, actor=people.pm, now=NOW)
    assert step_to_sign(plan, sign_chain(plan), people.administration.id) is REVIEWED
    assert step_to_sign(plan, sign_chain(plan), people.exec.id) is None


def test_the_same_wording_is_signed_once(plan, people):
    sign_plan(plan, PREPARED, actor=people.pm, now=NOW)
    with pytest.raises(DomainError):
        sign_plan(plan, PREPARED, actor=people.pm, now=NOW)


def test_what_changed_since_is_marked_and_can_be_signed_again(plan, people):
    sign_all(plan, people)
    change_purpose(plan, people)
    lines = [services.Line(row.id, "", row.body.zh) for row in services.texts_of(1, "outlook")]
    lines[0] = services.Line(lines[0].id, "", "")
    lines.append(services.Line(None, "", "再开两处前台"))
    services.edit_texts(plan, "outlook", lines, "zh", actor=people.pm, now=NOW)
    standing = approval_standing(plan.id)
    assert standing.is_approved and not standing.is_current
    said = {change.label: (change.kind, change.now) for change in standing.changes}
    assert said == {
        "目的": (PartChangeKind.changed, "换了说法"),
        "展望 4": (PartChangeKind.added, "再开两处前台"),
        "展望 1": (PartChangeKind.removed, ""),
    }
    with pytest.raises(DomainError):
        sign_plan(plan, APPROVED, actor=people.exec, now=NOW)
    sign_all(plan, people)
    assert approval_standing(plan.id).is_current
    assert db.session.scalar(db.select(db.func.count()).select_from(SignOff)) == 6


def test_people_in_changes_are_read_by_name_in_the_readers_language(plan, people):
    sign_all(plan, people)
    plan.approved_by_id = people.pm.id
    with in_language("en"):
        change = approval_standing(plan.id).changes[0]
    assert (change.label, change.was, change.now) == ("Cover · approved by", "梁永康", "许文静")


def test_what_changed_while_reading_is_not_signed_unseen(plan, people):
    with pytest.raises(Conflict):
        sign_plan(plan, PREPARED, actor=people.pm, now=NOW, seen="another text")


def test_a_closed_plan_is_not_signed(plan, people):
    plan.state = PlanPhase.closed
    with pytest.raises(DomainError):
        sign_plan(plan, PREPARED, actor=people.pm, now=NOW)
    assert plan_notice(plan) is None


def test_a_signature_is_announced(plan, people):
    heard = []
    subscribe(PlanSigned, heard.append)
    sign_plan(plan, PREPARED, actor=people.pm, now=NOW)
    assert heard == [PlanSigned(plan.id, PREPARED, people.pm.id, NOW)]


def test_signing_on_the_page(client_of, context):
    pm = client_of("pm", "en")
    page = pm.get("/plans/1").text
    assert "Sign as prepared" in page and "not approved yet" in page
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = pm.post("/plans/1/sign", data={"step": "prepared", "seen": seen})
    assert answer.status_code == 303
    page = pm.get("/plans/1").text
    assert "Signed on" in page and "Sign as prepared" not in page
    assert "Sign as reviewed" in client_of("administration", "en").get("/plans/1").text
    assert client_of("exec").post("/plans/1/sign", data={"step": "prepared"}).status_code == 403
    assert pm.post("/plans/1/sign", data={"step": "nonsense"}).status_code == 404
    with pm.session_transaction():
        pass
    again = pm.post("/plans/1/sign", data={"step": "prepared", "seen": seen})
    assert again.status_code == 422 and "already" in again.text


def test_a_stale_page_is_not_signed(client_of, plan, people):
    answer = client_of("pm").post("/plans/1/sign", data={"step": "prepared", "seen": "old"})
    assert answer.status_code == 409
    db.session.expire_all()
    assert db.session.scalar(db.select(db.func.count()).select_from(SignOff)) == 0


def test_a_renamed_signer_leaves_the_signature_with_whom_it_was(plan, people):
    sign_plan(plan, PREPARED, actor=people.pm, now=NOW)
    plan.prepared_by_id = people.owner1.id
    link = sign_chain(db.session.get_one(Plan, 1))[0]
    assert (link.person_name, link.signed_by, link.is_current) == ("周敏", "许文静", False)
    sign_plan(plan, PREPARED, actor=people.owner1, now=NOW + timedelta(minutes=1))
    assert sign_chain(plan)[0].is_current


def test_what_changed_of_a_risk_is_not_told_to_who_does_not_read_risks(
    client_of, plan, people, context
):
    sign_all(plan, people)
    risk = db.session.scalars(db.select(Risk).where(Risk.plan_id == plan.id)).first()
    add_response(risk, title=LocalText(own="机密的措施"), actor=people.pm, now=NOW)
    db.session.commit()
    changes = "<ul class=\"yb-changes\">"
    told = client_of("pm").get("/plans/1").get_data(as_text=True)
    assert "机密的措施" in told.split(changes)[1]
    kept = client_of("clerk").get("/plans/1").get_data(as_text=True)
    assert changes in kept
    assert "机密的措施" not in kept
