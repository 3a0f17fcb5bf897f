"""The comparison of what was exported, what stands now and what the file says."""

from hypothesis import given
from hypothesis import strategies as st

from app.exchange.cells import Bad
from app.exchange.matching import FileRow, FileSheet, Outcome, Rule, compare

COLUMNS = ("a", "b", "c")
RULES = [Rule(key) for key in COLUMNS]
VALUES = st.one_of(st.none(), st.sampled_from(["x", "y", "z"]), st.integers(0, 3))
CELLS = st.fixed_dictionaries(dict.fromkeys(COLUMNS, VALUES))
ROWS = st.dictionaries(st.integers(1, 9).map(lambda n: f"row-{n}"), CELLS)


def sheet(rows, new=()):
    lines = [FileRow(n, key, cells) for n, (key, cells) in enumerate(rows.items(), start=2)]
    lines += [FileRow(100 + n, None, cells) for n, cells in enumerate(new)]
    return FileSheet("s", "S", tuple(lines))


def matched(rows, exported, now, new=(), rules=RULES, **reasons):
    return compare(sheet(rows, new), rules, exported, now, ("row",), **reasons)


@given(ROWS)
def test_what_is_brought_back_unedited_changes_nothing(rows):
    assert matched(rows, rows, rows) == []


@given(ROWS, st.data())
def test_what_the_file_left_alone_stays_as_it_is_now(exported, data):
    now = {key: data.draw(CELLS) for key in exported}
    assert matched(exported, exported, now) == []


@given(ROWS, st.data())
def test_a_cell_is_a_conflict_exactly_when_both_sides_changed_it_differently(exported, data):
    now = {key: data.draw(CELLS) for key in exported}
    file = {key: data.draw(CELLS) for key in exported}
    found = {
        (row.key, cell.column): cell.outcome
        for row in matched(file, exported, now)
        for cell in row.cells
    }
    for key in exported:
        for column in COLUMNS:
            base, present, wanted = exported[key][column], now[key][column], file[key][column]
            if wanted in (base, present):
                assert (key, column) not in found
            elif present == base:
                assert found[key, column] is Outcome.changed
            else:
                assert found[key, column] is Outcome.conflict


@given(ROWS)
def test_an_applied_file_brought_once_more_changes_nothing(rows):
    file = {key: dict.fromkeys(COLUMNS, "new") for key in rows}
    assert matched(file, rows, file) == []


def test_a_missing_column_says_nothing():
    exported = {"row-1": {"a": "x", "b": "y", "c": None}}
    assert matched({"row-1": {"a": "x"}}, exported, exported) == []


def test_a_missing_row_is_removed_and_stays_where_it_changed_meanwhile():
    exported = {f"row-{n}": {"a": "x"} for n in (1, 2, 3)}
    now = exported | {"row-2": {"a": "moved"}}
    found = {row.key: row.outcome for row in matched({"row-1": {"a": "x"}}, exported, now)}
    assert found == {"row-2": Outcome.kept, "row-3": Outcome.removed}


def test_nothing_is_removed_by_an_emptied_sheet():
    exported = {"row-1": {"a": "x"}, "row-2": {"a": "x"}}
    assert {row.outcome for row in matched({}, exported, exported)} == {Outcome.kept}


def test_nothing_is_removed_by_a_sheet_with_ids_that_do_not_fit():
    exported = {"row-1": {"a": "x"}, "row-2": {"a": "x"}}
    found = matched({"row-1": {"a": "x"}, "row-77": {"a": "x"}}, exported, exported)
    assert {row.key: row.outcome for row in found} == {
        "row-77:3": Outcome.refused, "row-2": Outcome.kept,
    }  # fmt: skip


def test_an_id_that_stands_twice_is_refused_with_both_cells():
    exported = {"row-1": {"a": "x"}}
    lines = (FileRow(2, "row-1", {"a": "x"}), FileRow(5, "row-1", {"a": "y"}))
    found = compare(FileSheet("s", "S", lines), RULES, exported, exported, ("row",))
    assert [(row.outcome, row.address) for row in found] == [(Outcome.refused, "A5")]
    assert "A2" in str(found[0].reason)


def test_a_row_that_went_in_the_app_is_refused_only_when_the_file_changed_it():
    exported = {"row-1": {"a": "x"}}
    assert matched({"row-1": {"a": "x"}}, exported, {}) == []
    assert matched({"row-1": {"a": "y"}}, exported, {})[0].outcome is Outcome.refused


def test_what_only_shows_what_cannot_be_read_and_what_must_stand_is_refused():
    rules = [Rule("a", is_read_only=True), Rule("b", is_always=True), Rule("c", is_for_new=True)]
    exported = {"row-1": {"a": "x", "b": "y", "c": "z"}}
    file = {"row-1": {"a": "1", "b": None, "c": "2"}}
    found = matched(file, exported, exported, rules=rules)
    assert [cell.outcome for cell in found[0].cells] == [Outcome.refused] * 3
    found = matched({"row-1": {"b": Bad("?", "why")}}, exported, exported, rules=rules)
    assert (found[0].outcome, found[0].cells[0].reason) == (Outcome.refused, "why")


def test_a_new_row_brings_its_cells_and_must_fill_what_is_asked():
    rules = [Rule("a", is_required=True), Rule("b"), Rule("c", is_read_only=True)]
    good, poor = matched({}, {}, {}, [{"a": "x", "b": None, "c": "9"}, {"b": "y"}], rules)
    assert (good.outcome, good.values()) == (Outcome.added, {"a": "x"})
    assert poor.outcome is Outcome.refused
