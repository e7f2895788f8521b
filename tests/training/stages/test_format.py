from pathlib import Path

import pytest
from pydantic import ValidationError

from prompt_format import FORMATS, RenderedPrompt, TokenBudget
from tests.training.history.repositories import shop
from training.errors import InvalidRow, MissingSection, RunError
from training.examples import Example, ExampleSpec
from training.rows import TrainingRow
from training.stage import Dropped
from training.stages import format as format_stage
from training.stages import synthesize
from training.stages.format import FormatConfig

LEARNT = ["foretype-span", "foretype-region", "V0211SeedCoder", "V0318SeedMultiRegions"]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = shop(tmp_path_factory.mktemp("repositories") / "shop")
    config = synthesize.SynthesizeConfig(repositories=(str(folder),), examples_per_commit=40)
    return [
        each
        for unit in synthesize.units(config)
        for each in synthesize.run(unit, config)
        if isinstance(each, Example)
    ]


def with_patch(example: Example, patch: str) -> Example:
    spec = example.spec.model_copy(update={"expected_patches": (patch,)})
    return example.model_copy(update={"spec": spec})


@pytest.mark.parametrize("name", LEARNT)
def test_the_prompt_is_the_one_that_serving_shows(name: str, examples: list[Example]) -> None:
    num_rows = 0
    for example in examples:
        row = format_stage.run(example, FormatConfig(prompt_format=name, max_output_tokens=1000))
        if isinstance(row, Dropped):
            continue
        num_rows += 1
        assert example.prompt_inputs is not None
        budget = TokenBudget(max_prompt_tokens=768)
        served = FORMATS[name].render(example.prompt_inputs, budget)
        assert isinstance(served, RenderedPrompt)
        assert row.prompt == served.text + served.prefill
        assert row.special_tokens == served.special_tokens
    assert num_rows > len(examples) / 2


def test_silence_is_learnt_as_silence(examples: list[Example]) -> None:
    for example in examples:
        row = format_stage.run(example, FormatConfig())
        if isinstance(row, TrainingRow):
            is_quiet = row.completion == "<empty_output><|endoftext|>"
            assert is_quiet == ("kind:no_edit" in example.spec.tags)


def test_less_history_is_another_row_of_the_same_example(examples: list[Example]) -> None:
    example = next(example for example in examples if example.prompt_inputs.events)  # type: ignore[union-attr]
    whole = format_stage.run(example, FormatConfig())
    none = format_stage.run(example, FormatConfig(history_events=0))
    assert isinstance(whole, TrainingRow) and isinstance(none, TrainingRow)
    assert "<jupyter_script>@" in whole.prompt and "<jupyter_script>@" not in none.prompt
    assert whole.completion == none.completion


def test_what_cannot_be_learnt_is_dropped_with_a_word(examples: list[Example]) -> None:
    edited = next(example for example in examples if "kind:fim" in example.spec.tags)
    assert edited.prompt_inputs is not None
    assert format_stage.run(edited, FormatConfig(max_output_tokens=1)) == Dropped("answer_too_long")
    marked = edited.prompt_inputs.model_copy(
        update={"cursor_excerpt": edited.prompt_inputs.cursor_excerpt + "<empty_output>\n"}
    )
    row = format_stage.run(edited.model_copy(update={"prompt_inputs": marked}), FormatConfig())
    assert row == Dropped("special_token_in_input")
    far = with_patch(edited, "--- a/cart.py\n+++ b/cart.py\n@@ -900,1 +900,1 @@\n-far\n+away\n")
    assert format_stage.run(far, FormatConfig()) == Dropped("edit_outside_region")


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ("--- a/cart.py\n+++ b/cart.py\n@@ -1,1 +1,1 @@\n-not there\n+at all\n", "not apply"),
        ("@@ -1 +1 @@\n-not there\n+at all", "not apply"),
        ("I would not change anything.", "no unified diff"),
    ],
)
def test_a_patch_of_another_text_is_no_silence(
    patch: str, message: str, examples: list[Example]
) -> None:
    with pytest.raises(InvalidRow, match=message):
        format_stage.run(with_patch(examples[0], patch), FormatConfig())


def test_a_short_patch_without_a_header_is_an_edit(examples: list[Example]) -> None:
    example = next(each for each in examples if "kind:no_edit" in each.spec.tags)
    row = format_stage.run(
        with_patch(example, "@@ -1 +1 @@\n-import os\n+import sys"),
        FormatConfig(prompt_format="foretype-region", max_output_tokens=1000),
    )
    assert row == Dropped("edit_outside_region") or "import sys" in getattr(row, "completion", "")


def test_parameters_that_suit_no_row_end_the_run(examples: list[Example], tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="foretype-span"):
        FormatConfig(prompt_format="nope")
    with pytest.raises(RunError, match="there is no tokenizer"):
        format_stage.run(examples[0], FormatConfig(tokenizer=tmp_path / "none.json"))
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        format_stage.run(examples[0], FormatConfig(tokenizer=tmp_path / "broken.json"))


def test_what_an_earlier_stage_must_add_is_named(examples: list[Example]) -> None:
    with pytest.raises(MissingSection, match="synthesize"):
        format_stage.run(Example(spec=ExampleSpec()), FormatConfig())
    spec = examples[0].spec.model_copy(update={"expected_patches": ()})
    with pytest.raises(MissingSection, match="distill"):
        format_stage.run(examples[0].model_copy(update={"spec": spec}), FormatConfig())
