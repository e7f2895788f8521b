"""The files between ``pack`` and ``train``: token ids in Parquet shards, and what they are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field

from training.errors import RunError
from training.examples import Record

MANIFEST_FILE = "manifest.json"
FORMAT_VERSION = 1

TokenArray = NDArray[np.integer[Any]]


class Shard(Record):
    """One file of rows; ``num_bytes`` and ``sha256`` are the file's."""

    file: str
    num_rows: int
    num_bytes: int
    sha256: str


class PackedSplit(Record):
    """What a split holds. Lengths and counts are tokens; ``max_length`` is the longest row's."""

    num_rows: int = 0
    num_tokens: int = 0
    num_completion_tokens: int = 0
    num_rejected: int = 0
    max_length: int = 0
    shards: tuple[Shard, ...] = ()


class PackedManifest(Record):
    """``vocabulary_sha256`` tells tokenizers apart, whatever their files look like."""

    format_version: int = FORMAT_VERSION
    vocabulary_sha256: str
    vocabulary_size: int
    max_length: int
    prompt_formats: tuple[str, ...] = ()
    special_tokens: tuple[str, ...] = ()
    splits: dict[str, PackedSplit] = Field(default_factory=dict)
    dropped: dict[str, int] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TokenisedRow:
    """``prompt`` followed by ``completion`` (or ``rejected``) is what the model reads."""

    prompt: TokenArray
    completion: TokenArray
    rejected: TokenArray | None = None

    @property
    def num_tokens(self) -> int:
        return len(self.prompt) + len(self.completion)


class PackedRows:
    """All rows of a split in memory, as a few flat arrays; a row is a view on them."""

    def __init__(self, columns: dict[str, tuple[TokenArray, NDArray[np.int64]]]) -> None:
        self._columns = columns
        self._num_rows = len(columns["prompt"][1]) - 1

    def __len__(self) -> int:
        return self._num_rows

    def __getitem__(self, index: int) -> TokenisedRow:
        if not 0 <= index < self._num_rows:
            raise IndexError(index)
        rejected = self._part("rejected", index)
        return TokenisedRow(
            prompt=self._part("prompt", index),
            completion=self._part("completion", index),
            rejected=rejected if len(rejected) else None,
        )

    def __iter__(self) -> Iterator[TokenisedRow]:
        return (self[index] for index in range(len(self)))

    def lengths(self) -> NDArray[np.int64]:
        """Tokens of prompt and completion, row by row."""
        return np.diff(self._columns["prompt"][1]) + np.diff(self._columns["completion"][1])

    def _part(self, name: str, index: int) -> TokenArray:
        values, offsets = self._columns[name]
        return values[offsets[index] : offsets[index + 1]]


def read_manifest(folder: Path) -> PackedManifest:
    """Raises ``RunError`` where ``folder`` was not written by ``pack``."""
    try:
        data = json.loads((folder / MANIFEST_FILE).read_bytes())
        manifest = PackedManifest.model_validate(data)
    except (OSError, ValueError):
        raise RunError(f"{folder} holds no packed rows; run pack first") from None
    if manifest.format_version != FORMAT_VERSION:
        raise RunError(f"{folder} was packed by another version; run pack again")
    return manifest


def read_split(folder: Path, split: PackedSplit, max_rows: int | None = None) -> PackedRows:
    """The first ``max_rows`` rows of a split. Raises ``RunError`` for a missing or cut file."""
    tables = []
    num_rows = 0
    for shard in split.shards:
        if max_rows is not None and num_rows >= max_rows:
            break
        try:
            table = pq.read_table(folder / shard.file)
        except (OSError, ValueError) as error:
            raise RunError(f"{folder / shard.file} cannot be read: {error}") from None
        if table.num_rows != shard.num_rows:
            raise RunError(f"{folder / shard.file} has another number of rows than its manifest")
        tables.append(table)
        num_rows += table.num_rows
    return PackedRows({name: _column(tables, name, max_rows) for name in _COLUMNS})


_COLUMNS = ("prompt", "completion", "rejected")


def _column(
    tables: list[Any], name: str, max_rows: int | None
) -> tuple[TokenArray, NDArray[np.int64]]:
    chunks = [chunk for table in tables for chunk in table.column(name).chunks]
    lengths = [np.diff(chunk.offsets.to_numpy()).astype(np.int64) for chunk in chunks]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([*lengths, np.zeros(0, np.int64)]))])
    values = [chunk.flatten().to_numpy() for chunk in chunks]
    flat = np.concatenate(values) if values else np.zeros(0, np.uint16)
    if max_rows is not None:
        offsets = offsets[: max_rows + 1]
    return flat[: int(offsets[-1])], offsets.astype(np.int64)
