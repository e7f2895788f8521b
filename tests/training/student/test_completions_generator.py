"""An endpoint is asked for what serving would generate; its failures fail a row, not the run."""

from pathlib import Path

import pytest

from model import FinishReason
from model.bpe_tokenizer import BpeTokenizer
from prompt_format import RenderedPrompt, TextRange
from tests.training.student.endpoint import ScriptedEndpoint, completion, scripted_endpoint
from training.errors import InvalidRow, RunError
from training.student import Ask, Generation
from training.student.completions_generator import (
    Endpoint,
    EndpointFailed,
    RetryPolicy,
    open_completions,
)

EMPTY = TextRange(start=0, end=0)
PROMPT = RenderedPrompt(
    "<|start|>the x", EMPTY, EMPTY, 0, "", "", stop=("\n\n",), special_tokens=("<|start|>",)
)
EAGER = RetryPolicy(first_wait_seconds=0.001, longest_wait_seconds=0.002)


async def _generate(
    endpoint: ScriptedEndpoint, ask: Ask, tokenizer: BpeTokenizer | None = None, **fields: object
) -> list[Generation]:
    values = Endpoint(endpoint.url, "tiny", **fields)  # type: ignore[arg-type]
    async with open_completions(values, tokenizer, "1", EAGER) as generator:
        return await generator.generate(ask)


async def test_text_prompts_for_any_endpoint() -> None:
    with scripted_endpoint(completion("there", "other")) as endpoint:
        ask = Ask(PROMPT, max_tokens=9, num_samples=2, temperature=0.5, seed=3)
        answers = await _generate(endpoint, ask, is_vllm=False, key="secret")
    assert [answer.text for answer in answers] == ["there", "other"]
    assert endpoint.paths == ["/v1/completions"]
    assert endpoint.headers[0]["Authorization"] == "Bearer secret"
    assert endpoint.requests == [
        {
            "model": "tiny",
            "prompt": "<|start|>the x",
            "max_tokens": 9,
            "temperature": 0.5,
            "n": 2,
            "seed": 3,
            "stop": ["\n\n"],
        }
    ]


async def test_tokens_where_the_tokenizer_is_known(tiny_folder: Path) -> None:
    tokenizer = BpeTokenizer(tiny_folder / "tokenizer.json")
    with scripted_endpoint(completion("there", finish_reason="length", tokens=9)) as endpoint:
        (answer,) = await _generate(endpoint, Ask(PROMPT, max_tokens=9), tokenizer)
    assert endpoint.requests[0]["prompt"] == list(tokenizer.encode(PROMPT.text, ("<|start|>",)))
    assert endpoint.requests[0]["skip_special_tokens"] is False
    assert answer.finish_reason is FinishReason.LENGTH
    assert (answer.num_prompt_tokens, answer.num_tokens) == (11, 9)


@pytest.mark.parametrize("failure", [(500, b""), (429, b""), (200, b'{"choices": [')])
async def test_what_may_pass_is_tried_again(failure: tuple[int, bytes]) -> None:
    with scripted_endpoint(failure, failure, completion("there")) as endpoint:
        (answer,) = await _generate(endpoint, Ask(PROMPT, max_tokens=9))
    assert answer.text == "there"
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, b""), EndpointFailed),
        ((200, b"nonsense"), EndpointFailed),
        ((200, b"[]"), EndpointFailed),
        ((200, b'{"choices": [{"index": 0}]}'), EndpointFailed),
        (completion("one", "too many"), EndpointFailed),
        (completion("\ud800"), EndpointFailed),
        ((200, b"[" * 100_000), EndpointFailed),
        (completion("one", tokens=10**400), EndpointFailed),
        ((400, b""), InvalidRow),
        ((401, b""), RunError),
    ],
)
async def test_failures(answer: tuple[int, bytes], error: type[Exception]) -> None:
    with scripted_endpoint(answer) as endpoint, pytest.raises(error):
        await _generate(endpoint, Ask(PROMPT, max_tokens=9))


async def test_nobody_there() -> None:
    with scripted_endpoint(completion("there")) as endpoint:
        pass
    with pytest.raises(EndpointFailed):
        await _generate(endpoint, Ask(PROMPT, max_tokens=9))
