"""Rows in portions: large enough to be worth a message to a worker, small enough to be forgotten.

Where a chunk ends changes nothing in the output.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training.files import RawRow
from training.runner.values import Chunk, Failure

MAX_ROWS = 32
MAX_BYTES = 1 << 20


def chunks_of(raws: Iterable[RawRow]) -> Iterator[Chunk]:
    """``raws`` in order, none left out."""
    for rows in _portions(raws):
        yield Chunk(rows)


def indexed_chunks(
    raws: Iterable[RawRow], failed: Mapping[int, Failure], start: int
) -> Iterator[Chunk]:
    """With the position of each row among those not in ``failed``, counted from ``start``."""
    index = start
    for rows in _portions(raws):
        indices: list[int | Failure] = []
        for raw in rows:
            failure = failed.get(raw.row)
            indices.append(index if failure is None else failure)
            index += failure is None
        yield Chunk(rows, tuple(indices))


def unit_chunks(units: Iterable[Any]) -> Iterator[Chunk]:
    """Each unit of a source on its own."""
    for index, unit in enumerate(units):
        yield Chunk(unit=unit, unit_index=index)


def _portions(raws: Iterable[RawRow]) -> Iterator[tuple[RawRow, ...]]:
    rows: list[RawRow] = []
    size = 0
    for raw in raws:
        rows.append(raw)
        size += len(raw.data)
        if len(rows) >= MAX_ROWS or size >= MAX_BYTES:
            yield tuple(rows)
            rows, size = [], 0
    if rows:
        yield tuple(rows)
