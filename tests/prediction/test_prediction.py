"""One prediction from input to judgement, by the steps that serving and training share."""

import pytest

from model import Chunk, FakeAnswer, FakeEngine, FinishReason, Phase, Sampling
from prediction import budget_for, complete, objection_to, read_edit, request_for
from prompt_format import Edit, RenderedPrompt, find_format
from quality import JudgeConfig, SuppressReason
from tests.training.inputs import prompt_input

COMPLETION = find_format("completion")
GIVEN = prompt_input("def area(width, height):\n    ret^\n")
LOOP = "urn x" + ", x" * 200


def rendered(max_prompt_tokens: int = 512) -> RenderedPrompt:
    engine = FakeEngine()
    budget = budget_for(
        engine.tokenizer.count, 8192, max_prompt_tokens=max_prompt_tokens, max_output_tokens=64
    )
    prompt = COMPLETION.render(GIVEN, budget)
    assert isinstance(prompt, RenderedPrompt)
    return prompt


def test_the_answer_keeps_its_room() -> None:
    def limit(max_context_tokens: int) -> int | None:
        return budget_for(
            len, max_context_tokens, max_prompt_tokens=700, max_output_tokens=64
        ).max_prompt_tokens

    assert (limit(1000), limit(500)) == (700, 436)


async def test_from_prompt_to_edit() -> None:
    engine = FakeEngine([FakeAnswer("urn width * height")])
    await engine.start()
    prompt = rendered()
    request = request_for(
        prompt,
        engine.tokenizer,
        max_output_tokens=64,
        sampling=Sampling(),
        session_key="a",
        deadline=1e12,
    )
    seen: list[Chunk] = []
    completion = await complete(engine, request, seen.append)
    assert engine.requests[-1] == request
    assert (request.session_key, request.deadline, request.stop) == ("a", 1e12, prompt.stop)
    assert engine.tokenizer.decode(request.prompt_tokens).decode() == prompt.model_input
    assert engine.tokenizer.decode(request.draft.reference).decode() == prompt.reference
    assert "".join(chunk.text for chunk in seen) == completion.text == "urn width * height"
    assert seen[0].phase is Phase.PREFILL
    edit = read_edit(COMPLETION, prompt, completion.text, completion.finish_reason)
    assert isinstance(edit, Edit)
    assert "return width * height" in edit.new_text
    await engine.stop()


@pytest.mark.parametrize(
    ("end", "reason"), [(FinishReason.STOP, "empty_output"), (FinishReason.LENGTH, "truncated")]
)
def test_without_an_edit_there_is_a_reason(end: FinishReason, reason: str) -> None:
    assert read_edit(COMPLETION, rendered(), "", end) == reason


@pytest.mark.parametrize(
    ("output", "end", "reason"),
    [
        ("urn 1", FinishReason.STOP, None),
        ("urn 1", FinishReason.LENGTH, SuppressReason.TRUNCATED),
        (LOOP, FinishReason.STOP, SuppressReason.REPETITION_LOOP),
    ],
)
def test_what_is_read_is_judged(
    output: str, end: FinishReason, reason: SuppressReason | None
) -> None:
    prompt = rendered()
    edit = read_edit(COMPLETION, prompt, output, end)
    assert isinstance(edit, Edit)
    assert objection_to(edit, GIVEN, prompt, output, end, JudgeConfig()) is reason
