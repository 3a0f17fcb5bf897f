"""Problems and action items in the pack: what is open and overdue, and who owes how many."""

from dataclasses import replace

import pytest

from app.status.sheets import problems_actions
from tests.status.sheets.sheets import built, column, facts_of, read, rich, texts
from tests.status.states import empty

pytestmark = pytest.mark.usefixtures("context")
TITLE = "Problems and actions"


def made(state, language="en"):
    return built(facts_of(state, language), problems_actions)


def test_open_and_overdue_are_counted_by_formula():
    content = made(rich())
    for name, count in (("Problems_Open", 2), ("Problems_Overdue", 1), ("Actions_Open", 3),
                        ("Actions_Overdue", 2)):  # fmt: skip
        assert column(read(content), name) == [count]
        assert column(read(content, is_computed=False), name)[0].startswith("=COUNTIFS(")


def test_what_is_open_stands_first_by_its_day():
    rows = [row[0].value for row in read(made(rich()))[TITLE].iter_rows(min_row=6, max_row=12)]
    assert rows == ["A-3", "A-4", "P-2", "P-1", "A-2", "P-3", "A-5"]


def test_people_are_listed_with_what_waits_for_them_whatever_their_name():
    sheet = read(made(rich()))[TITLE]
    left = problems_actions.PEOPLE
    rows = {row[left].value: [c.value for c in row[left + 1 : left + 5]]
            for row in sheet.iter_rows(min_row=6, max_row=8)}  # fmt: skip
    assert rows == {"王*": [1, 1, 1, 1], "何俊": [1, 0, 1, 0], "=1+1": [0, 0, 1, 1]}


def test_problems_that_may_not_be_read_are_no_zero():
    state = rich()
    hidden = replace(state, reports=replace(state.reports, problems=()),
                     left_out=("problem:row",))  # fmt: skip
    book = read(made(hidden))
    assert "Problems are left out: not for these eyes." in texts(book[TITLE])
    assert "Problems_Open" not in book.defined_names
    assert column(book, "Actions_Open") == [3]
    assert not any("Problems:" in text for text in texts(book[TITLE]))


def test_with_nothing_at_all_there_is_a_sentence():
    book = read(made(empty()))
    assert "Nothing is open or was closed." in texts(book[TITLE])
    assert column(book, "Problems_Open") == [0]
    assert "Waits_State" not in book.defined_names
