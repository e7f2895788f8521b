"""Bytes in pieces give the same text as bytes at once, and never show part of a stop string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text_stream import TextStream


def streamed(pieces: list[bytes], stop: tuple[str, ...] = ()) -> list[str]:
    stream = TextStream(stop)
    return [*(stream.push(piece) for piece in pieces), stream.finish()]


@given(st.text(alphabet="abä😀<>", max_size=30), st.integers(1, 3))
def test_pieces_give_the_text(text: str, size: int) -> None:
    data = text.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert "".join(streamed(pieces)) == text


@given(st.text(alphabet="ab<>", max_size=30), st.integers(1, 3))
def test_the_first_stop_string_ends_the_text(text: str, size: int) -> None:
    stops = ("<>", "ab>")
    data = text.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    places = [text.find(stop) for stop in stops if stop in text]
    shown = "".join(streamed(pieces, stops))
    if size == 1 or not places:
        assert shown == (text[: min(places)] if places else text)
    assert not any(stop in shown for stop in stops)


def test_nothing_is_held_back_longer_than_needed() -> None:
    assert streamed([b"x<", b"E", b"N", b"y", b"<"], ("<END>",)) == ["x", "", "", "<ENy", "", "<"]


@pytest.mark.parametrize(
    "data, shown", [("ä".encode()[:1], ""), (b"a\xff", "a\ufffd"), ("a😀".encode()[:3], "a")]
)
def test_cut_characters_are_dropped_and_false_bytes_replaced(data: bytes, shown: str) -> None:
    assert "".join(streamed([data])) == shown
