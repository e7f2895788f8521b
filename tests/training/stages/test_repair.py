from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.teacher.examples import BETTER, CODE, answer, example
from tests.training.teacher.scripted_endpoint import ScriptedEndpoint, serving, status
from training.errors import InvalidRow, MissingSection
from training.examples import Example
from training.stage import Dropped
from training.stages import adopt, check, distill, repair
from training.stages.adopt import AdoptConfig
from training.stages.distill import DistillConfig
from training.stages.repair import RepairConfig
from training.teacher.errors import EndpointUnavailable

REVERTED = "def area(shape):\n\n\ndef main():\n    print(area(shape))\n"
Mend = Callable[..., Any]


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def parameters(endpoint: ScriptedEndpoint, tmp_path: Path) -> dict[str, Any]:
    cache = tmp_path / "answers.sqlite"
    return {"base_url": endpoint.url, "model": "large", "cache": cache, "attempts": 1}


def says(endpoint: ScriptedEndpoint, first: list[str], then: str) -> None:
    """Predictions by their seed; one answer to every objection."""

    def text(body: dict[str, Any]) -> str:
        return then if len(body["messages"]) == 3 else first[body["seed"]]

    endpoint.text = text


async def checked(parameters: dict[str, Any], num_predictions: int) -> Example:
    config = DistillConfig(**parameters, num_predictions=num_predictions)
    async with distill.STAGE.open(config) as teacher:
        found = await distill.STAGE.run(example(), config, teacher)
    return check.run(found, check.STAGE.config())  # type: ignore[arg-type]


async def mended(parameters: dict[str, Any], given: Example) -> Example:
    config = RepairConfig(**parameters)
    async with repair.STAGE.open(config) as teacher:
        found = await repair.STAGE.run(given, config, teacher)
    assert isinstance(found, Example)
    return found


async def test_every_flawed_prediction_is_mended_in_a_conversation(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    bad, good = answer(REVERTED), answer(BETTER)
    says(endpoint, [good, bad, "nothing to read"], good)
    given = await checked(parameters, 3)
    assert [result.is_clean for result in given.checks] == [True, False, False]
    found = await mended(parameters, given)
    assert found.predictions[:3] == given.predictions
    repairs = found.predictions[3:]
    assert [each.answers for each in repairs] == [1, 2]
    assert {each.provider for each in repairs} == {"repair"}
    assert {each.actual_patch for each in repairs} == {given.predictions[0].actual_patch}
    assert repairs[0].source["template_version"] == "repair@1"
    conversation = next(
        body["messages"]
        for body in endpoint.requests
        if len(body["messages"]) == 3 and body["messages"][1]["content"] == bad.strip()
    )
    assert [message["role"] for message in conversation] == ["user", "assistant", "user"]
    assert conversation[0] == endpoint.requests[0]["messages"][0]
    critique = conversation[2]["content"]
    assert "restores the file exactly as it was before the last edit" in critique
    assert "-    tot\n" in critique and "KEEP_PREVIOUS" in critique


async def test_a_second_run_asks_nothing(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(REVERTED)], answer(BETTER))
    given = await checked(parameters, 1)
    first = await mended(parameters, given)
    num_requests = len(endpoint.requests)
    assert await mended(parameters, given) == first
    again = check.run(first, check.STAGE.config())  # type: ignore[arg-type]
    assert await mended(parameters, again) == again
    assert len(endpoint.requests) == num_requests == 2


async def test_keep_previous_copies_the_patch(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(REVERTED), "unreadable"], "It is right.\n\nKEEP_PREVIOUS")
    found = await mended(parameters, await checked(parameters, 2))
    kept, nothing = found.predictions[2:]
    assert kept.reason == "keep_previous" and kept.error is None
    assert kept.actual_patch == found.predictions[0].actual_patch
    assert nothing.actual_patch is None and nothing.reason == "nothing_to_keep"
    rechecked = check.run(found, check.STAGE.config())  # type: ignore[arg-type]
    adopted = adopt.run(rechecked, AdoptConfig())
    assert isinstance(adopted, Example)
    assert adopted.spec.expected_patches == (kept.actual_patch,)
    assert isinstance(adopt.run(rechecked, AdoptConfig(trust_kept=False)), Dropped)


async def test_on_second_thought_no_edit_is_right(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(REVERTED)], "`````\nNO_EDITS\n`````")
    found = await mended(parameters, await checked(parameters, 1))
    assert found.predictions[1].actual_patch == "--- a/shapes.py\n+++ b/shapes.py\n"


async def test_a_failed_repair_leaves_the_original_and_says_why(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(REVERTED)], "I am not sure.")
    given = await checked(parameters, 1)
    found = await mended(parameters, given)
    original, failed = found.predictions
    assert original == given.predictions[0]
    assert (failed.actual_patch, failed.reason) == (None, "code_block_missing")
    endpoint.script.append(status(413))
    refused = (await mended(parameters | {"model": "small"}, given)).predictions[1]
    assert (refused.actual_patch, refused.reason) == (None, "request_refused")
    assert refused.error and "413" in refused.error and refused.answers == 0


async def test_an_endpoint_that_is_down_fails_the_row_for_now(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(REVERTED)], answer(BETTER))
    given = await checked(parameters, 1)
    endpoint.script.append(status(503))
    with pytest.raises(EndpointUnavailable):
        await mended(parameters, given)
    assert (await mended(parameters, given)).predictions[1].error is None


async def test_clean_predictions_are_left_alone(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any]
) -> None:
    says(endpoint, [answer(BETTER), "NO_EDITS"], "none")
    given = await checked(parameters, 2)
    assert await mended(parameters, given) == given
    assert len(endpoint.requests) == 2


async def test_what_has_to_be_there_is_named(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any], tmp_path: Path
) -> None:
    says(endpoint, [answer(REVERTED)], answer(CODE))
    given = await checked(parameters, 1)
    with pytest.raises(MissingSection, match="check"):
        await mended(parameters, given.model_copy(update={"checks": ()}))
    with pytest.raises(MissingSection, match="synthesize"):
        await mended(parameters, given.model_copy(update={"prompt_inputs": None}))
    (prediction,) = given.predictions
    older = prediction.model_copy(
        update={"source": prediction.source | {"template_version": "teacher@0"}}
    )
    with pytest.raises(InvalidRow, match="another version"):
        await mended(parameters, given.model_copy(update={"predictions": (older,)}))


@pytest.mark.parametrize("name", ["prompt.file_tokens", "repetition"])
async def test_a_source_that_cannot_be_fails_the_row(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any], name: str
) -> None:
    says(endpoint, [answer(REVERTED)], "KEEP_PREVIOUS")
    given = await checked(parameters, 1)
    (prediction,) = given.predictions
    broken = prediction.model_copy(update={"source": prediction.source | {name: "many"}})
    with pytest.raises(InvalidRow, match="source of a prediction"):
        await mended(parameters, given.model_copy(update={"predictions": (broken,)}))


async def test_a_run_tells_what_it_has_cost(
    endpoint: ScriptedEndpoint, parameters: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    says(endpoint, [answer(REVERTED)], "KEEP_PREVIOUS")
    given = await checked(parameters, 1)
    endpoint.script.append(status(400))
    await mended(parameters, given)
    distilled, repaired = capsys.readouterr().err.splitlines()
    assert distilled.startswith("teacher: 1 answers, 0 more from the cache; 100 tokens read, 10 ")
    assert repaired.endswith(" 1 questions failed, 0 calls were repeated")
