"""An ask as the request that serving would send to its engine."""

from model import GenerationRequest, Sampling, Tokenizer
from prediction import request_for
from training.student.values import Ask


def request_of(ask: Ask, tokenizer: Tokenizer, *, session_key: str = "") -> GenerationRequest:
    """The request for sample 0; the others differ in the seed."""
    return request_for(
        ask.rendered,
        tokenizer,
        max_output_tokens=ask.max_tokens,
        sampling=Sampling(temperature=ask.temperature, seed=ask.seed),
        session_key=session_key,
    )
