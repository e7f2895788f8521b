"""Loops, and code that repeats itself for good reasons."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.repetition import repeats_a_tail, repeats_lines


def loops(old: str, new: str, above: str = "") -> bool:
    return repeats_lines(above, old, new, count=4, longest_block=8)


def test_a_line_four_times_in_a_row_is_a_loop() -> None:
    line = "    total += price\n"
    assert loops("", 4 * line)
    assert not loops("", 3 * line)
    assert loops("a\nb\n", "a\n" + 4 * line + "b\n")


def test_blank_lines_between_do_not_hide_it() -> None:
    assert loops("", 4 * "total()\n\n")
    assert loops("", 4 * "total()\n   \n")


def test_blank_lines_alone_are_no_loop() -> None:
    assert not loops("", "a\n" + 9 * "\n" + "b\n")


@pytest.mark.parametrize("period", [2, 5, 8])
def test_a_block_four_times_in_a_row_is_a_loop(period: int) -> None:
    block = "".join(f"line {row}\n" for row in range(period))
    assert loops("", 4 * block)
    assert not loops("", 3 * block)


def test_longer_blocks_are_not_looked_for() -> None:
    block = "".join(f"line {row}\n" for row in range(9))
    assert not loops("", 4 * block)


def test_a_run_may_begin_directly_above() -> None:
    assert loops("x\n", "return 0\nreturn 0\nreturn 0\n", above="def f():\nreturn 0\n")
    assert not loops("x\n", "return 0\nreturn 0\nreturn 0\n", above="return 0\ndef f():\n")


def test_a_run_that_stood_there_is_no_loop() -> None:
    rows = 6 * "[0, 0, 0],\n"
    assert not loops(rows, rows)
    assert not loops(rows + "x\n", rows + "y\n")
    assert not loops("x\n", "y\n", above=rows)


def test_a_table_of_equal_rows_may_grow_but_not_double() -> None:
    row = "[0, 0, 0],\n"
    assert not loops(3 * row, 5 * row)
    assert not loops(6 * row, 11 * row)
    assert loops(6 * row, 12 * row)


def test_a_loop_beside_another_run_is_found() -> None:
    rows = 6 * "[0, 0, 0],\n"
    assert loops(rows, rows + 4 * "pass\n")


def test_code_with_a_pattern_is_no_loop() -> None:
    table = "".join(f'    ("{name}", 0, None),\n' for name in "abcdefghij")
    assert not loops("", table)
    cases = "".join(f"case {case}:\n    return 0;\n" for case in range(10))
    assert not loops("", cases)
    closing = "".join(" " * indent + "}\n" for indent in range(12, -1, -4))
    assert not loops("", "{\n" + closing)
    asserts = "step()\ncheck(1)\nstep()\ncheck(2)\nstep()\ncheck(3)\nstep()\ncheck(4)\n"
    assert not loops("", asserts)


def test_braces_at_one_indentation_are_a_loop() -> None:
    assert loops("", 5 * "}\n")


def ends_in_a_loop(old: str, new: str) -> bool:
    return repeats_a_tail(old, new, tail_chars=160)


def test_a_line_that_ends_in_a_repeated_word_is_a_loop() -> None:
    assert ends_in_a_loop("", "x = " + 40 * "foo(")
    assert ends_in_a_loop("", "x = " + 8 * "alpha and beta, a..." + "\ny")
    assert not ends_in_a_loop("", "x = " + 39 * "foo(" + ")")


def test_a_short_line_is_none() -> None:
    assert not ends_in_a_loop("", 159 * "x")
    assert ends_in_a_loop("", 160 * "x")


def test_long_words_are_no_loop() -> None:
    # 21 characters are more than an eighth of 160.
    assert not ends_in_a_loop("", 10 * "abcdefghijklmnopqrstu")


def test_rulers_and_rows_of_numbers_are_no_loop() -> None:
    assert not ends_in_a_loop("", "# " + 200 * "-")
    assert not ends_in_a_loop("", 80 * "0, ")


def test_a_line_that_stood_there_is_no_loop() -> None:
    line = 60 * "ab, "
    assert not ends_in_a_loop(f"{line}\nx", f"{line}\ny")
    assert ends_in_a_loop(line, line + "ab, ")


TEXT = st.text(alphabet="ab \n", max_size=80)


@given(TEXT, TEXT)
def test_what_stays_never_loops(above: str, text: str) -> None:
    assert not loops(text, text, above)
    assert not repeats_a_tail(text, text, tail_chars=16)


@given(st.text(), st.text(), st.text())
def test_any_text_is_accepted(above: str, old: str, new: str) -> None:
    # Fewer than three filled lines are no loop, whatever they hold.
    filled = [line for line in new.split("\n") if line.strip()]
    assert not (loops(old, new, above) and len(filled) < 3)


def test_a_hundred_kilobytes_are_bounded() -> None:
    looping = 5_000 * "a\nb\n" + 50_000 * "ab"
    started = time.perf_counter()
    assert loops("", looping)
    assert not loops(looping, looping)
    assert ends_in_a_loop("", looping)
    assert time.perf_counter() - started < 2
