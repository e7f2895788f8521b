"""Code tokens, lines, special tokens, inputs, the registry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_format import (
    FORMATS,
    ExcerptRanges,
    InvalidRange,
    TextRange,
    UnknownPromptFormat,
    find_format,
)
from prompt_format.code_tokens import OPERATORS, tokenize
from prompt_format.lines import LineIndex, split_lines
from prompt_format.special_tokens import contains_special_token
from tests.prompt_format.examples import at_cursor, cart


@given(st.text())
def test_code_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(tokenize(text)) == text


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("snake_case camelCase2", ["snake_case", " ", "camelCase2"]),
        ("a>>>=b", ["a", ">>>=", "b"]),
        ("x  \t\n\r\n y", ["x", "  \t", "\n\r\n", " ", "y"]),
        ("f(...)->é", ["f", "(", "...", ")", "->", "é"]),
    ],
)
def test_code_tokens_are_the_units_of_comparison(text: str, units: list[str]) -> None:
    assert tokenize(text) == units


def test_no_operator_hides_a_longer_one() -> None:
    for at, operator in enumerate(OPERATORS):
        assert not any(later.startswith(operator) for later in OPERATORS[at + 1 :])


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


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("a\n=======\nb", True),
        ("=======", True),
        ("a\n========\nb", False),
        ("x =======\n", False),
        ("<filename>", True),
    ],
)
def test_a_token_that_ends_in_a_newline_is_a_line(text: str, is_found: bool) -> None:
    assert contains_special_token(text, ("=======\n", "<filename>")) == is_found


@pytest.mark.parametrize("offset", [-1, 1, 3, 99])
def test_offsets_off_the_text_are_refused(offset: int) -> None:
    with pytest.raises(InvalidRange):
        at_cursor("é‸").model_copy().check_offset(offset, "cursor")


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


def test_formats_are_found_by_name_alias_and_unique_part() -> None:
    assert find_format("zeta2") is FORMATS["V0211SeedCoder"]
    assert find_format("ZETA2.1") is FORMATS["V0318SeedMultiRegions"]
    assert find_format("v0318") is FORMATS["V0318SeedMultiRegions"]
    assert find_format("zeta") is FORMATS["zeta1"]
    assert all(find_format(name) is each for name, each in FORMATS.items())


@pytest.mark.parametrize("name", ["", "seed", "v9999"])
def test_other_names_are_refused_with_the_list(name: str) -> None:
    with pytest.raises(UnknownPromptFormat, match="V0211SeedCoder"):
        find_format(name)


def test_names_and_aliases_are_unique() -> None:
    names = [name.casefold() for each in FORMATS.values() for name in (each.name, *each.aliases)]
    assert len(names) == len(set(names))
