"""Meetings, decisions and inspections in the pack."""

from dataclasses import replace

import pytest

from app.status.sheets import inspections, meetings
from tests.status.sheets.sheets import built, column, facts_of, read, rich, texts
from tests.status.states import empty

pytestmark = pytest.mark.usefixtures("context")


def made(state, language="en"):
    return built(facts_of(state, language), meetings, inspections)


def test_attendance_is_a_formula_and_a_meeting_nobody_was_asked_to_says_so():
    content = made(rich())
    sheet = read(content)["Meetings"]
    rates = [sheet.cell(row, meetings.RATE + 1).value for row in range(6, 9)]
    assert rates == [0.75, "nobody asked", "not held yet"]
    assert (
        read(content, is_computed=False)["Meetings"]
        .cell(6, meetings.RATE + 1)
        .value.startswith("=IF(")
    )


def test_each_decision_has_its_row_and_stays_text():
    content = made(rich())
    book = read(content, is_computed=False)
    assert column(book, "Decisions_Meeting") == [1, 1]
    cells = [c for row in book["Meetings"].iter_rows() for c in row if c.value == "=1+1"]
    assert [c.data_type for c in cells] == ["s"]
    assert column(read(content), "Meetings_State") == ["held", "held", "planned"]


def test_the_next_meeting_is_named_at_the_head():
    found = texts(read(made(rich()))["Meetings"])
    assert any(text.startswith("Next: Training, Fri 20 November 2026") for text in found)
    assert "No further meeting is planned." in texts(read(made(empty()))["Meetings"])


def test_decisions_that_may_not_be_read_are_left_out_and_no_zero():
    state = rich()
    bare = tuple(replace(meeting, decisions=()) for meeting in state.comms.meetings)
    state = replace(state, comms=replace(state.comms, meetings=bare),
                    left_out=("meeting:minutes",))  # fmt: skip
    sheet = read(made(state))["Meetings"]
    assert "Decisions are left out: not for these eyes." in texts(sheet)
    assert sheet.cell(6, meetings.DECISIONS + 1).value == "left out"


def test_findings_have_their_row_with_the_action_that_follows():
    content = made(rich())
    assert column(read(content), "Inspections_Verdict") == ["good", "to improve", None]
    assert column(read(content), "Inspections_Action") == [None, "A-2", None]
    found = texts(read(content)["Inspections"])
    assert "not recorded, 2 working days overdue" in found
    assert "Recorded: 1; findings: 1 good, 1 to improve, 1 with an action item" in found


def test_no_inspection_and_no_right_are_said():
    assert "No inspection is planned yet." in texts(read(made(empty()))["Inspections"])
    hidden = replace(empty(), left_out=("inspection:row",))
    assert "Left out: not for these eyes." in texts(read(made(hidden))["Inspections"])
