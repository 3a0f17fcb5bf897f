"""What people type is made safe to keep."""

import pytest

from app.core.text import clean, clean_line

MARKS = [chr(number) for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("mark", MARKS)
def test_marks_that_turn_the_direction_of_writing_are_taken_out(mark):
    assert clean(f"周{mark}敏\n下一行") == "周敏\n下一行"
    assert clean_line(f"周{mark}敏\n下一行") == "周敏 下一行"
