"""Answers that are not whole yet."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import FORMATS, Edit, PromptFormat, RenderedPrompt, TokenBudget
from tests.prompt_format.examples import cart

ALL = pytest.mark.parametrize("each", FORMATS.values(), ids=lambda each: each.name)
ADDED = st.text(st.sampled_from("ab é😀(){}=\t<|>#\n"), min_size=1, max_size=20)


def rendered(each: PromptFormat) -> RenderedPrompt:
    prompt = each.render(cart(), TokenBudget())
    assert isinstance(prompt, RenderedPrompt)
    return prompt


@ALL
@given(added=ADDED, marks_cursor=st.booleans())
@settings(max_examples=40, deadline=None)
def test_it_is_what_the_whole_text_begins_with_and_grows(
    each: PromptFormat, added: str, marks_cursor: bool
) -> None:
    prompt = rendered(each)
    before, after = prompt.around_cursor
    new = before + added + after + ("" if after.endswith("\n") else "\n")
    cursor = len((before + added).encode()) if marks_cursor else None
    output = each.expected_output(prompt, Edit(prompt.editable_range, new, cursor))
    texts = [each.text_so_far(output[:end], prompt) for end in range(len(output) + 1)]
    assert texts[0] is not None
    if texts[-1] is None:  # it replaces lines by others
        assert each.name == "foretype-span"
        return
    known = [text for text in texts if text is not None]
    assert all(new.startswith(text.removesuffix("\n")) for text in known)
    assert all(text.startswith(before) for text, before in zip(known[1:], known, strict=False))
    assert len(known) == len(texts) and len(known[-1]) >= len(before)


@pytest.mark.parametrize(
    ("name", "output", "text"),
    [
        ("V0211SeedCoder", "def f():\n<|user_cur", "def f():\n"),
        ("V0211SeedCoder", "def f():<|user_cursor|>\n>>>>", "def f():\n"),
        ("V0318SeedMultiRegions", "<|mark", ""),
        ("V0318SeedMultiRegions", "no tag", ""),
        ("V0318SeedMultiRegions", "<|marker_1|>def f<|user_cursor|>(<|marker_", "def f("),
        ("V0318SeedMultiRegions", "<|marker_1|>def<|marker_12", "def"),
        ("V0318SeedMultiRegions", "<|marker_9|>def", None),
        ("zeta1", "<|editable_region_start|>\ndef f<|user_", "def f"),
        ("foretype-region", "<empty_output>", None),
        ("foretype-span", "<issue_start>def", None),
        ("foretype-span", "<empty_output>", None),
        ("sweep", "def f(<|cursor|>):", "def f():"),
    ],
)
def test_markers_are_no_text(name: str, output: str, text: str | None) -> None:
    assert FORMATS[name].text_so_far(output, rendered(FORMATS[name])) == text


def test_a_block_further_down_comes_after_those_above() -> None:
    each = FORMATS["V0318SeedMultiRegions"]
    lines = "".join(f"a{row:02d}\n" for row in range(40))
    state = cart(cursor_excerpt=lines, cursor_offset_in_excerpt=80)
    prompt = each.render(state, TokenBudget())
    assert isinstance(prompt, RenderedPrompt)
    assert each.text_so_far("<|marker_2|>new", prompt) == lines[: 16 * 4] + "new"
