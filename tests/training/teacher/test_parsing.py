import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_format import Edit, TextRange
from tests.training.teacher.examples import answer
from training.teacher.parsing import KeepPrevious, Unreadable, last_code_block, read_answer

RANGE = TextRange(start=3, end=9)
REGION = "a = 1\nb = 2"


def read(text: str, region: str = REGION) -> object:
    return read_answer(text, RANGE, region)


def test_the_region_stands_between_the_tags() -> None:
    assert read(answer("a = 1\nb = 3")) == Edit(RANGE, "a = 1\nb = 3")


def test_the_cursor_is_taken_out_and_kept_in_bytes() -> None:
    found = read(answer("é = 1\nb = <|user_cursor|>3"))
    assert found == Edit(RANGE, "é = 1\nb = 3", 11)


@pytest.mark.parametrize(
    "text",
    [
        "Done.\n`````\nNO_EDITS\n`````\n",
        "Done.\n```\nNO_EDITS\n```",
        "Nothing to do: NO_EDITS",
        "NO_EDITS\n",
        "`NO_EDITS`",
        answer("c") + "\nOn second thought:\nNO_EDITS.",
        answer("NO_EDITS"),
        "**NO_EDITS**\n\nThe line was removed on purpose.",
    ],
)
def test_no_edits_leaves_the_region(text: str) -> None:
    assert read(text) == Edit(RANGE, REGION)


def test_code_may_hold_the_word() -> None:
    assert read(answer("NO_EDITS = 1")) == Edit(RANGE, "NO_EDITS = 1")
    assert read(answer("a\nNO_EDITS")) == Edit(RANGE, "a\nNO_EDITS")
    assert read(answer("NO_EDITS"), "NO_EDITS") == Edit(RANGE, "NO_EDITS")


@pytest.mark.parametrize(
    "text",
    ["It is right.\n`````\nKEEP_PREVIOUS\n`````", "KEEP_PREVIOUS\n\nIt is right as it stands."],
)
def test_the_previous_answer_may_be_kept(text: str) -> None:
    assert read(text) == KeepPrevious()


def test_line_ends_of_another_system_are_read() -> None:
    assert read(answer("a = 1\nb = 3").replace("\n", "\r\n")) == Edit(RANGE, "a = 1\nb = 3")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "code_block_missing"),
        ("I would rename it.", "code_block_missing"),
        ("`````\na = 1\n`````", "tags_missing"),
        ("`````\n<|editable_region_start|>\na = 1\n`````", "end_tag_missing"),
        ("`````\n<|editable_region_start|>\na = 1", "end_tag_missing"),
        ("<|editable_region_end|>", "code_block_missing"),
    ],
)
def test_what_cannot_be_read_has_a_reason(text: str, reason: str) -> None:
    found = read(text)
    assert isinstance(found, Unreadable) and found.reason == reason


def test_a_missing_start_tag_means_the_beginning_of_the_block() -> None:
    text = "Here:\n`````\na = 1\nb = 3\n<|editable_region_end|>\n`````"
    assert read(text) == Edit(RANGE, "a = 1\nb = 3")


def test_the_last_tags_rule() -> None:
    assert read(answer("first") + answer("last")) == Edit(RANGE, "last")


def test_a_fence_in_the_code_does_not_end_the_region() -> None:
    code = "# Use\n```\nrun\n```\nend"
    assert read(answer(code, fence="```")) == Edit(RANGE, code)


def test_a_blank_first_line_that_got_lost_is_restored() -> None:
    found = read(answer("a = <|user_cursor|>3"), "\na = 1")
    assert found == Edit(RANGE, "\na = 3", 5)


def test_the_final_newline_is_that_of_the_region() -> None:
    assert read(answer("a\n"), "b") == Edit(RANGE, "a")
    assert read(answer("a"), "b\n") == Edit(RANGE, "a\n")


def test_the_last_block_counts() -> None:
    assert last_code_block("```\none\n```\n````py\ntwo\n```\n````") == "two\n```"
    assert last_code_block("```\nopen") == "open"
    assert last_code_block("none") is None


@given(st.text())
def test_every_region_is_read_as_it_was_shown(region: str) -> None:
    text = answer(region, fence="`" * 40)
    found = read_answer(text, RANGE, region)
    if "<|" not in region:
        assert found == Edit(RANGE, region)


@given(st.text())
def test_any_text_gives_an_edit_or_a_reason(text: str) -> None:
    assert isinstance(read(text), Edit | KeepPrevious | Unreadable)
