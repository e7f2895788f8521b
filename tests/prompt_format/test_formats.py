"""What holds for every prompt format."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prompt_format import (
    FORMATS,
    Edit,
    NoEdit,
    ParseReason,
    PromptFormat,
    PromptInput,
    RenderedPrompt,
    SpecialTokenInInput,
    TokenBudget,
)
from tests.prompt_format.examples import CART, CURSOR, EVENT, ITEM, at_cursor, cart

ALL = pytest.mark.parametrize("each", FORMATS.values(), ids=lambda each: each.name)
INSERTING = [FORMATS[name] for name in ("fim-qwen", "fim-starcoder", "fim-mellum")]
REWRITING = [each for each in FORMATS.values() if each not in (FORMATS["completion"], *INSERTING)]
MARKING_THE_CURSOR = [each for each in REWRITING if each.name not in ("foretype-span", "sweep")]
SPECIAL = pytest.mark.parametrize(
    ("each", "token"),
    [pytest.param(f, t, id=f"{f.name}-{t!r}") for f in FORMATS.values() for t in f.special_tokens],
)
LINES = st.lists(
    st.text(st.sampled_from("ab é😀(){}=\t"), max_size=12), min_size=1, max_size=40
).map("\n".join)


def rendered(each: PromptFormat, prompt_input: PromptInput) -> RenderedPrompt:
    prompt = each.render(prompt_input, TokenBudget())
    assert isinstance(prompt, RenderedPrompt), prompt
    return prompt


@ALL
def test_rendering_is_a_function_of_the_input(each: PromptFormat) -> None:
    assert rendered(each, cart()) == rendered(each, cart())


@ALL
def test_ranges_nest_and_name_the_region(each: PromptFormat) -> None:
    prompt = rendered(each, cart())
    assert prompt.context_range.contains(prompt.editable_range)
    editable = CART.encode()[prompt.editable_range.start : prompt.editable_range.end]
    assert editable.decode() == prompt.region
    assert prompt.editable_range.start <= CURSOR <= prompt.editable_range.end


@pytest.mark.parametrize("each", REWRITING, ids=lambda each: each.name)
@given(new=LINES, data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_expected_output_parses_to_its_edit(
    each: PromptFormat, new: str, data: st.DataObject
) -> None:
    prompt = rendered(each, cart())
    new = new + "\n"
    places = [len(new[:index].encode()) for index in range(len(new))]
    cursor = data.draw(st.sampled_from(places) | st.none())
    edit = Edit(prompt.editable_range, new, cursor)
    parsed = each.parse(each.expected_output(prompt, edit), prompt)
    assert isinstance(parsed, Edit)
    assert parsed.new_text.rstrip("\n") == new.rstrip("\n")
    if parsed.new_text.rstrip("\n") != prompt.region.rstrip("\n") and each.name == "zeta1":
        assert parsed.cursor_offset == cursor


@pytest.mark.parametrize("each", REWRITING, ids=lambda each: each.name)
@given(
    old=LINES,
    at=st.integers(0, 60),
    num_deleted=st.integers(0, 60),
    inserted=st.lists(st.sampled_from(["new = 1\n", "\n", "a\n"]), max_size=4).map("".join),
)
@example(old="a\nb", at=9, num_deleted=0, inserted="c\n")
@example(old="a\n" * 40, at=16, num_deleted=0, inserted="c\n")
@settings(max_examples=60, deadline=None)
def test_no_part_of_an_edit_is_lost(
    each: PromptFormat, old: str, at: int, num_deleted: int, inserted: str
) -> None:
    prompt = rendered(each, at_cursor("‸" + old))
    region = prompt.region if prompt.region.endswith("\n") else prompt.region + "\n"
    lines = region.splitlines(keepends=True)
    lines[at : at + num_deleted] = [inserted]
    new = "".join(lines)
    edit = Edit(prompt.editable_range, new)
    parsed = each.parse(each.expected_output(prompt, edit), prompt)
    assert isinstance(parsed, Edit)
    assert parsed.new_text.removesuffix("\n") == new.removesuffix("\n")


@pytest.mark.parametrize(
    ("at", "numbers"), [(0, "12"), (15, "12"), (16, "23"), (20, "23"), (32, "34"), (39, "34")]
)
def test_only_blocks_that_change_are_rewritten(at: int, numbers: str) -> None:
    lines = [f"a{row:02d}\n" for row in range(40)]
    prompt = rendered(FORMATS["V0318SeedMultiRegions"], at_cursor("‸" + "".join(lines)))
    assert prompt.text.count("<|marker_") == 4
    lines[at] = "changed\n"
    edit = Edit(prompt.editable_range, "".join(lines))
    output = FORMATS["V0318SeedMultiRegions"].expected_output(prompt, edit)
    assert "".join(re.findall(r"<\|marker_(\d)\|>", output)) == numbers


def test_a_change_over_a_boundary_repeats_the_tag_between() -> None:
    lines = [f"a{row:02d}\n" for row in range(40)]
    prompt = rendered(FORMATS["V0318SeedMultiRegions"], at_cursor("‸" + "".join(lines)))
    changed = [*lines[:15], "x\n", "y\n", *lines[17:]]
    output = FORMATS["V0318SeedMultiRegions"].expected_output(
        prompt, Edit(prompt.editable_range, "".join(changed))
    )
    assert re.findall(r"<\|marker_(\d)\|>", output) == ["1", "2", "3"]


@pytest.mark.parametrize("each", MARKING_THE_CURSOR, ids=lambda each: each.name)
def test_the_predicted_cursor_survives(each: PromptFormat) -> None:
    prompt = rendered(each, cart())
    new = prompt.region.replace("    ret", "    return sub * (1 + TAX)")
    if not new.endswith("\n"):
        new += "\n"
    edit = Edit(prompt.editable_range, new, len(new[: new.index("TAX)") + 4].encode()))
    parsed = each.parse(each.expected_output(prompt, edit), prompt)
    assert parsed == edit


@pytest.mark.parametrize("each", REWRITING, ids=lambda each: each.name)
def test_no_edit_parses_to_the_unchanged_region(each: PromptFormat) -> None:
    prompt = rendered(each, cart())
    parsed = each.parse(
        each.expected_output(prompt, Edit(prompt.editable_range, prompt.region)), prompt
    )
    assert isinstance(parsed, Edit)
    assert parsed.ending_like(prompt.region).new_text == prompt.region


def test_completion_gives_its_expected_output_back() -> None:
    each = FORMATS["completion"]
    prompt = rendered(each, cart())
    edit = Edit(prompt.editable_range, "    return sub", len("    return sub"))
    assert each.expected_output(prompt, edit) == "urn sub\n"
    assert each.parse("urn sub\n", prompt) == edit


@ALL
def test_a_stop_string_ends_the_expected_output(each: PromptFormat) -> None:
    prompt = rendered(each, cart())
    new = prompt.region.replace("    ret", "    return sub") + "\n"
    output = each.expected_output(prompt, Edit(prompt.editable_range, new, None))
    [stop] = each.stop
    assert output.rstrip("\n").endswith(stop.rstrip("\n"))
    cut = output[: output.index(stop)]
    whole = each.parse(output, prompt)
    assert isinstance(whole, Edit)
    without_stop = each.parse(cut, prompt)
    assert isinstance(without_stop, Edit)
    assert without_stop.ending_like(prompt.region) == whole.ending_like(prompt.region)


@SPECIAL
def test_a_special_token_in_the_text_is_refused(each: PromptFormat, token: str) -> None:
    with pytest.raises(SpecialTokenInInput) as caught:
        each.render(at_cursor(f"a = 1\n{token}\nb = ‸"), TokenBudget())
    assert "a = 1" not in str(caught.value)


@SPECIAL
def test_a_special_token_elsewhere_is_left_out(each: PromptFormat, token: str) -> None:
    poisoned = cart(
        events=(
            EVENT,
            EVENT.model_copy(update={"diff": f"@@ -1,1 +1,1 @@\n-poison\n+x\n{token}\n"}),
        ),
        related_files=(
            ITEM,
            ITEM.model_copy(
                update={
                    "path": "poison.py",
                    "excerpts": (
                        ITEM.excerpts[0].model_copy(update={"text": f"poison\n{token}\n"}),
                    ),
                }
            ),
        ),
        active_buffer_diagnostics=(
            {
                "message": f"poison\n{token}\n",
                "snippet_buffer_row_range": {"start": 1, "end": 1},
                "diagnostic_range_in_snippet": {"start": 0, "end": 0},
            },
        ),
    )
    assert "poison\n" not in rendered(each, poisoned).text
    assert "-poison" not in rendered(each, poisoned).text


@ALL
@pytest.mark.parametrize("limit", [64, 300, 700, 2000])
def test_an_exact_budget_is_kept(each: PromptFormat, limit: int) -> None:
    budget = TokenBudget(count=len, max_prompt_tokens=limit)
    prompt = each.render(cart(), budget)
    if isinstance(prompt, NoEdit):
        assert prompt.reason is ParseReason.PROMPT_TOO_LONG
    else:
        assert len(prompt.text) <= limit


@ALL
def test_a_minified_megabyte_is_too_long(each: PromptFormat) -> None:
    prompt = each.render(at_cursor("x+" * 500_000 + "‸"), TokenBudget(max_prompt_tokens=4096))
    assert isinstance(prompt, NoEdit)
    assert prompt.reason is ParseReason.PROMPT_TOO_LONG


@pytest.mark.parametrize("each", REWRITING, ids=lambda each: each.name)
@pytest.mark.parametrize("text", ["‸", "\0‸\0", "a\r‸b", "\n‸", "é😀‸"])
def test_odd_texts_have_a_prompt(each: PromptFormat, text: str) -> None:
    prompt = rendered(each, at_cursor(text))
    assert prompt.region == text.replace("‸", "")
