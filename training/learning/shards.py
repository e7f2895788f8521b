"""Writes packed rows: Parquet shards of one split each, zstd-compressed, small enough to carry."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.learning.packed_rows import (
    MANIFEST_FILE,
    PackedManifest,
    PackedSplit,
    Shard,
    TokenisedRow,
)


class ShardWriter:
    """Keeps one shard of each split in memory. ``is_wide``: ids do not fit into 16 bits."""

    def __init__(self, folder: Path, rows_per_shard: int, is_wide: bool) -> None:
        self._folder = folder
        self._rows_per_shard = rows_per_shard
        tokens = pa.list_(pa.uint32() if is_wide else pa.uint16())
        self._schema = pa.schema([("prompt", tokens), ("completion", tokens), ("rejected", tokens)])
        self._waiting: dict[str, list[TokenisedRow]] = {}
        self._splits: dict[str, PackedSplit] = {}
        self._dropped: Counter[str] = Counter()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, split: str, row: TokenisedRow) -> None:
        waiting = self._waiting.setdefault(split, [])
        waiting.append(row)
        if len(waiting) == self._rows_per_shard:
            self._write(split)

    def drop(self, reason: str) -> None:
        self._dropped[reason] += 1

    def finish(self, manifest: PackedManifest) -> PackedManifest:
        """Write what waits, then the manifest with the splits filled in."""
        for split in list(self._waiting):
            self._write(split)
        whole = manifest.model_copy(
            update={
                "splits": dict(sorted(self._splits.items())),
                "dropped": dict(sorted(self._dropped.items())),
            }
        )
        (self._folder / MANIFEST_FILE).write_text(whole.model_dump_json(indent=2) + "\n")
        return whole

    def _write(self, split: str) -> None:
        rows = self._waiting.pop(split)
        before = self._splits.get(split, PackedSplit())
        file = self._folder / f"{split}-{len(before.shards):05d}.parquet"
        columns = {
            "prompt": [row.prompt for row in rows],
            "completion": [row.completion for row in rows],
            "rejected": [row.rejected for row in rows],
        }
        table = pa.table(columns, schema=self._schema)
        pq.write_table(table, file, compression="zstd", compression_level=9)
        shard = Shard(
            file=file.name,
            num_rows=len(rows),
            num_bytes=file.stat().st_size,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        self._splits[split] = _with_rows(before, rows, shard)


def _with_rows(split: PackedSplit, rows: Sequence[TokenisedRow], shard: Shard) -> PackedSplit:
    return PackedSplit(
        num_rows=split.num_rows + len(rows),
        num_tokens=split.num_tokens + sum(row.num_tokens for row in rows),
        num_completion_tokens=split.num_completion_tokens
        + sum(len(row.completion) for row in rows),
        num_rejected=split.num_rejected + sum(row.rejected is not None for row in rows),
        max_length=max(split.max_length, *(row.num_tokens for row in rows)),
        shards=(*split.shards, shard),
    )
