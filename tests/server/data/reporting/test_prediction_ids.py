"""An id comes back as it was given, to whom it was given, or is refused by the right word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from server.data.reporting.prediction_ids import (
    ForeignPredictionId,
    ForgedPredictionId,
    InvalidPredictionId,
    PredictionIds,
)

IDS = PredictionIds(b"s" * 32)
VARIANT = "0123456789"


@given(st.text(max_size=50))
def test_there_and_back(user: str) -> None:
    text = IDS.make(VARIANT, user)
    known = IDS.read(text, user)
    assert (known.text, known.variant) == (text, VARIANT)
    assert known.made.tzinfo is not None


def test_ids_sort_by_time_and_never_repeat() -> None:
    made = [IDS.make(VARIANT, "ann") for _each in range(1000)]
    assert len(set(made)) == 1000
    assert sorted(each[:10] for each in made) == [each[:10] for each in made]


def test_the_first_part_is_a_ulid() -> None:
    ids = PredictionIds(b"s" * 32)
    for prepares in (True, False):
        if prepares:
            ids.prepare()
        for seconds in (0.0, 1.0, 32.767, 32.768, 1_795_500_000.123, 281_474_976_710.655):
            ulid = ULID.from_str(ids.make_at(seconds, VARIANT, "ann")[:26])
            assert ulid.milliseconds == int(seconds * 1000)


def test_what_is_prepared_is_used_once() -> None:
    ids = PredictionIds(b"s" * 32)
    made: set[str] = set()
    for _each in range(3):
        ids.prepare()
        made |= {ids.make_at(1.0, VARIANT, "ann") for _one in range(5000)}
    assert len(made) == 15000


def test_another_users() -> None:
    with pytest.raises(ForeignPredictionId):
        IDS.read(IDS.make(VARIANT, "ann"), "bob")


def test_another_servers() -> None:
    with pytest.raises(ForgedPredictionId):
        PredictionIds(b"t" * 32).read(IDS.make(VARIANT, "ann"), "ann")


def test_another_arm() -> None:
    text = IDS.make(VARIANT, "ann")
    with pytest.raises(ForgedPredictionId):
        IDS.read(text.replace(VARIANT, "9876543210"), "ann")


@given(st.integers(min_value=0, max_value=64), st.sampled_from("abcdef0123456789ABCDEF_"))
def test_any_other_character(position: int, character: str) -> None:
    text = IDS.make(VARIANT, "ann")
    changed = text[:position] + character + text[position + 1 :]
    if changed != text:
        with pytest.raises(InvalidPredictionId):
            IDS.read(changed, "ann")


@given(st.text(max_size=200))
def test_anything_at_all(text: str) -> None:
    with pytest.raises(InvalidPredictionId) as caught:
        IDS.read(text, "ann")
    assert caught.value.code == "unknown_prediction_id"
