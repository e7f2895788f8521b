"""A transformers model in this process, on a GPU where there is one; asks are answered in batches.

Needs torch and transformers, and peft for an adapter; pydantic and rapidfuzz as all else does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import torch

from model.bpe_tokenizer import BpeTokenizer
from prompt_format import TokenCounter
from training.errors import InvalidRow, RunError
from training.student.batched_decoding import BatchedDecoder, Work
from training.student.micro_batches import MicroBatches
from training.student.requests import request_of
from training.student.values import Ask, Generation

END_OF_TEXT = "<|endoftext|>"


class TransformersGenerator:
    """Made by ``open_transformers``."""

    def __init__(
        self,
        tokenizer: BpeTokenizer,
        batches: MicroBatches[Work, list[Generation]],
        max_context_tokens: int,
        version: str,
    ) -> None:
        self._tokenizer = tokenizer
        self._batches = batches
        self._max_context_tokens = max_context_tokens
        self._version = version

    @property
    def version(self) -> str:
        return self._version

    @property
    def max_context_tokens(self) -> int:
        return self._max_context_tokens

    @property
    def count(self) -> TokenCounter:
        return self._tokenizer.count

    async def generate(self, ask: Ask) -> list[Generation]:
        """See ``Generator``."""
        request = request_of(ask, self._tokenizer)
        if len(request.prompt_tokens) + ask.max_tokens > self._max_context_tokens:
            raise InvalidRow("prompt and answer exceed the model's context")
        seeds = tuple(ask.seed_of(sample) for sample in range(ask.num_samples))
        return await self._batches.ask(Work(request, seeds))


@asynccontextmanager
async def open_transformers(
    path: Path, adapter: Path | None, *, device: str, precision: str, max_rows: int, version: str
) -> AsyncIterator[TransformersGenerator]:
    """Load the model of a folder, the adapter merged into it. Raises ``RunError``."""
    model = load(path, adapter, device=device, precision=precision)
    tokenizer = BpeTokenizer(path / "tokenizer.json")
    decoder = BatchedDecoder(model, tokenizer, end_tokens(model.config, tokenizer))
    async with MicroBatches(decoder.decode, _weigh, max_rows) as batches:
        limit = model.config.max_position_embeddings
        yield TransformersGenerator(tokenizer, batches, limit, version)


def load(path: Path, adapter: Path | None, *, device: str, precision: str) -> Any:
    """The model in evaluation mode. The adapter is merged in float32, as serving does."""
    from transformers import AutoModelForCausalLM, logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    chosen = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if chosen.startswith("cuda") else torch.float32
    if precision != "auto":
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
        if adapter is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{path} holds no model that transformers reads: {error}") from error
    return model.to(device=chosen, dtype=dtype).eval()


def end_tokens(config: Any, tokenizer: BpeTokenizer) -> frozenset[int]:
    """The tokens that end an answer, as the embedded engine has them."""
    ends = config.eos_token_id
    listed = [*(ends if isinstance(ends, list) else [ends]), tokenizer.special_id(END_OF_TEXT)]
    return frozenset(token for token in listed if token is not None)


def _weigh(work: Work) -> tuple[int, int]:
    return len(work.seeds), len(work.request.prompt_tokens)
