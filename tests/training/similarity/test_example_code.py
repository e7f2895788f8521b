import pytest

from tests.training.inputs import example
from training.errors import MissingSection
from training.examples import Example, ExampleSpec
from training.similarity.example_code import WINDOW_ROWS, code_at_cursor, cursor_path


def test_the_window_holds_rows_around_the_cursor() -> None:
    rows = [f"row{at}" for at in range(100)]
    rows[50] += "^"
    found = code_at_cursor(example("\n".join(rows))).split("\n")
    assert found[0] == f"row{50 - WINDOW_ROWS}"
    assert found[WINDOW_ROWS] == "row50<|user_cursor|>"
    assert found[-1] == f"row{50 + WINDOW_ROWS}"


def test_the_answer_belongs_to_it_without_its_headers() -> None:
    given = example("a^\n")
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b<|user_cursor|>\n c\n--- old\n"
    spec = given.spec.model_copy(update={"expected_patches": (patch,)})
    found = code_at_cursor(given.model_copy(update={"spec": spec}))
    assert found.split("\n") == ["a<|user_cursor|>", "", "-a", "+b<|user_cursor|>", "--- old"]


def test_without_inputs_the_position_counts() -> None:
    spec = ExampleSpec(cursor_path="a.py", cursor_position="\n" * 40 + "x<|user_cursor|>\n")
    found = code_at_cursor(Example(spec=spec))
    assert found == "\n" * WINDOW_ROWS + "x<|user_cursor|>\n"


def test_neither_is_an_error() -> None:
    with pytest.raises(MissingSection):
        code_at_cursor(Example(spec=ExampleSpec()))


def test_the_path_comes_from_either_section() -> None:
    given = example("^")
    assert cursor_path(given) == "shop/area.py"
    assert cursor_path(given.model_copy(update={"spec": ExampleSpec()})) == "shop/area.py"
    assert cursor_path(Example(spec=ExampleSpec())) == ""
