"""Sweep's prompt to the letter, and what its sections hold."""

import pytest

from prompt_format import FORMATS, EditEvent, TokenBudget
from prompt_format.outputs import RenderedPrompt
from tests.prompt_format.examples import ITEM, at_cursor, cart

SWEEP = FORMATS["sweep"]
TEXT = "TAX = 0.2\n\n\ndef total(items):\n    ret‸\n\n\nprint(total([]))\n"
EVENTS = (
    EditEvent(path="a.py", diff="@@ -1,1 +1,1 @@\n-TAX = 0.1\n+TAX = 0.2\n"),
    EditEvent(path="p/a.py", diff="@@ -4,2 +4,2 @@\n def total(items):\n-    pass\n+    ret\n"),
)


def rendered(text: str = TEXT, **changes: object) -> RenderedPrompt:
    prompt = SWEEP.render(at_cursor(text).model_copy(update=changes), TokenBudget())
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt


def test_the_prompt() -> None:
    assert rendered(events=EVENTS, related_files=(ITEM,)).text == (
        "<|file_sep|>shop/src/item.py\nclass Item:\n    price: float\n    qty: int\n...\n"
        "<|file_sep|>a.py\nTAX = 0.1\n\n\ndef total(items):\n    pass\n\n\nprint(total([]))\n\n"
        "<|file_sep|>a.py:1:1\noriginal:\nTAX = 0.1\nupdated:\nTAX = 0.2\n"
        "<|file_sep|>p/a.py:4:5\noriginal:\ndef total(items):\n    pass\n"
        "updated:\ndef total(items):\n    ret\n"
        "<|file_sep|>original/a.py:3:9\n\ndef total(items):\n    pass\n\n\nprint(total([]))\n\n"
        "<|file_sep|>current/a.py:3:9\n\ndef total(items):\n    ret<|cursor|>\n\n\n"
        "print(total([]))\n\n"
        "<|file_sep|>updated/a.py:3:9\n"
    )


def test_rows_count_from_the_files_first() -> None:
    assert "<|file_sep|>current/a.py:103:109\n" in rendered(excerpt_start_row=100).text


@pytest.mark.parametrize(
    "diff", ["@@ -1,1 +1,1 @@\n-a\n+gone since\n", "no diff at all\n", "@@ -1 +1 @@\n?\n"]
)
def test_edits_that_cannot_be_undone_leave_the_original_as_it_is_now(diff: str) -> None:
    text = rendered(events=(EditEvent(path="a.py", diff=diff),)).text
    original = text.partition("original/a.py:3:9\n")[2].partition("<|file_sep|>")[0]
    assert original == "\ndef total(items):\n    ret\n\n\nprint(total([]))\n\n"


def test_an_answer_may_end_at_the_models_own_end_of_text() -> None:
    prompt = rendered()
    whole = "\ndef total(items):\n    return 0\n\n\nprint(total([]))\n\n"
    assert SWEEP.parse(whole + "<|endoftext|>", prompt) == SWEEP.parse(whole, prompt)


def test_the_file_around_the_region_holds_still_while_a_row_is_typed() -> None:
    rows = "".join(f"row_{number} = {number}\n" for number in range(900))
    at = rows.index("row_500")
    states = (rows[:at] + typed + "‸\n" + rows[at:] for typed in ("", "n", "new", "new = f("))
    starts = {rendered(state).text.partition("row_499")[0] for state in states}
    assert len(starts) == 1


def test_a_small_budget_leaves_out_the_rest_of_the_file_first() -> None:
    whole = SWEEP.render(cart(), TokenBudget(count=len))
    small = SWEEP.render(cart(), TokenBudget(count=len, max_prompt_tokens=700))
    assert isinstance(whole, RenderedPrompt) and isinstance(small, RenderedPrompt)
    assert whole.text.endswith(small.text[small.text.index("<|file_sep|>original/") :])
    assert len(small.text) <= 700 < len(whole.text)
