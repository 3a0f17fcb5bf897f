"""A text that is read piece by piece says what it says when it is read whole."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.json_text import JsonText
from app.core.localtext import LocalText
from app.core.reading_back import Unreadable, read_pieces, read_plain
from app.core.snapshots import canonical, pieces


class Colour(StrEnum):
    red = "red"
    green = "green"


@dataclass(frozen=True)
class Leaf:
    id: int
    title: LocalText
    on: date | None
    part: float = 0.5
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Branch:
    name: str
    leaves: tuple[Leaf, ...]
    colours: tuple[Colour, ...]
    pair: tuple[int, str]
    counts: dict[int, int]
    only: tuple[Leaf, ...] | None = None


@dataclass(frozen=True)
class Tree:
    at: datetime
    branch: Branch
    others: tuple[Branch, ...]
    label: LocalText
    is_old: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


words = st.text(max_size=20)
labels = st.builds(LocalText, own=words) | st.builds(LocalText, zh=words, en=words)
numbers = st.integers(-(10**12), 10**12)
leaves = st.lists(
    st.builds(Leaf, numbers, labels, st.none() | st.dates(), st.floats(allow_nan=False,
              allow_infinity=False), st.lists(words, max_size=3).map(tuple)), max_size=4
).map(tuple)  # fmt: skip
branches = st.builds(
    Branch, words, leaves, st.lists(st.sampled_from(Colour), max_size=3).map(tuple),
    st.tuples(numbers, words), st.dictionaries(numbers, numbers, max_size=3), st.none() | leaves,
)  # fmt: skip
plain_values = st.recursive(
    st.none() | st.booleans() | numbers | words | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
trees = st.builds(
    Tree, st.datetimes(), branches, st.lists(branches, max_size=3).map(tuple), labels,
    st.booleans(), st.dictionaries(words, plain_values, max_size=3),
)  # fmt: skip
SIZES = st.integers(1, 40)


def cut(text: str, size: int) -> list[str]:
    """The text in chunks of so many characters, with an empty one among them."""
    return [text[n : n + size] for n in range(0, len(text), size)] + [""]


@given(plain_values, SIZES)
@example(-12345.5e-7, 1)
@example('"\\u4e2d\\', 1)
def test_a_value_is_the_same_wherever_the_chunks_end(value, size):
    text = JsonText(cut(canonical(value), size))
    assert text.value() == value
    text.end()


@given(trees, SIZES)
def test_piece_by_piece_is_read_what_is_read_whole(tree, size):
    text = canonical(tree)
    assert read_pieces(Tree, cut(text, size)) == read_plain(Tree, json.loads(text)) == tree
    assert read_pieces(Tree, pieces(tree)) == tree


@given(trees, SIZES, st.data())
def test_what_breaks_off_is_not_read(tree, size, data):
    text = canonical(tree)
    end = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(Unreadable):
        read_pieces(Tree, cut(text[:end], size))


@given(trees, st.sampled_from([",", "}", "{}", "1", " ", '"']))
def test_nothing_may_come_after_the_end(tree, more):
    with pytest.raises(Unreadable):
        read_pieces(Tree, [canonical(tree), more])


LEAF = '{"id":1,"on":null,"title":{"own":"甲"}'


@pytest.mark.parametrize("text", [
    "", "null", "[]", "{}", "[{}]", '"id"', "1",
    LEAF + ",}", LEAF + ',"part":"half"}', LEAF.replace("1", '"one"') + "}",
    LEAF.replace(":null", ":soon") + "}", LEAF.replace(",", ";", 1) + "}",
    LEAF.replace(":null", " null") + "}", LEAF + ',"notes":["a" "b"]}', LEAF + ',"notes":["a",]}',
    LEAF + ',"notes":[1]}', LEAF + ',"notes":"ab"}', LEAF + ',"notes":{"a":"b"}}',
    LEAF + ',"notes":null}', LEAF.replace('"id"', "3") + "}", LEAF.replace('"id"', "[]") + "}",
])  # fmt: skip
def test_what_has_another_shape_is_not_read(text):
    with pytest.raises(Unreadable):
        read_pieces(Leaf, [text])


def test_what_is_not_known_is_passed_over_and_what_lacks_takes_its_default():
    more = ',"rows":[{"a":[1,2]},[]],"was":{"id":2},"why":"x"}'
    assert read_pieces(Leaf, [LEAF + more]) == Leaf(1, LocalText(own="甲"), None, 0.5, ())


def test_a_row_is_made_before_the_next_chunk_is_asked_for():
    """So a long list is never whole in memory as text."""
    asked = 0

    def chunks():
        nonlocal asked
        yield '{"rows":['
        for n in range(5):
            asked = n
            yield f'{{"id":{n}}},'
        yield '{"id":5}]}'

    @dataclass(frozen=True)
    class Row:
        id: int
        seen: int = 0

        def __post_init__(self):
            object.__setattr__(self, "seen", asked)

    @dataclass(frozen=True)
    class Rows:
        rows: tuple[Row, ...]

    found = read_pieces(Rows, chunks())
    assert [row.id for row in found.rows] == [0, 1, 2, 3, 4, 5]
    assert [row.seen for row in found.rows] == [0, 1, 2, 3, 4, 4]


def test_words_that_come_again_are_the_same_object():
    found = read_pieces(Leaf, [LEAF + ',"notes":["2026-W48","2026-W48"]}'])
    assert found.notes[0] is found.notes[1]
