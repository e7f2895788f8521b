"""What an editor sends, and what is refused of it."""

import pytest
from pydantic import ValidationError

from prompt_format import EditEvent, ExcerptRanges, InvalidRange, PromptInput, TextRange
from tests.prompt_format.examples import at_cursor, cart


@pytest.mark.parametrize("offset", [-1, 1, 3, 99])
def test_offsets_off_the_text_are_refused(offset: int) -> None:
    with pytest.raises(InvalidRange):
        at_cursor("é‸").check_offset(offset, "cursor")


@pytest.mark.parametrize(
    "change",
    [
        {"cursor_offset_in_excerpt": 10_000},
        {"syntax_ranges": [{"start": 0, "end": 10_000}]},
        {
            "excerpt_ranges": {
                name: {"start": 0, "end": 10_000}
                for name, field in ExcerptRanges.model_fields.items()
                if field.is_required()
            }
        },
    ],
    ids=lambda change: next(iter(change)),
)
def test_inputs_with_ranges_off_the_text_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidRange):
        cart(**change)


def test_a_reversed_range_is_refused() -> None:
    with pytest.raises(InvalidRange):
        TextRange(start=2, end=1)


def test_a_cursor_inside_a_character_is_refused() -> None:
    with pytest.raises(InvalidRange, match="inside a character"):
        PromptInput(cursor_path="a", cursor_excerpt="a😀b", cursor_offset_in_excerpt=3)
    assert PromptInput(cursor_path="a", cursor_excerpt="a😀b", cursor_offset_in_excerpt=5)


def test_fields_of_other_versions_are_ignored() -> None:
    assert cart(experiment="x") == cart()


def test_an_event_without_old_path_did_not_rename() -> None:
    assert EditEvent(path="a.py", diff="").old_path == "a.py"
    assert EditEvent(path="a.py", old_path="b.py", diff="").old_path == "b.py"


def test_an_input_survives_its_json() -> None:
    given = cart(syntax_ranges=[{"start": 1, "end": 2}])
    assert PromptInput.model_validate_json(given.model_dump_json()) == given


def test_an_input_never_changes() -> None:
    with pytest.raises(ValidationError):
        cart().cursor_path = "b.py"  # type: ignore[misc]
