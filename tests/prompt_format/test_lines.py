"""Rows of a text and the offsets on them."""

from hypothesis import given
from hypothesis import strategies as st

from prompt_format.lines import LineIndex, split_lines, with_newline


@given(st.text(st.sampled_from("aé\n")))
def test_rows_and_offsets_agree(text: str) -> None:
    encoded = text.encode()
    index = LineIndex(encoded)
    assert len(index) == encoded.count(b"\n") + 1
    for offset in range(len(encoded) + 1):
        row = index.row(offset)
        assert row == encoded[:offset].count(b"\n")
        assert index.starts[row] <= offset <= index.end(row)
    assert "".join(split_lines(text)) == text


def test_only_a_line_feed_ends_a_line() -> None:
    assert split_lines("a\r\nb\x0cc\u2028d") == ["a\r\n", "b\x0cc\u2028d"]
    assert split_lines("") == []
    assert split_lines("\n") == ["\n"]


def test_a_text_gets_one_newline_unless_it_has_it() -> None:
    assert (with_newline("a"), with_newline("a\n"), with_newline("")) == ("a\n", "a\n", "\n")
