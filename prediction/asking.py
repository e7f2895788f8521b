"""From a rendered prompt to what an engine answers."""

from collections.abc import Callable
from contextlib import aclosing

from model import (
    Chunk,
    Completion,
    DraftSources,
    Engine,
    GenerationRequest,
    GenerationStats,
    Sampling,
    Tokenizer,
    num_open_tokens,
)
from prediction.sources import draft_sources
from prompt_format import RenderedPrompt, TokenBudget, TokenCounter


def budget_for(
    count: TokenCounter, max_context_tokens: int, *, max_prompt_tokens: int, max_output_tokens: int
) -> TokenBudget:
    """Room for a prompt, in tokens as ``count`` has them, that leaves room for the answer."""
    room = max_context_tokens - max_output_tokens
    return TokenBudget(count=count, max_prompt_tokens=min(max_prompt_tokens, room))


def request_for(
    rendered: RenderedPrompt,
    tokenizer: Tokenizer,
    *,
    max_output_tokens: int,
    sampling: Sampling,
    session_key: str = "",
    deadline: float | None = None,
    tenant: str = "",
    draft: DraftSources | None = None,
) -> GenerationRequest:
    """The prompt as tokens; only the format's own markers become special tokens.

    ``deadline`` is an instant of ``time.monotonic()`` in seconds. Without ``draft``, what the
    format expects to be repeated is drafted from. Raises ``UnencodableText``.
    """
    prompt_tokens = tokenizer.encode(rendered.model_input, rendered.special_tokens)
    num_open = num_open_tokens(tokenizer, prompt_tokens) if rendered.continues_text else 0
    return GenerationRequest(
        prompt_tokens=prompt_tokens,
        max_tokens=max_output_tokens,
        stop=rendered.stop,
        sampling=sampling,
        session_key=session_key,
        deadline=deadline,
        draft=draft_sources(rendered, tokenizer) if draft is None else draft,
        num_open_tokens=num_open,
        tenant=tenant,
    )


def _ignore(_chunk: Chunk) -> None:
    pass


async def complete(
    engine: Engine, request: GenerationRequest, watch: Callable[[Chunk], None] = _ignore
) -> Completion:
    """The whole answer; ``watch`` sees every chunk as it comes. Raises what ``generate`` does.

    Cancelled, it leaves the engine idle within one step.
    """
    texts: list[str] = []
    tokens: list[int] = []
    async with aclosing(engine.generate(request)) as stream:
        async for chunk in stream:
            watch(chunk)
            texts.append(chunk.text)
            tokens.extend(chunk.tokens)
            if chunk.finish_reason is not None:
                stats = chunk.stats or GenerationStats()
                return Completion("".join(texts), tuple(tokens), chunk.finish_reason, stats)
    raise AssertionError("the engine ended its stream without a finish reason")
