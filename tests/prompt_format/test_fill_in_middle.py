"""Prompts of models that fill in the middle, to the letter, and what their answers put in."""

import pytest

from prompt_format import FORMATS, Edit, NoEdit, ParseReason, PromptFormat, TokenBudget
from prompt_format.outputs import RenderedPrompt
from tests.prompt_format.examples import ITEM, at_cursor

QWEN, MELLUM = FORMATS["fim-qwen"], FORMATS["fim-mellum"]
TEXT = "import os\n\n\ndef total(items):\n    ret‸()\n\n\nprint(total([]))\n"
EACH = pytest.mark.parametrize("each", [QWEN, MELLUM, FORMATS["fim-starcoder"]])


def rendered(each: PromptFormat, text: str = TEXT, **changes: object) -> RenderedPrompt:
    prompt = each.render(at_cursor(text).model_copy(update=changes), TokenBudget())
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        (
            "fim-qwen",
            "<|fim_prefix|>import os\n\n\ndef total(items):\n    ret"
            "<|fim_suffix|>()\n\n\nprint(total([]))\n<|fim_middle|>",
        ),
        (
            "fim-starcoder",
            "<fim_prefix>import os\n\n\ndef total(items):\n    ret"
            "<fim_suffix>()\n\n\nprint(total([]))\n<fim_middle>",
        ),
        (
            "fim-mellum",
            "<filename>shop/src/item.py\nclass Item:\n    price: float\n    qty: int\n...\n"
            "<filename>a.py\n<fim_suffix>()\n\n\nprint(total([]))\n"
            "<fim_prefix>import os\n\n\ndef total(items):\n    ret<fim_middle>",
        ),
    ],
)
def test_the_prompt(name: str, prompt: str) -> None:
    assert rendered(FORMATS[name], related_files=(ITEM,)).text == prompt


@EACH
def test_an_answer_is_put_in_at_the_cursor(each: PromptFormat) -> None:
    prompt = rendered(each)
    parsed = each.parse("urn sum(items)\n    # done", prompt)
    new = "    return sum(items)\n    # done"
    assert parsed == Edit(prompt.editable_range, new + "()", len(new))
    assert each.expected_output(prompt, parsed) == "urn sum(items)\n    # done<|endoftext|>"


@EACH
def test_what_follows_a_marker_is_no_part_of_it(each: PromptFormat) -> None:
    prompt = rendered(each)
    for token in each.special_tokens:
        parsed = each.parse(f"urn{token}file.py\nother", prompt)
        assert isinstance(parsed, Edit) and parsed.new_text == "    return()"


@EACH
@pytest.mark.parametrize("output", ["", "\n  ", "<|endoftext|>"])
def test_an_answer_without_text_is_no_edit(each: PromptFormat, output: str) -> None:
    parsed = each.parse(output, rendered(each))
    assert isinstance(parsed, NoEdit) and parsed.reason is ParseReason.EMPTY_OUTPUT


@EACH
def test_a_key_leaves_the_start_of_the_prompt_as_it_is(each: PromptFormat) -> None:
    rows = "".join(f"row_{number} = {number}\n" for number in range(900))
    at = rows.index("row_500")
    starts = {
        rendered(each, rows[:at] + typed + "‸\n" + rows[at:]).text.rpartition("row_499")[0]
        for typed in ("", "n", "new", "new = f(1")
    }
    assert len(starts) == 1
