"""A pack can be made again, and a file tells what it is and what was changed in it."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy.exc import OperationalError

from app.core.db import db
from app.core.errors import DomainError
from app.core.permissions import viewer_for
from app.core.reading_back import Unreadable, read_pieces, read_plain
from app.core.snapshots import PACKED_AT_ONCE, Snapshot, canonical, pieces
from app.core.unit_of_work import own_transaction
from app.plans.models import Plan
from app.status.look.choosing import LookDetails, choose_look
from app.status.models import Pack, PackDownload, PackState
from app.status.packs import making
from app.status.packs.making import (
    Ask,
    content_of,
    draft_of,
    make,
    read_manifest,
    write_down,
)
from app.status.packs.services import build_pack, build_waiting, request_pack
from app.status.packs.verifying import verify
from app.status.snapshots import keep_for_manager, newest_before, read_state, state_at, trend
from app.status.state import PlanState, plan_state
from app.tasks.baselines import take_baseline
from app.tasks.models import Task
from app.tasks.services import update_progress
from tests.conftest import NOW
from tests.exchange.test_bad_input import rewritten
from tests.requirements import needs
from tests.status.states import close_week
from tests.status.test_look import png
from tests.status.test_pack_office import computed_anew, spoiled

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
VERSION = "0.1.0"


@pytest.fixture
def pack(people, context):
    """A pack of the manager, built and kept."""
    pack_id = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
    db.session.commit()
    assert build_waiting(NOW) == 1
    return db.session.get_one(Pack, pack_id)


def test_a_state_is_read_back_as_it_was_written_down(people, context):
    for person in (people.pm, people.exec, people.owner4, people.clerk):
        state = plan_state(1, NOW, viewer_for(person, 1))
        text = canonical(state)
        assert read_plain(PlanState, json.loads(text)) == state
        assert read_pieces(PlanState, [text[n : n + 99] for n in range(0, len(text), 99)]) == state


def test_piece_by_piece_it_is_spelt_the_same(people, context):
    state = plan_state(1, NOW, viewer_for(people.pm, 1))
    assert "".join(pieces(state)) == canonical(state)
    kept = keep_for_manager(1, "state:asked", NOW)
    assert kept.sha256 == hashlib.sha256(canonical(state).encode()).hexdigest()
    assert kept.text == canonical(state)


def test_what_has_another_shape_is_not_read(people, context):
    plain = json.loads(canonical(plan_state(1, NOW, viewer_for(people.pm, 1))))
    for spoil in (
        lambda p: p.pop("tasks"), lambda p: p["tasks"].update(tasks=[{"id": 1}]),
        lambda p: p.update(light="mauve"), lambda p: p.update(today="soon"),
        lambda p: p["plan"].update(id="one"), lambda p: p.update(findings=None),
    ):  # fmt: skip
        copy = json.loads(json.dumps(plain))
        spoil(copy)
        with pytest.raises(Unreadable):
            read_plain(PlanState, copy)
        with pytest.raises(Unreadable):
            read_pieces(PlanState, [canonical(copy)])


def test_what_is_damaged_can_no_longer_be_compared(people, context):
    kept = keep_for_manager(1, "state:asked", NOW)
    whole = kept.packed
    assert len(whole) < PACKED_AT_ONCE, "or the last part is damaged alone"
    for damaged in (whole[:-5], whole[: len(whole) // 2], b"", b"state", whole[:-4] + b"none"):
        kept.packed = damaged
        with pytest.raises(DomainError):
            read_state(kept)
    kept.packed = whole
    assert read_state(kept) == plan_state(1, NOW, viewer_for(people.pm, 1))


def test_the_same_manifest_gives_the_same_bytes_later(pack, people, context):
    manifest = read_manifest(pack.manifest)
    assert manifest.sha256 == pack.manifest_sha256
    assert content_of(manifest) == pack.content
    # What happens afterwards is not in it: not a progress, not another name.
    db.session.get_one(Task, 1).progress_percent = 99
    people.pm.name = "许静文"
    db.session.flush()
    assert content_of(read_manifest(pack.manifest)) == pack.content
    assert make(Ask(viewer_for(people.pm, 1), "x", "zh", NOW, NOW)).content != pack.content


AGAIN = """
import hashlib, sys
from app import create_app
from app.core.db import db
from app.core.settings import Settings
from app.status.models import Pack, PackDownload, PackState
from app.status.packs import making
from app.status.packs.making import content_of, read_manifest
from pathlib import Path
url, folder, pack_id = sys.argv[1:]
app = create_app(Settings(database_url=url, secret_key="secret for the tests only",
    base_url="http://elsewhere", mail_url=None, timezone="Europe/Berlin", log_level="CRITICAL",
    instance_path=Path(folder), encryption_key=None))
with app.app_context():
    pack = db.session.get_one(Pack, int(pack_id))
    print(hashlib.sha256(content_of(read_manifest(pack.manifest))).hexdigest())
"""


def test_another_process_makes_the_same_bytes(pack, app, tmp_path):
    """Of other settings, in another locale and time zone, with another seed for its hashes."""
    found = subprocess.run(
        [sys.executable, "-c", AGAIN,
         db.engine.url.render_as_string(hide_password=False), str(tmp_path), str(pack.id)],
        capture_output=True, text=True, check=True, timeout=120,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York", "LC_ALL": "C"},
    )  # fmt: skip
    assert found.stdout.strip() == pack.sha256


def test_a_pack_of_an_instant_that_has_passed_shows_what_was_kept(people, context):
    viewer = viewer_for(people.pm, 1)
    plan = db.session.get_one(Plan, 1)
    friday = NOW + timedelta(days=1, hours=2)
    kept = close_week(plan, friday)
    later = friday + timedelta(days=3)
    update_progress(db.session.get_one(Task, 1), percent=77,  actor=people.pm, now=later)
    db.session.flush()
    state, snapshot = state_at(viewer, friday + timedelta(days=1))
    assert snapshot == kept
    assert state == read_state(kept)
    assert state.tasks.tasks[0].percent != 77
    assert state_at(viewer, later)[1] is None
    with pytest.raises(DomainError):
        state_at(viewer, NOW - timedelta(days=30))


def test_states_are_kept_with_baselines_and_shown_to_those_who_read_as_much(people, context):
    take_baseline(1, name="第二版", actor=people.pm, now=NOW)
    db.session.flush()
    kept = newest_before(viewer_for(people.pm, 1), NOW)
    assert kept is not None
    assert kept.reason.startswith("state:baseline:")
    assert newest_before(viewer_for(people.exec, 1), NOW) == kept
    for person in (people.clerk, people.owner1, people.training):
        assert newest_before(viewer_for(person, 1), NOW) is None


def test_a_trend_is_read_from_the_weeks_closes(people, context):
    plan = db.session.get_one(Plan, 1)
    friday = NOW + timedelta(days=1, hours=2)
    close_week(plan, friday)
    close_week(plan, friday + timedelta(days=7))
    points = trend(viewer_for(people.exec, 1), friday + timedelta(days=8), 12)
    assert [point.reason for point in points] == ["week:2026-W48", "week:2026-W49"]
    assert points[0].figures["task:1:percent"] == 0
    assert "money.planned" in points[0].figures
    assert trend(viewer_for(people.clerk, 1), friday + timedelta(days=8), 12) == ()


def test_a_file_that_nobody_touched_is_known(pack):
    found = verify(pack.content, "pack.xlsx", VERSION)
    assert (found.pack, found.is_same_bytes, found.is_rebuilt) == (pack, True, True)
    assert found.is_unchanged


def changed(content: bytes, change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_changed_cell_is_named(pack):
    def change(book):
        book.worksheets[0]["B13"] = "别的任务"

    found = verify(changed(pack.content, change), "pack.xlsx", VERSION)
    assert found.pack == pack
    assert not found.is_unchanged
    title = openpyxl.load_workbook(io.BytesIO(pack.content)).sheetnames[0]
    assert [(c.sheet, c.cell, c.now) for c in found.changes] == [(title, "B13", "别的任务")]


def test_a_file_from_elsewhere_is_not_known_and_nonsense_is_refused(pack):
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    assert verify(out.getvalue(), "other.xlsx", VERSION).pack is None
    for nonsense in (b"", b"hello", b"PK\x03\x04" + b"\0" * 100, pack.content[:5000]):
        with pytest.raises(DomainError):
            verify(nonsense, "x.xlsx", VERSION)


def test_a_forged_result_is_found_though_the_formula_stands(pack):
    """A figure on the summary, overwritten where previews on a phone read it."""
    found = verify(spoiled(pack.content), "pack.xlsx", VERSION)
    assert found.changes
    assert all(change.is_result and change.now == "999" for change in found.changes)


@pytest.mark.office
def test_a_file_saved_anew_by_another_program_is_still_itself(pack, tmp_path):
    office = needs("office")
    computed_anew(office, pack.content, tmp_path)
    again = (tmp_path / "out" / "pack.xlsx").read_bytes()
    assert again != pack.content
    found = verify(again, "pack.xlsx", VERSION)
    assert found.pack == pack
    assert found.changes == ()


def test_the_command_says_what_a_file_is(app, pack, tmp_path: Path):
    file = tmp_path / "pack.xlsx"
    file.write_bytes(pack.content)
    run = app.test_cli_runner().invoke
    said = run(args=["pack", "verify", str(file)])
    assert said.exit_code == 0, said.output
    sha256 = db.session.get_one(Snapshot, pack.snapshot_id).sha256
    for word in ("plan 1", "language zh", sha256, "comes out the same", "unchanged"):
        assert word in said.output

    def change(book):
        book.worksheets[0]["B9"] = 17

    file.write_bytes(changed(pack.content, change))
    said = run(args=["pack", "verify", str(file)])
    assert said.exit_code == 1
    assert "!B9" in said.output
    assert "17" in said.output


def test_a_full_disk_leaves_no_broken_pack(people, context):
    """The database takes not a page more: nothing is offered, and later it is built after all."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("SQLite alone can be told how large it may grow")
    pack_id = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
    db.session.commit()
    db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    pages = db.session.scalar(db.text("PRAGMA page_count"))
    db.session.rollback()

    def may_have(count: int):
        def limit(connection, _record, _proxy):
            connection.execute(f"PRAGMA max_page_count={count}")

        return limit

    full = may_have(pages + 12)
    db.event.listen(db.engine, "checkout", full)
    try:
        build_pack(pack_id, NOW)
    except OperationalError as problem:
        assert "full" in str(problem)
    finally:
        db.session.rollback()
        db.event.remove(db.engine, "checkout", full)
    pack = db.session.get_one(Pack, pack_id)
    assert pack.state is not PackState.ready
    assert pack.content is None
    assert pack.sha256 is None
    again = may_have(2**30)
    db.event.listen(db.engine, "checkout", again)
    try:
        db.session.rollback()
        second = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
        db.session.commit()
        assert build_pack(second, NOW)
    finally:
        db.event.remove(db.engine, "checkout", again)
    db.session.rollback()
    kept = db.session.get_one(Pack, second)
    assert hashlib.sha256(kept.content).hexdigest() == kept.sha256


def test_a_pack_of_now_shows_what_stands_when_it_is_built(people, context):
    """Somebody may write between the click and the build: the pack says its own instant."""
    pack_id = request_pack(1, language="zh", actor=people.pm, now=NOW).id
    db.session.commit()
    task = db.session.get_one(Task, 1)
    update_progress(task, percent=61, actor=people.pm, now=NOW + timedelta(seconds=2))
    db.session.commit()
    built_at = NOW + timedelta(seconds=5)
    assert build_pack(pack_id, built_at)
    pack = db.session.get_one(Pack, pack_id)
    assert pack.as_of == built_at
    state = read_state(db.session.get_one(Snapshot, pack.snapshot_id))
    assert state.tasks.tasks[0].percent == 61


def test_what_changed_begins_at_a_pack_that_was_offered(people, context):
    first = request_pack(1, language="zh", as_of=NOW, actor=people.pm, now=NOW).id
    db.session.commit()
    later = NOW + timedelta(hours=1)
    assert build_pack(first, later)
    failed = request_pack(1, language="zh", as_of=later, actor=people.pm, now=later)
    failed_id = failed.id
    db.session.commit()
    assert build_pack(failed_id, later)
    row = db.session.get_one(Pack, failed_id)
    row.state = PackState.failed
    db.session.commit()
    much_later = later + timedelta(hours=1)
    third = request_pack(1, language="zh", as_of=much_later, actor=people.exec, now=much_later).id
    db.session.commit()
    assert build_pack(third, much_later)
    assert (
        db.session.get_one(Pack, third).compared_with_id
        == db.session.get_one(Pack, first).snapshot_id
    )


def test_a_pack_that_says_what_changed_is_made_again(pack, people, context):
    """Once with what is at hand, later from the two snapshots alone."""
    later = NOW + timedelta(hours=1)
    update_progress(db.session.get_one(Task, 1), percent=64, actor=people.pm, now=later)
    db.session.flush()
    ask = Ask(viewer_for(people.pm, 1), people.pm.name, "zh", later, later)
    draft = draft_of(ask)
    written, shown = write_down(draft), draft.shown
    assert written.compared_with_id == pack.snapshot_id
    assert shown.comparison.since == NOW
    assert ("percent", 64) in [(change.field, change.new) for change in shown.comparison.changes]
    content = content_of(written.manifest, shown)
    assert content_of(read_manifest(written.manifest.to_json())) == content == make(ask).content


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "无法对比"), ("en", "no longer be compared")]
)
def test_a_pack_before_that_cannot_be_read_is_not_called_none(
    pack, people, context, language, said
):
    """It has another shape than today's, or is damaged; then nothing is compared, and that is
    said."""
    later = NOW + timedelta(hours=1)
    kept = db.session.get_one(Snapshot, pack.snapshot_id)
    kept.packed = kept.packed[:-20]
    draft = draft_of(Ask(viewer_for(people.pm, 1), people.pm.name, language, later, later))
    assert (draft.compared_with_id, draft.shown.comparison) == (None, None)
    assert (draft.manifest.compared, draft.manifest.lost_at) == (None, NOW)
    book = openpyxl.load_workbook(io.BytesIO(content_of(draft.manifest, draft.shown)))
    words = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    assert sum(said in text for text in words) == 1
    read = {"zh": "已无法读取", "en": "no longer be read"}[language]
    assert sum(read in text for text in words) == 2
    first = {"zh": ("第一份", "没有更早"), "en": ("first pack", "no earlier pack")}[language]
    assert not [text for text in words if any(word in text for word in first)]


def test_who_writes_does_not_wait_while_a_pack_is_read_and_packed_up(
    pack, people, context, monkeypatch
):
    """What takes seconds for a long plan holds no lock."""
    tried = []
    packed = making.packed_state

    def writing_meanwhile(*args):
        with own_transaction() as session:
            session.add(PackDownload(pack_id=pack.id, person_id=people.pm.id, at=NOW))
        tried.append(True)
        return packed(*args)

    later = NOW + timedelta(hours=1)
    update_progress(db.session.get_one(Task, 1), percent=64, actor=people.pm, now=later)
    asked = request_pack(1, language="zh", as_of=later, actor=people.pm, now=later).id
    db.session.commit()
    monkeypatch.setattr(making, "packed_state", writing_meanwhile)
    assert build_pack(asked, later)
    assert tried
    assert db.session.get_one(Pack, asked).state is PackState.ready


def test_text_outside_of_the_declared_area_is_found(pack):
    """A row appended by hand, with the sheet's declared size left as it was."""
    row = b'<row r="90"><c r="B90" t="inlineStr"><is><t>approved</t></is></c></row></sheetData>'

    def forge(name, data):
        if name != "xl/worksheets/sheet1.xml":
            return data
        return data.replace(b"</sheetData>", row)

    found = verify(rewritten(pack.content, forge), "pack.xlsx", VERSION)
    assert [(c.cell, c.now) for c in found.changes] == [("B90", "approved")]


def test_a_name_that_stands_for_something_else_and_a_hidden_sheet_are_found(pack):
    def forge(name, data):
        if name != "xl/workbook.xml":
            return data
        area = re.search(rb'<definedName name="Tasks_Done">([^<]+)<', data).group(1)
        data = data.replace(
            b'<definedName name="Tasks_DaysLate">', b'<definedName name="Tasks_DaysLate">' + area
            + b"</definedName><definedName name=\"Old\">", 1,
        )  # fmt: skip
        return data.replace(b'sheetId="3"', b'sheetId="3" state="hidden"', 1)

    found = verify(rewritten(pack.content, forge), "pack.xlsx", VERSION)
    assert {(c.sheet, c.cell) for c in found.changes} >= {
        ("names", "Tasks_DaysLate"), ("names", "Old"),
        (openpyxl.load_workbook(io.BytesIO(pack.content)).sheetnames[2], "hidden"),
    }  # fmt: skip


def test_a_pack_keeps_the_look_of_its_day(people, context):
    """Logo and colour are in the workbook, and stay in it when the company chooses others."""
    dress = {"company": "远山集团", "colour": "#7A1F5C", "logo": png(300, 80)}
    choose_look(LookDetails(**dress), actor=people.admin, now=NOW)
    db.session.flush()
    made = make(Ask(viewer_for(people.pm, 1), people.pm.name, "zh", NOW, NOW))
    archive = zipfile.ZipFile(io.BytesIO(made.content))
    assert [n for n in archive.namelist() if n.startswith("xl/media/")] == ["xl/media/image1.png"]
    assert b"FF7A1F5C" in archive.read("xl/styles.xml")
    other = {"company": "别的", "colour": "#1D3B6B", "logo": png(30, 30)}
    choose_look(LookDetails(**other), actor=people.admin, now=NOW + timedelta(hours=1))
    db.session.flush()
    assert content_of(read_manifest(made.written.manifest.to_json())) == made.content
