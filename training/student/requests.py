"""A rendered prompt as the tokens that serving sends to its engine, byte for byte the same."""

from model import DraftSources, GenerationRequest, Sampling, Tokenizer, num_open_tokens
from prompt_format import RenderedPrompt
from training.student.values import Ask


def request_of(ask: Ask, tokenizer: Tokenizer, *, session_key: str = "") -> GenerationRequest:
    """The request for one sample; only the format's own markers are special tokens."""
    rendered = ask.rendered
    prompt_tokens = tokenizer.encode(prompt_text(rendered), rendered.special_tokens)
    num_open = num_open_tokens(tokenizer, prompt_tokens) if rendered.continues_text else 0
    reference = tokenizer.encode(rendered.reference, rendered.special_tokens)
    return GenerationRequest(
        prompt_tokens=prompt_tokens,
        max_tokens=ask.max_tokens,
        stop=rendered.stop,
        sampling=Sampling(temperature=ask.temperature, seed=ask.seed),
        session_key=session_key,
        draft=DraftSources(reference=reference),
        num_open_tokens=num_open,
    )


def prompt_text(rendered: RenderedPrompt) -> str:
    """All that the model reads before it answers."""
    return rendered.text + rendered.prefill


def sample_seed(seed: int, sample: int) -> int:
    """The seed of sample number ``sample``; samples of the same ask never share one."""
    return (seed << 20) + sample
