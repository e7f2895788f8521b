"""Foretype's own formats: windows that hold still, answers that are short, silence in one token."""

import pytest

from prompt_format import (
    FORMATS,
    Edit,
    NoEdit,
    ParseReason,
    PromptFormat,
    PromptInput,
    TokenBudget,
)
from prompt_format.formats.foretype import NEAR, QUIET
from prompt_format.formats.foretype_history import HISTORY, HISTORY_TOKENS
from prompt_format.outputs import RenderedPrompt
from tests.prompt_format.examples import EVENT, at_cursor, cart

SPAN, REGION = FORMATS["foretype-span"], FORMATS["foretype-region"]
OWN = pytest.mark.parametrize("each", [SPAN, REGION], ids=lambda each: each.name)
ROWS = "".join(f"row_{number} = {number}\n" for number in range(200))


def rendered(prompt_input: PromptInput, each: PromptFormat = SPAN) -> RenderedPrompt:
    prompt = each.render(prompt_input, TokenBudget())
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt


def answer(prompt_input: PromptInput, old: str, new: str) -> str:
    prompt = rendered(prompt_input)
    assert prompt.region.count(old) >= 1
    text = prompt.region.replace(old, new, 1)
    output = SPAN.expected_output(prompt, Edit(prompt.editable_range, text))
    parsed = SPAN.parse(output, prompt)
    assert isinstance(parsed, Edit)
    assert parsed.ending_like(prompt.region).new_text == text
    return output


def test_the_span_prompt_ends_at_the_cursor() -> None:
    assert rendered(cart()).text.endswith(f"{NEAR}" + cart().cursor_excerpt[:185])


def test_what_is_being_typed_is_continued() -> None:
    prompt_input = at_cursor("def f(a):\n    ret‸\n\n\nf(1)\n")
    assert answer(prompt_input, "    ret\n", "    return a\n") == "urn a<|endoftext|>"


def test_the_rest_of_the_line_is_replaced() -> None:
    prompt_input = at_cursor("f(‸)\ng()\n")
    assert answer(prompt_input, "f()", "f(a, b)") == "a, b)<|endoftext|>"
    assert answer(prompt_input, "f()", "f(\n    a\n)") == "\n    a\n)<|endoftext|>"


def test_an_edit_elsewhere_names_the_lines_it_replaces() -> None:
    prompt_input = at_cursor("a = 1\nb = 2\nc = 3‸\nd = 4\n")
    output = answer(prompt_input, "b = 2", "b = 5")
    assert output == "<issue_start>b = 2\n<issue_comment>b = 5\n<|endoftext|>"


def test_of_equal_places_the_nearest_is_meant_and_others_are_named_by_more_lines() -> None:
    prompt_input = at_cursor("x\ny\nx\nz‸\nx\n")
    output = answer(prompt_input, "x\ny", "w\ny")
    assert output == "<issue_start>x\ny\n<issue_comment>w\ny\n<|endoftext|>"


@OWN
def test_silence_is_one_token_and_changes_nothing(each: PromptFormat) -> None:
    prompt = rendered(cart(), each)
    edit = Edit(prompt.editable_range, prompt.region)
    output = each.expected_output(prompt, edit)
    assert output == f"{QUIET}<|endoftext|>"
    parsed = each.parse(QUIET, prompt)
    assert isinstance(parsed, Edit) and parsed.new_text == prompt.region


def test_silence_behind_an_edit_ends_it() -> None:
    prompt = rendered(at_cursor("def f(a):\n    ret‸\n"))
    assert SPAN.parse(f"urn a{QUIET}", prompt) == SPAN.parse("urn a", prompt)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", ParseReason.EMPTY_OUTPUT),
        ("urn<jupyter_code>", ParseReason.MARKERS_OUT_OF_ORDER),
        ("<issue_start>import os\n", ParseReason.MARKERS_MISSING),
        ("<issue_start>nowhere\n<issue_comment>a\n", ParseReason.MARKERS_OUT_OF_RANGE),
        ("<issue_start><issue_comment>a\n", ParseReason.MARKERS_OUT_OF_RANGE),
        ("<issue_start>import os\n<issue_comment>a<empty_output>", ParseReason.MARKERS_MISSING),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_edit(output: str, reason: ParseReason) -> None:
    parsed = SPAN.parse(output, rendered(cart()))
    assert isinstance(parsed, NoEdit) and parsed.reason is reason


@OWN
def test_while_a_line_is_typed_all_above_the_history_stays(each: PromptFormat) -> None:
    at = ROWS.index("row_100")
    heads = set()
    for typed in ("", "n", "new", "new = f(", "new = f(1"):
        text = ROWS[:at] + typed + "\n" + ROWS[at:]
        cursor = at + len(typed)
        changes = {"cursor_excerpt": text, "cursor_offset_in_excerpt": cursor, "events": (EVENT,)}
        heads.add(rendered(cart(**changes), each).text.partition(HISTORY)[0])
    assert len(heads) == 1


@OWN
def test_far_rows_hold_still_from_row_to_row(each: PromptFormat) -> None:
    heads = []
    for number in range(96, 104):
        at = ROWS.index(f"row_{number} ")
        changes = {"cursor_excerpt": ROWS, "cursor_offset_in_excerpt": at}
        heads.append(rendered(cart(**changes), each).text.partition("<jupyter_text>")[0])
    assert len(set(heads)) == 1


@OWN
def test_the_history_shows_the_newest_edits_that_fit(each: PromptFormat) -> None:
    events = [
        EVENT.model_copy(update={"diff": f"@@ -1 +1 @@\n-old_{n}\n+new_{n}\n"}) for n in range(9)
    ]
    history = rendered(cart(events=events), each).text.partition(HISTORY)[2].partition(NEAR)[0]
    assert "new_8" in history and "new_3" in history and "new_2" not in history
    long = EVENT.model_copy(update={"diff": "@@ -0,0 +1,900 @@\n" + "+a line\n" * 900})
    history = rendered(cart(events=[long]), each).text.partition(HISTORY)[2].partition(NEAR)[0]
    assert 0 < TokenBudget().count(history) <= HISTORY_TOKENS * 2
    assert history.endswith("+a line\n")


@OWN
def test_long_lines_shrink_the_window_and_one_too_long_is_refused(each: PromptFormat) -> None:
    wide = "".join(f"{'x' * 300}\n" for _ in range(60))
    prompt = rendered(at_cursor(wide[:9000] + "‸" + wide[9000:]), each)
    assert TokenBudget().count(prompt.text) <= 768 + 16
    parsed = each.render(at_cursor("y" * 4000 + "‸\n"), TokenBudget())
    assert isinstance(parsed, NoEdit) and parsed.reason is ParseReason.PROMPT_TOO_LONG
