"""Short ways to ask an engine."""

from contextlib import aclosing
from typing import Any

from model import Chunk, Completion, DraftSources, Engine, GenerationRequest

PROMPT = "def largest(numbers):\n    for number in numbers:\n"


def request_for(engine: Engine, text: str = PROMPT, **fields: Any) -> GenerationRequest:
    """``reference`` may be given as tokens."""
    draft = DraftSources(reference=tuple(fields.pop("reference", ())))
    values = {"max_tokens": 40, "draft": draft, **fields}
    return GenerationRequest(prompt_tokens=engine.tokenizer.encode(text), **values)


async def chunks_of(engine: Engine, request: GenerationRequest) -> list[Chunk]:
    async with aclosing(engine.generate(request)) as chunks:
        return [chunk async for chunk in chunks]


async def complete(engine: Engine, request: GenerationRequest) -> Completion:
    chunks = await chunks_of(engine, request)
    last = chunks[-1]
    assert last.finish_reason is not None and last.stats is not None
    text = "".join(chunk.text for chunk in chunks)
    tokens = tuple(token for chunk in chunks for token in chunk.tokens)
    return Completion(text, tokens, last.finish_reason, last.stats)
