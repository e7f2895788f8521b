"""Positions in a client's unit and line endings, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_format import InvalidRange
from server.source_text import SourceText, Unit

TEXTS = st.text(st.sampled_from("ab é😀𝄞\n\r\t"), max_size=40)
UNITS = st.sampled_from(list(Unit))


def units_of(text: str, unit: Unit) -> int:
    return len(text.encode(unit.codec)) // unit.width


@given(text=TEXTS, unit=UNITS, start_row=st.integers(0, 5), data=st.data())
def test_every_place_comes_back(text: str, unit: Unit, start_row: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    if text[max(0, index - 1) : index + 1] == "\r\n":
        index -= 1
    source = SourceText(text, unit, start_row)
    offset = units_of(text[:index], unit)
    ours = source.byte_offset(offset, "cursor")
    assert source.text.encode()[:ours].decode() == text[:index].replace("\r\n", "\n")
    again, row, column = source.position(ours)
    assert again == offset
    before = text[:index].replace("\r\n", "\n")
    assert row == start_row + before.count("\n")
    assert column == units_of(before[before.rfind("\n") + 1 :], unit)
    assert source.byte_offset_at(row, column, "cursor") == ours


@given(text=TEXTS, unit=UNITS, offset=st.integers(-3, 200))
def test_any_other_offset_is_refused(text: str, unit: Unit, offset: int) -> None:
    valid = {
        units_of(text[:index], unit)
        for index in range(len(text) + 1)
        if text[max(0, index - 1) : index + 1] != "\r\n"
    }
    source = SourceText(text, unit)
    if offset in valid:
        source.byte_offset(offset, "cursor")
    else:
        with pytest.raises(InvalidRange, match=r"^cursor lies"):
            source.byte_offset(offset, "cursor")


def test_new_text_gets_the_clients_line_endings() -> None:
    assert SourceText("a\r\nb", Unit.UTF_8).to_client("x\ny") == "x\r\ny"
    assert SourceText("a\nb", Unit.UTF_8).to_client("x\ny") == "x\ny"
