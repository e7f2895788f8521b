import json

import pytest

from tests.training.inputs import example, prompt_input
from training.errors import InvalidRow
from training.examples import Example, ExampleSpec
from training.files import RawRow, parse_row, to_line
from training.rows import TrainingRow

SECRET = "hunter2"


def raw(data: bytes) -> RawRow:
    return RawRow(3, "rows-3", data)


def problem(data: bytes) -> str:
    with pytest.raises(InvalidRow) as found:
        parse_row(raw(data), Example)
    return str(found.value)


def test_a_row_comes_back_as_it_was() -> None:
    row = example("a = ^1\n", split="train")
    line = to_line(row)
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    assert parse_row(raw(line.rstrip()), Example) == row


def test_an_example_without_a_name_gets_the_label() -> None:
    assert parse_row(raw(b"{}"), Example).spec == ExampleSpec(name="rows-3")
    assert parse_row(raw(b'{"name": "own"}'), Example).spec.name == "own"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"  \t", "empty"),
        (b'{"name": "hunter2', "Invalid JSON"),
        (b'{"name": "hunter2"} {}', "Invalid JSON"),
        (b'["hunter2"]', "should be an object"),
        (b'{"name": 7, "tags": "hunter2"}', "spec.name: .*; spec.tags: "),
        (b'{"spec": {"name": "hunter2", "nmae": "x"}}', "spec.nmae: Extra inputs"),
        (b'{"name": "\xff\xfe"}', "Invalid JSON"),
        (b'{"name": "\\ud800"}', "Invalid JSON"),
    ],
)
def test_what_is_wrong_is_said_without_quoting_it(data: bytes, message: str) -> None:
    with pytest.raises(InvalidRow, match=message) as found:
        parse_row(raw(data), Example)
    assert SECRET not in str(found.value)


def test_an_offset_off_the_text_is_a_row_failure() -> None:
    fields = json.loads(prompt_input("ab^c").model_dump_json()) | {"cursor_offset_in_excerpt": 9}
    message = problem(json.dumps({"name": "x", "prompt_inputs": fields}).encode())
    assert message == "prompt_inputs: cursor_offset_in_excerpt lies outside the text"


def test_many_problems_are_counted() -> None:
    message = problem(json.dumps({f"field_{number}": 1 for number in range(9)}).encode())
    assert message.endswith("; and 6 more")


def test_markdown_is_for_examples_only() -> None:
    row = RawRow(0, "a", b"# a\n", is_markdown=True)
    with pytest.raises(InvalidRow, match="the stage reads TrainingRow"):
        parse_row(row, TrainingRow)
    with pytest.raises(InvalidRow, match="UTF-8"):
        parse_row(RawRow(0, "a", b"\xff", is_markdown=True), Example)
