"""A plan goes out as a workbook and comes back: what changes, what does not, and who may."""

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.comms.models import Message
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.localtext import LocalText
from app.exchange import previewing, services
from app.exchange.matching import Outcome
from app.exchange.models import Upload, UploadState
from app.tasks.actions import create_action
from app.tasks.budget_services import add_budget_line
from app.tasks.link_services import add_link
from app.tasks.models import ActionItem, BudgetLine, Link, Resource, Step
from app.tasks.services import change_task_dates, describe_task
from tests.conftest import NOW
from tests.exchange.conftest import Book, outcomes, refusals
from tests.sql import counted

WHEN = {"reason": "供应商改期"}


@pytest.mark.parametrize("who", ["pm", "owner1", "finance", "exec", "clerk"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_export_and_import_without_an_edit_says_no_changes(export, preview, who, language):
    found = preview(export(who, language), who)
    assert found.rows == ()
    assert not found.moved_on


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(min_size=1, max_size=60), words=st.text(max_size=200))
def test_whatever_people_wrote_comes_back_as_it_was(people, plan, task, title, words):
    subject = task(1)
    subject.title, subject.description = LocalText(own=title), words
    db.session.flush()
    content = services.export_plan(1, eyes=people.pm, language="zh", now=NOW)
    assert previewing.preview_of(1, "a.xlsx", content, actor=people.pm, now=NOW).rows == ()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "{=1}", "http://x.example", "'x",
                                  "_x0041_", "_xlfn.X"])  # fmt: skip
def test_what_people_wrote_never_becomes_a_formula_or_a_link(people, plan, task, text):
    task(1).title = LocalText(own=text)
    content = services.export_plan(1, eyes=people.pm, language="zh", now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["任务"]
    assert sheet["E2"].data_type == "s"
    assert sheet["E2"].hyperlink is None
    assert previewing.preview_of(1, "a.xlsx", content, actor=people.pm, now=NOW).rows == ()


def test_the_workbook_has_frozen_heads_filters_lists_and_a_base_that_nobody_sees(export):
    book = export().workbook
    for title in ("任务", "依赖关系", "资源", "预算", "风险", "行动项"):
        sheet = book[title]
        assert (sheet.freeze_panes, bool(sheet.auto_filter.ref)) == ("B2", True), title
        assert sheet.data_validations.dataValidation, title
    assert book["_yingbin"].sheet_state == book["_lists"].sheet_state == "veryHidden"
    notes = " ".join(str(c.value) for row in book["说明"].iter_rows() for c in row if c.value)
    version = db.session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.plan_id == 1))
    assert "许文静" in notes
    assert str(version) in notes


def test_edited_cells_are_previewed_and_nothing_is_applied_yet(export, preview, task):
    book = export()
    where = book.set("任务", "task-1", "标题", "新的标题")
    found = preview(book)
    cell = found.rows[0].cells[0]
    assert (cell.outcome, f"任务!{cell.address}") == (Outcome.changed, where)
    assert (cell.now, cell.file) == (task(1).title.zh, "新的标题")
    assert task(1).title.own is None
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_whole_workbook_is_applied_through_the_use_cases(export, bring, task, people, plan):
    line = add_budget_line(1, title=LocalText(own="横幅"), planned_cents=100_00, task_id=task(1).id,
                           actor=people.pm, now=NOW)  # fmt: skip
    step = db.session.scalars(select(Step).where(Step.task_id == task(2).id)).first()
    book = export()
    book.set("任务", "task-2", "结束日", "2026年12月31日")
    book.set("任务", "task-2", "负责人", "赵小云")
    book.set("任务", f"step-{step.id}", "进度", 0.5)
    book.set("预算", f"budget-{line.id}", "实际（元）", 80.5)
    book.add("任务", 类别="里程碑", 所属任务="2", 标题="验收", 开始日="2026/12/30",
             结束日="2026/12/30")  # fmt: skip
    book.add("依赖关系", 先做="5", 后做="3.1", 间隔工作日=3, 方式="完成后开始")
    book.add("行动项", 要做什么="通知前台", 经办人="赵小云", 到期日="2026-12-01", 任务="1")
    book.add("资源", 任务="1", 类别="人力", 需要什么="两名讲师", 来源方式="内部调配", 数量="2 人")
    count = bring(book, **WHEN)
    assert count == 7
    moved = task(2)
    assert (moved.finish_on, moved.owner_id) == (date(2026, 12, 31), people.clerk.id)
    assert db.session.get_one(Step, step.id).progress_percent == 50
    assert db.session.get_one(BudgetLine, line.id).actual_cents == 80_50
    new = db.session.scalars(select(Step).order_by(Step.id.desc())).first()
    assert (new.is_milestone, new.task_id, new.title.own) == (True, task(2).id, "验收")
    link = db.session.scalars(select(Link).order_by(Link.id.desc())).first()
    assert (link.before_task_id, link.after_task_id, link.lag_workdays) == (
        task(5).id, task(3).id, 3,
    )  # fmt: skip
    action = db.session.scalars(select(ActionItem)).first()
    assert (action.owner_id, action.due_on) == (people.clerk.id, date(2026, 12, 1))
    assert db.session.scalars(select(Resource).order_by(Resource.id.desc())).first().quantity == (
        "2 人"
    )
    said = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "dates_changed")).all()
    assert [entry.changes["reason"][1] for entry in said][-1:] == ["供应商改期"]
    assert db.session.scalars(select(Upload)).one().state is UploadState.applied


def test_what_was_applied_and_is_brought_once_more_changes_nothing(export, bring, preview):
    book = export()
    book.set("任务", "task-1", "标题", "新的标题")
    bring(book)
    found = preview(book)
    assert found.rows == ()
    assert found.moved_on


def test_a_conflict_shows_three_values_and_waits_for_a_decision(
    export, preview, bring, task, people
):
    book = export()
    book.set("任务", "task-1", "标题", "文件里的")
    describe_task(task(1), title=LocalText(own="系统里的"), description="", weight=1,
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    found = preview(book)
    cell = next(c for c in found.rows[0].cells if c.column == "title")
    assert (cell.outcome, cell.now, cell.file) == (Outcome.conflict, "系统里的", "文件里的")
    assert cell.exported == task(1).title.zh or cell.exported != cell.now
    with pytest.raises(services.NotApplied):
        bring(book)
    db.session.rollback()
    with pytest.raises(services.NotApplied):
        bring(book, conflicts={"tasks.task-1.title": False})  # then nothing is left to do
    db.session.rollback()
    bring(book, conflicts={"tasks.task-1.title": True})
    assert task(1).title.own == "文件里的"


def test_what_others_changed_and_the_file_left_alone_stays(export, bring, task, people):
    book = export()
    book.set("任务", "task-1", "标题", "新的标题")
    change_task_dates(task(2), start_on=task(2).start_on, finish_on=date(2026, 12, 30), reason="x",
                      actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    bring(book)
    assert (task(1).title.own, task(2).finish_on) == ("新的标题", date(2026, 12, 30))


def test_a_row_that_the_file_lacks_goes_only_when_that_is_confirmed(export, bring, preview, task):
    step = db.session.scalars(select(Step).where(Step.task_id == task(1).id)).first()
    book = export()
    book.drop("任务", f"step-{step.id}")
    book.set("任务", "task-1", "标题", "新的标题")
    assert outcomes(preview(book))[f"step-{step.id}"] == "removed"
    bring(book)
    assert db.session.get(Step, step.id) is not None
    bring(book, removes=True)
    assert db.session.get(Step, step.id) is None


def test_a_task_or_a_risk_does_not_go_by_leaving_its_row_out(export, preview):
    book = export()
    book.drop("任务", "task-5")
    book.drop("风险", "risk-1")
    found = preview(book)
    assert outcomes(found) == {"task-5": "kept", "risk-1": "kept"}
    assert found.is_empty


def test_a_missing_column_and_a_missing_sheet_are_not_blank(export, preview):
    book = export()
    book.sheet("任务").delete_cols(5, 3)
    del book.workbook["风险"]
    found = preview(book)
    assert found.rows == ()
    assert [sheet.key for sheet in found.book.missing] == ["risks"]


def test_an_owner_changes_the_own_progress_and_no_dates_and_no_other_task(export, preview, task):
    book = export("owner2")
    book.set("任务", "task-2", "进度", 0.7)
    dates = book.set("任务", "task-2", "结束日", "2026-12-31")
    other = book.set("任务", "task-3", "进度", 0.7)
    refused = refusals(preview(book, "owner2"))
    assert {where for where, _why in refused} == {dates, other}
    assert all(why for _where, why in refused)


def test_finance_changes_money_and_nothing_else(export, preview, task, people, plan):
    add_budget_line(1, title=LocalText(own="横幅"), planned_cents=100_00, actor=people.pm, now=NOW)
    db.session.commit()
    book = export("finance")
    book.set("预算", "budget-1", "实际（元）", 12)
    title = book.set("任务", "task-1", "标题", "不行")
    risk = book.set("风险", "risk-1", "标题", "不行")
    assert [where for where, _why in refusals(preview(book, "finance"))] == [title, risk]


def test_what_a_person_may_not_read_is_not_in_the_workbook_and_notes_say_so(export, people, plan):
    create_action(1, title="别人的事", owner_id=people.pm.id, due_on=date(2026, 12, 1),
                  actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    book = export("clerk").workbook
    assert {"资源", "预算", "风险"}.isdisjoint(book.sheetnames)
    notes = " ".join(str(c.value) for row in book["说明"].iter_rows() for c in row if c.value)
    assert "资源、预算、风险" in notes
    assert "行动项" in notes  # of which the own ones alone are in it
    everything = " ".join(
        str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value
    )
    assert "别人的事" not in everything


def test_an_english_workbook_is_read_by_a_chinese_reader_and_keeps_both_languages(
    export, bring, task
):
    before = task(1).title
    book = export("pm", "en")
    book.set("Tasks", "task-1", "Weight", 7)
    bring(book)
    assert (task(1).weight, task(1).title) == (7, before)


def test_all_or_nothing_with_a_way_to_leave_rows_out(export, bring, task):
    book = export()
    book.set("任务", "task-1", "标题", "新的标题")
    book.set("任务", "task-2", "开始日", "3/1/26")
    with pytest.raises(services.NotApplied):
        bring(book, **WHEN)
    db.session.rollback()
    assert task(1).title.own is None
    assert bring(book, leaves_out=True) == 1
    assert task(1).title.own == "新的标题"


def test_changed_dates_ask_for_a_reason(export, bring):
    book = export()
    book.set("任务", "task-2", "结束日", "2026-12-31")
    with pytest.raises(services.NotApplied) as failed:
        bring(book)
    assert failed.value.field == "reason"


def test_the_word_to_apply_counts_for_the_changes_that_were_shown(export, people, task):
    book = export()
    book.set("任务", "task-1", "标题", "新的标题")
    who = {"actor": people.pm, "now": NOW}
    upload = services.take_in(1, filename="a.xlsx", content=book.content, **who)
    describe_task(task(1), title=LocalText(own="系统里的"), description="", weight=1, **who)
    with pytest.raises(services.MovedOn) as moved:
        services.apply_upload(upload, services.Decision(), seen=upload.changes_sha256, **who)
    assert outcomes(moved.value.preview) == {"task-1": "conflict"}
    assert task(1).title.own == "系统里的"


def test_many_changes_are_told_in_one_message_a_person(export, bring, people):
    book = export()
    for number in range(8):
        book.add("行动项", 要做什么=f"第 {number} 件", 经办人="赵小云", 到期日="2026-12-01")
    before = db.session.scalar(select(func.count()).select_from(Message))
    bring(book)
    messages = db.session.scalars(select(Message).order_by(Message.id)).all()[before:]
    assert {(m.kind, m.recipient_id) for m in messages} == {("plan_imported", people.clerk.id)}
    assert len(messages) == 2  # one in the app and one by mail
    assert "8" in messages[0].subject
    assert "第 7 件" in messages[0].body_text


def test_an_action_item_is_closed_with_its_evidence_and_not_by_anybody(
    export, preview, bring, people, plan
):
    item = create_action(1, title="通知前台", owner_id=people.clerk.id, due_on=date(2026, 12, 1),
                         actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    book = export()
    book.set("行动项", f"action-{item.id}", "状态", "已关闭")
    assert refusals(preview(book))[0][0].startswith("行动项!")  # without evidence
    book.set("行动项", f"action-{item.id}", "证据或原因", "照片在共享文件里")
    assert len(refusals(preview(book, "owner1"))) == 2
    bring(book)
    closed = db.session.get_one(ActionItem, item.id)
    assert (closed.state.value, closed.evidence) == ("closed", "照片在共享文件里")


def test_a_link_can_be_turned_round_in_one_go(export, bring, people, plan):
    link = add_link(1, "task:3", "task:4", actor=people.pm, now=NOW) if not db.session.scalars(
        select(Link).where(Link.pair == "task:3>task:4")).first() else db.session.scalars(
        select(Link).where(Link.pair == "task:3>task:4")).one()  # fmt: skip
    for other in db.session.scalars(select(Link).where(Link.id != link.id)):
        db.session.delete(other)
    db.session.commit()
    add_link(1, "task:1", "task:2", actor=people.pm, now=NOW)
    db.session.commit()
    book = export()
    book.drop("依赖关系", f"link-{link.id}")
    book.add("依赖关系", 先做="4", 后做="3", 方式="完成后开始")
    bring(book, removes=True)
    assert "task:4>task:3" in set(db.session.scalars(select(Link.pair)))


def test_export_and_preview_need_a_bounded_number_of_statements(export, people, plan):
    def statements(book: Book) -> tuple[int, int]:
        with counted() as exporting:
            services.export_plan(1, eyes=people.pm, language="zh", now=NOW)
        with counted() as looking:
            previewing.preview_of(1, "a.xlsx", book.content, actor=people.pm, now=NOW)
        return len(exporting), len(looking)

    few = statements(export())
    for number in range(40):
        add_budget_line(1, title=LocalText(own=f"{number}"), planned_cents=1, actor=people.pm,
                        now=NOW)  # fmt: skip
        create_action(1, title=f"{number}", owner_id=people.pm.id, due_on=date(2026, 12, 1),
                      actor=people.pm, now=NOW)  # fmt: skip
    db.session.commit()
    assert statements(export()) == few
    assert max(few) <= 16


def test_a_workbook_of_somebody_who_reads_more_brings_nobody_further(export, preview, people, plan):
    line = add_budget_line(1, title=LocalText(own="横幅"), planned_cents=100_00, actor=people.pm,
                           now=NOW)  # fmt: skip
    db.session.commit()
    book = export("pm")
    book.set("预算", f"budget-{line.id}", "实际（元）", 1)
    book.set("任务", "task-1", "权重", 3)
    found = preview(book, "clerk")
    assert [sheet.key for sheet in found.unread] == ["resources", "budget", "risks"]
    assert {row.sheet for row in found.rows} == {"tasks"}
    assert [where for where, _why in refusals(found)] == [
        f"任务!{book.column('任务', '权重')}2"
    ]
