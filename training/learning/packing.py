"""Rows of text become rows of token ids, tokenised exactly as serving does.

The prompt and the completion are tokenised apart, since serving sees the prompt alone; a row's
special tokens are single ids, everything else is plain text.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice
from os import cpu_count
from pathlib import Path

import numpy as np
from pydantic import Field

from model.bpe_tokenizer import BpeTokenizer
from model.errors import ModelFilesError, UnencodableText
from training.errors import RunError
from training.learning.packed_rows import PackedManifest, TokenArray, TokenisedRow
from training.learning.shards import ShardWriter
from training.learning.vocabulary import vocabulary_sha256
from training.rows import TrainingRow
from training.stage import StageConfig
from training.worker_processes import process_pool

ROWS_PER_TASK = 200
"""Rows that travel to a worker process at once."""


class PackConfig(StageConfig):
    """Parameters of ``pack``. A row without a split counts as one for training."""

    tokenizer: Path = Field(description="The base model's tokenizer.json.")
    max_length: int = Field(default=2048, ge=8, description="Longer rows are dropped.")
    rows_per_shard: int = Field(default=20_000, ge=1)
    default_split: str = "train"
    processes: int | None = Field(
        default=None, ge=1, exclude=True, description="None: one per core."
    )


def pack(rows: Iterable[TrainingRow], config: PackConfig, folder: Path) -> PackedManifest:
    """Write ``rows`` into ``folder``, in their order, and say what was written.

    Memory does not grow with the number of rows. Raises ``RunError``.
    """
    if not config.tokenizer.is_file():
        raise RunError(f"there is no tokenizer {config.tokenizer}")
    try:
        tokenizer = BpeTokenizer(config.tokenizer)
    except ModelFilesError as error:
        raise RunError(str(error)) from None
    writer = ShardWriter(
        folder,
        rows_per_shard=config.rows_per_shard,
        is_wide=tokenizer.num_tokens > np.iinfo(np.uint16).max + 1,
    )
    formats: set[str] = set()
    special_tokens: set[str] = set()
    for row, tokenised in _tokenised_rows(rows, config):
        if isinstance(tokenised, str):
            writer.drop(tokenised)
            continue
        formats.add(row.prompt_format)
        special_tokens.update(row.special_tokens)
        writer.add(row.split or config.default_split, tokenised)
    return writer.finish(
        PackedManifest(
            vocabulary_sha256=vocabulary_sha256(config.tokenizer),
            vocabulary_size=tokenizer.num_tokens,
            max_length=config.max_length,
            prompt_formats=tuple(sorted(formats)),
            special_tokens=tuple(sorted(special_tokens)),
        )
    )


def tokenise(row: TrainingRow, tokenizer: BpeTokenizer, max_length: int) -> TokenisedRow | str:
    """The row's ids, or the word for why it is dropped."""
    try:
        parts = [
            _encoded(text, row, tokenizer) for text in (row.prompt, row.completion, row.rejected)
        ]
    except UnencodableText:
        return "unencodable_text"
    prompt, completion, rejected = parts
    if prompt is None or completion is None or not len(prompt):
        return "empty_prompt"
    if not len(completion) or (rejected is not None and not len(rejected)):
        return "empty_completion"
    longest = max(len(completion), 0 if rejected is None else len(rejected))
    if len(prompt) + longest > max_length:
        return "too_long"
    return TokenisedRow(prompt, completion, rejected)


def _encoded(text: str | None, row: TrainingRow, tokenizer: BpeTokenizer) -> TokenArray | None:
    if text is None:
        return None
    return np.array(tokenizer.encode(text, row.special_tokens), np.uint32)


def _tokenised_rows(
    rows: Iterable[TrainingRow], config: PackConfig
) -> Iterator[tuple[TrainingRow, TokenisedRow | str]]:
    work = partial(_tokenise_all, file=config.tokenizer, max_length=config.max_length)
    num_processes = config.processes or cpu_count() or 1
    tasks = _chunks(rows)
    if num_processes == 1:
        for task in tasks:
            yield from zip(task, work(task), strict=True)
        return
    with process_pool(num_processes, __name__) as pool:
        try:
            while wave := list(islice(tasks, 4 * num_processes)):
                for task, done in zip(wave, pool.map(work, wave), strict=True):
                    yield from zip(task, done, strict=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _chunks(rows: Iterable[TrainingRow]) -> Iterator[list[TrainingRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, ROWS_PER_TASK)):
        yield chunk


def _tokenise_all(rows: list[TrainingRow], file: Path, max_length: int) -> list[TokenisedRow | str]:
    tokenizer = _tokenizer(file)
    return [tokenise(row, tokenizer, max_length) for row in rows]


@lru_cache(maxsize=1)
def _tokenizer(file: Path) -> BpeTokenizer:
    """Loading takes longer than tokenising a hundred rows."""
    return BpeTokenizer(file)
