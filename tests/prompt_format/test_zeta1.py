"""``zeta1`` against the worked example of the protocol's description."""

from pathlib import Path

import pytest

from prompt_format import Edit, EditEvent, RenderedPrompt, TextRange, TokenBudget, find_format
from tests.prompt_format.examples import CART, CURSOR, EVENT, cart

ZETA1 = find_format("zeta1")
EDITABLE = {"start": 128, "end": 185}
CONTEXT = {"start": 0, "end": 226}
RANGES = {
    "editable_150": EDITABLE,
    "editable_180": EDITABLE,
    "editable_350": EDITABLE,
    "editable_150_context_350": CONTEXT,
    "editable_180_context_350": CONTEXT,
    "editable_350_context_150": CONTEXT,
}


def prompt(**changes: object) -> RenderedPrompt:
    rendered = ZETA1.render(cart(excerpt_ranges=RANGES, **changes), TokenBudget())
    assert isinstance(rendered, RenderedPrompt)
    return rendered


def test_the_worked_example_is_equal_byte_for_byte() -> None:
    assert CURSOR == 185
    assert prompt().text == (Path(__file__).parent / "zeta1_prompt.txt").read_text()


def test_the_worked_output_gives_the_worked_edit() -> None:
    new = "def grand_total(items):\n    sub = subtotal(items)\n    return sub * (1 + TAX)"
    output = f"<|editable_region_start|>\n{new}\n<|editable_region_end|>"
    assert ZETA1.parse(output, prompt()) == Edit(TextRange(start=128, end=185), new)


@pytest.mark.parametrize(
    ("output", "text", "cursor"),
    [
        (
            "```shop/src/cart.py\n<|start_of_file|>\nimport os\n<|editable_region_start|>\na\n",
            "a\n",
            None,
        ),
        ("a\nb\n<|editable_region_end|>\n\ndef main()", "a\nb", None),
        ("a<|user_cursor_is_here|>b<|user_cursor_is_here|>", "ab", 1),
        ("<|editable_region_start|>\n\n<|editable_region_end|>", "", None),
        ("é<|user_cursor_is_here|>", "é", 2),
    ],
)
def test_parsing_is_lenient_and_leaves_no_cursor_marker(
    output: str, text: str, cursor: int | None
) -> None:
    assert ZETA1.parse(output, prompt()) == Edit(TextRange(start=128, end=185), text, cursor)


def test_the_start_of_the_file_is_told_only_where_it_is() -> None:
    assert "<|start_of_file|>" in prompt(excerpt_start_row=0).text
    assert "<|start_of_file|>" in prompt(excerpt_start_row=None).text
    assert "<|start_of_file|>" not in prompt(excerpt_start_row=40).text


def test_renames_are_told_and_only_six_events() -> None:
    renamed = EditEvent(path="b.py", old_path="a.py", diff="")
    many = tuple(EVENT.model_copy(update={"diff": f"@@ {n} @@\n"}) for n in range(8))
    text = prompt(events=(*many, renamed)).text
    assert "User renamed a.py to b.py\n\n" in text
    assert [n for n in range(8) if f"@@ {n} @@" in text] == [3, 4, 5, 6, 7]


def test_old_events_give_way_to_an_engines_limit() -> None:
    whole = prompt(events=(EVENT, EVENT)).text
    budget = TokenBudget(count=len, max_prompt_tokens=len(whole) - 1)
    shorter = ZETA1.render(cart(excerpt_ranges=RANGES, events=(EVENT, EVENT)), budget)
    assert isinstance(shorter, RenderedPrompt)
    assert shorter.text == prompt(events=(EVENT,)).text
    assert CART[:40] in shorter.text
