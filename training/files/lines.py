"""Lines of a file of any size, a block at a time."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import zstandard

from training.errors import RunError
from training.files.inputs import InputFile

BLOCK_BYTES = 1 << 18
COMPRESSED_BLOCK_BYTES = 1 << 14
"""Small: one block may unpack to a thousand times its size."""
MAX_LINE_BYTES = 64 << 20


class ByteCount:
    """How much of a file has been read, as it lies on disk."""

    def __init__(self) -> None:
        self.num_bytes = 0


def read_lines(file: InputFile, count: ByteCount) -> Iterator[bytes | None]:
    """The lines without their ends; None for one longer than ``MAX_LINE_BYTES``.

    A byte order mark is no part of the first line.

    Raises ``RunError`` where the file itself is damaged or cannot be read.
    """
    blocks = _unpacked(file.path, count) if file.kind == "zst" else _blocks(file.path, count)
    lines = _split(blocks)
    for first in lines:
        yield first and first.removeprefix(codecs.BOM_UTF8)
        yield from lines


def _split(blocks: Iterator[bytes]) -> Iterator[bytes | None]:
    parts: list[bytes] = []
    size = 0
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for line in ended:
            size += len(line)
            yield None if size > MAX_LINE_BYTES else _joined(parts, line)
            parts, size = [], 0
        size += len(rest)
        if size > MAX_LINE_BYTES:
            parts = []
        elif rest:
            parts.append(rest)
    if size:
        yield None if size > MAX_LINE_BYTES else _joined(parts, b"")


def _joined(parts: list[bytes], last: bytes) -> bytes:
    line = b"".join((*parts, last)) if parts else last
    return line.removesuffix(b"\r")


def _blocks(path: Path, count: ByteCount, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(size):
                count.num_bytes += len(block)
                yield block
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None


def _unpacked(path: Path, count: ByteCount) -> Iterator[bytes]:
    """Frame after frame; a file that ends inside of one is cut off."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    is_open = False
    try:
        for block in _blocks(path, count, COMPRESSED_BLOCK_BYTES):
            while block:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                yield frame.decompress(block)
                block = frame.unused_data
                is_open = not frame.eof
    except zstandard.ZstdError:
        raise RunError(f"{path} is damaged: no zstd") from None
    if is_open:
        raise RunError(f"{path} is cut off: its last zstd frame has no end")
