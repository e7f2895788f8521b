from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.teacher.examples import BETTER, CODE, answer, example, prompt_input
from tests.training.teacher.scripted_endpoint import ScriptedEndpoint, body, serving, status
from training.checks.change import patched
from training.errors import MissingSection
from training.examples import Example, ExampleSpec
from training.stage import Dropped
from training.stages import distill
from training.stages.distill import DistillConfig
from training.teacher.errors import EndpointUnavailable, InvalidAnswer

Configure = Callable[..., DistillConfig]


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with serving() as endpoint:
        endpoint.text = lambda _body: answer(BETTER.replace("height\n", "height<|user_cursor|>\n"))
        yield endpoint


@pytest.fixture
def config(endpoint: ScriptedEndpoint, tmp_path: Path) -> Configure:
    def make(**changes: Any) -> DistillConfig:
        given = {"base_url": endpoint.url, "model": "large", "cache": tmp_path / "answers.sqlite"}
        return DistillConfig(**(given | {"attempts": 1} | changes))

    return make


async def distilled(config: DistillConfig, given: Example) -> Example:
    async with distill.STAGE.open(config) as teacher:
        found = await distill.STAGE.run(given, config, teacher)
    assert isinstance(found, Example)
    return found


async def test_three_predictions_say_who_made_them(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    found = await distilled(config(), example())
    assert len(found.predictions) == len(endpoint.requests) == 3
    assert sorted(request["seed"] for request in endpoint.requests) == [0, 1, 2]
    first = found.predictions[0]
    assert first.provider == "teacher" and first.error is None and first.reason is None
    assert first.source["model"] == "large"
    assert first.source["template_version"] == "teacher@1"
    assert [each.source["repetition"] for each in found.predictions] == [0, 1, 2]
    assert first.num_tokens == 10
    assert "".join(endpoint.text({})) == first.actual_output
    marked = BETTER.replace("height\n", "height<|user_cursor|>\n")
    assert patched(prompt_input(), first.actual_patch or "") == marked
    assert first.actual_cursor is not None
    assert (first.actual_cursor.row, first.actual_cursor.column) == (1, 38)


async def test_a_second_run_is_the_same_and_asks_nothing(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    first = await distilled(config(), example())
    assert await distilled(config(), example()) == first
    assert len(endpoint.requests) == 3
    await distilled(config(num_predictions=4), example())
    assert len(endpoint.requests) == 4


async def test_no_edits_is_an_empty_patch(endpoint: ScriptedEndpoint, config: Configure) -> None:
    for text in ("`````\nNO_EDITS\n`````", answer(CODE.replace("tot", "tot<|user_cursor|>"))):
        endpoint.text = lambda _body, text=text: text  # type: ignore[misc]
        found = await distilled(config(model=str(len(text)), num_predictions=1), example())
        (prediction,) = found.predictions
        assert prediction.actual_patch == "--- a/shapes.py\n+++ b/shapes.py\n"
        assert (prediction.reason, prediction.actual_cursor) == ("no_edits", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I do not know.", "code_block_missing"),
        ("", "code_block_missing"),
        ("`````\nx\n`````", "tags_missing"),
        ("KEEP_PREVIOUS", "nothing_to_keep"),
    ],
)
async def test_an_unreadable_answer_is_data(
    endpoint: ScriptedEndpoint, config: Configure, text: str, reason: str
) -> None:
    endpoint.text = lambda _body: text
    (prediction,) = (await distilled(config(num_predictions=1), example())).predictions
    assert (prediction.actual_patch, prediction.reason) == (None, reason)
    assert prediction.error and prediction.actual_output == text


async def test_a_cut_answer_is_not_read(endpoint: ScriptedEndpoint, config: Configure) -> None:
    endpoint.finish_reason = "length"
    (prediction,) = (await distilled(config(num_predictions=1), example())).predictions
    assert (prediction.actual_patch, prediction.reason) == (None, "truncated")


@pytest.mark.parametrize(
    ("trouble", "error"), [(status(500), EndpointUnavailable), (body("{"), InvalidAnswer)]
)
async def test_one_failure_fails_the_row_and_keeps_the_other_answers(
    endpoint: ScriptedEndpoint, config: Configure, trouble: Any, error: type[Exception]
) -> None:
    endpoint.script.append(trouble)
    with pytest.raises(error):
        await distilled(config(), example())
    assert len(endpoint.requests) == 3
    assert len((await distilled(config(), example())).predictions) == 3
    assert len(endpoint.requests) == 4


async def test_code_with_a_tag_is_never_asked_about(
    endpoint: ScriptedEndpoint, config: Configure
) -> None:
    given = example(prompt_input(CODE + "# <|editable_region_end|>\n"))
    async with distill.STAGE.open(config()) as teacher:
        found = await distill.STAGE.run(given, config(), teacher)
    assert found == Dropped("special_token_in_input") and endpoint.requests == []


async def test_inputs_are_needed(config: Configure) -> None:
    with pytest.raises(MissingSection, match="synthesize"):
        await distilled(config(), Example(spec=ExampleSpec()))


async def test_earlier_predictions_stay(config: Configure) -> None:
    first = await distilled(config(num_predictions=1), example())
    second = await distilled(config(num_predictions=1, model="small"), first)
    assert [each.source["model"] for each in second.predictions] == ["large", "small"]


async def test_another_template_is_another_question(
    endpoint: ScriptedEndpoint, config: Configure, tmp_path: Path
) -> None:
    path = tmp_path / "mine.md"
    for version in (1, 2):
        path.write_text(f"---\nname: mine\nversion: {version}\n---\n{{{{ region }}}}\n")
        chosen = config(template=str(path), num_predictions=1)
        (prediction,) = (await distilled(chosen, example())).predictions
        assert prediction.source["template_version"] == f"mine@{version}"
        assert distill.STAGE.environment(chosen)["template"] == f"mine@{version}"
    assert len(endpoint.requests) == 2
