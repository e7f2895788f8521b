"""``completion``: continuing the line at the cursor."""

import re
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from prompt_format import (
    Edit,
    NoEdit,
    ParseReason,
    RenderedPrompt,
    TokenBudget,
    estimate_tokens,
    find_format,
)
from prompt_format.anchored_window import ANCHOR_ROWS
from prompt_format.formats.completion import PROMPT_TOKENS
from tests.prompt_format.examples import at_cursor

COMPLETION = find_format("completion")


def rendered(text: str) -> RenderedPrompt:
    prompt = COMPLETION.render(at_cursor(text), TokenBudget(count=len, max_prompt_tokens=500))
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt


def completed(text: str, output: str) -> str:
    """The cursor's line after the model has answered ``output``."""
    edit = COMPLETION.parse(output, rendered(text))
    assert isinstance(edit, Edit), edit
    return edit.new_text


def silence(text: str, output: str) -> ParseReason:
    prompt = COMPLETION.render(at_cursor(text), TokenBudget())
    if isinstance(prompt, NoEdit):
        return prompt.reason
    edit = COMPLETION.parse(output, prompt)
    assert isinstance(edit, NoEdit)
    return edit.reason


def test_the_prompt_ends_at_the_cursor() -> None:
    prompt = rendered("a = 1\nb = ‸\nc = 3\n")
    assert prompt.text == "a = 1\nb = "
    assert prompt.region == "b = "
    assert prompt.stop == ("\n",)


@pytest.mark.parametrize(
    ("text", "output", "line"),
    [
        ("x = ‸", "1", "x = 1"),
        ("x = ‸", "1  \nnext = 2", "x = 1"),
        ("print(‸)", "a, b)", "print(a, b)"),
        ("print(‸)", "a, b", "print(a, b)"),
        ("if f(‸):", "a, b):", "if f(a, b):"),
        ("if f(‸):", "a, b)", "if f(a, b):"),
        ("f(g(‸))", "x)", "f(g(x))"),
        ("f(g(‸))", "x))", "f(g(x))"),
        ("f(g(‸))", "x)) + 1", "f(g(x)) + 1"),
        ("print(‸)", "a) + (b)", "print(a) + (b)"),
        ("x = a[‸]:", "i]", "x = a[i]:"),
        ("x = a[‸]:", "i]:", "x = a[i]:"),
        ("x = a[‸]", "i] + b[j]", "x = a[i] + b[j]"),
        ('foo("‸")', "x", 'foo("x")'),
        ('foo("‸")', 'x", "y")', 'foo("x", "y")'),
        ('foo("‸")', "it's\")", 'foo("it\'s")'),
        ("d = {‸}", "'a': {}}", "d = {'a': {}}"),
        ("f(g(‸))", "h(x)", "f(g(h(x)))"),
        ('say("‸")', 'hello")', 'say("hello")'),
        ('say("‸")', "hello", 'say("hello")'),
        ("say(‸)", '"(")', 'say("(")'),
        ("total += a[‸];", "i];", "total += a[i];"),
        ("run(‸)", "a)  # now", "run(a)  # now"),
        ("x = ‸  ", "1", "x = 1  "),
        ("é = '😀' + ‸", "é", "é = '😀' + é"),
    ],
)
def test_what_the_editor_closed_is_not_closed_twice(text: str, output: str, line: str) -> None:
    assert completed(text, output) == line


def test_the_cursor_moves_behind_what_was_added() -> None:
    edit = COMPLETION.parse("é)", rendered("é(‸)"))
    assert isinstance(edit, Edit)
    assert edit.cursor_offset == len("é(é)".encode())


@pytest.mark.parametrize(
    ("text", "output", "reason"),
    [
        ("x = ‸", "", ParseReason.EMPTY_OUTPUT),
        ("x = ‸", "  \t\nmore", ParseReason.EMPTY_OUTPUT),
        ("‸", "x", ParseReason.EMPTY_CONTEXT),
        ("\n\n  ‸", "x", ParseReason.EMPTY_CONTEXT),
        ("ret‸urn x", "x", ParseReason.CODE_AFTER_CURSOR),
        ("f(‸, b)", "x", ParseReason.CODE_AFTER_CURSOR),
        ("f(‸);", "() => {", ParseReason.UNCLOSED_BRACKET),
        ("x" * 5000 + "+‸", "x", ParseReason.PROMPT_TOO_LONG),
        ("x" * 5000 + "\n‸", "x", ParseReason.PROMPT_TOO_LONG),
        ("x" * 5000 + "\n    ‸", "x", ParseReason.PROMPT_TOO_LONG),
        ("x" * 1_000_000 + "‸", "x", ParseReason.PROMPT_TOO_LONG),
    ],
)
def test_silence_has_a_reason(text: str, output: str, reason: ParseReason) -> None:
    assert silence(text, output) is reason


def test_the_window_does_not_slide_while_typing() -> None:
    lines = [f"value_{number} = compute({number})" for number in range(400)]
    starts = set()
    for row in range(300, 332):
        for column in (5, 12, 20):
            typed = "\n".join([*lines[:row], lines[row][:column]]) + "‸\n"
            prompt = COMPLETION.render(at_cursor(typed), TokenBudget())
            assert isinstance(prompt, RenderedPrompt)
            starts.add(prompt.context_range.start)
            assert TokenBudget().count(prompt.text) <= PROMPT_TOKENS
    assert len(starts) <= 2


def test_the_window_starts_at_the_same_row_of_the_file_whatever_excerpt_was_sent() -> None:
    lines = [f"value_{number} = compute({number})\n" for number in range(300)]
    whole = at_cursor("".join(lines) + "x = ‸")
    part = at_cursor("".join(lines[37:]) + "x = ‸").model_copy(update={"excerpt_start_row": 37})
    texts = set()
    for given in (whole, part):
        prompt = COMPLETION.render(given, TokenBudget())
        assert isinstance(prompt, RenderedPrompt)
        texts.add(prompt.text)
    [text] = texts
    first_row = int(text[len("value_") : text.index(" ")])
    assert first_row % ANCHOR_ROWS[0] == 0


@pytest.mark.parametrize(("limit", "start"), [(64, 0), (63, 16)])
def test_a_window_may_fill_the_budget(limit: int, start: int) -> None:
    budget = TokenBudget(count=len, max_prompt_tokens=limit)
    prompt = COMPLETION.render(at_cursor("a\n" * 31 + "ab‸"), budget)
    assert isinstance(prompt, RenderedPrompt)
    assert prompt.context_range.start == start


def test_long_lines_are_anchored_more_finely() -> None:
    lines = ["x" * 90 + " = 1\n"] * 40
    prompt = COMPLETION.render(at_cursor("".join(lines) + "y = ‸"), TokenBudget(count=len))
    assert isinstance(prompt, RenderedPrompt)
    assert 8 * 95 <= len(prompt.text) <= PROMPT_TOKENS


def exact_count(text: str) -> int:
    """As a tokenizer of words and single marks counts."""
    return len(re.findall(r"\w+|[^\w\s]|\s+", text))


COUNTERS = pytest.mark.parametrize(
    "count", [estimate_tokens, exact_count, len], ids=lambda count: str(count.__name__)
)
WIDTHS = pytest.mark.parametrize("width", [4, 30, 90, 400])


def typed_windows(width: int, limit: int, budget: TokenBudget) -> list[RenderedPrompt]:
    """Prompts while 20 lines are typed below 130 others, a few keys at a time."""
    lines = [(f"v{row} = f({row}) + " * width)[:width] + "\n" for row in range(150)]
    above, typed = "".join(lines[:130]), "".join(lines[130:])
    prompts = []
    for keys in range(1, len(typed), max(1, width // 4)):
        prompt = COMPLETION.render(at_cursor(above + typed[:keys] + "‸\nrest\n"), budget)
        assert isinstance(prompt, RenderedPrompt)
        assert budget.count(prompt.text) <= limit
        prompts.append(prompt)
    return prompts


@COUNTERS
@WIDTHS
def test_prompts_of_successive_keystrokes_begin_alike(
    width: int, count: Callable[[str], int]
) -> None:
    prompts = typed_windows(width, PROMPT_TOKENS, TokenBudget(count=count))
    pairs = list(pairwise(prompts))
    jumps = sum(not later.text.startswith(earlier.text) for earlier, later in pairs)
    room_in_rows = len(prompts[0].text) // (width + 1)
    assert jumps <= (3 if room_in_rows >= 32 else 7 if room_in_rows >= 8 else 20)
    starts = [prompt.context_range.start for prompt in prompts]
    assert starts == sorted(starts)


@COUNTERS
@WIDTHS
@pytest.mark.parametrize("limit", [450, 900])
def test_a_good_part_of_the_budget_is_used_wherever_the_cursor_stands(
    width: int, limit: int, count: Callable[[str], int]
) -> None:
    budget = TokenBudget(count=count, max_prompt_tokens=limit)
    for prompt in typed_windows(width, limit, budget):
        is_whole = prompt.context_range.start == 0
        assert is_whole or count(prompt.text) > limit * 0.3 or width > limit * 0.3


def test_few_and_short_texts_are_counted() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return exact_count(text)

    def keystroke(text: str) -> set[str]:
        counted.clear()
        prompt = COMPLETION.render(at_cursor(text), TokenBudget(count=count))
        assert isinstance(prompt, RenderedPrompt)
        assert sum(map(len, counted)) < 4 * len(prompt.text)
        return set(counted)

    lines = "".join(f"value_{number} = compute({number})\n" for number in range(700))
    before = keystroke(lines + "x = ‸")
    assert len(keystroke(lines + "x = a‸") - before) == 2  # the newest stretch, and the window


def test_only_rows_near_the_cursor_are_looked_at() -> None:
    prompt_input = at_cursor("x = 1\n" * 1_000_000 + "y = ‸")
    started = time.perf_counter()
    for _ in range(20):
        prompt = COMPLETION.render(prompt_input, TokenBudget())
        assert isinstance(prompt, RenderedPrompt)
        row = prompt_input.excerpt_bytes[: prompt.context_range.start].count(b"\n")
        assert row % ANCHOR_ROWS[0] == 0
    assert time.perf_counter() - started < 2
