"""Zstandard files, written with constant memory."""

import os
from pathlib import Path

import zstandard

LEVEL = 3


def compress(source: Path, target: Path) -> None:
    """``source`` as one zstd frame in ``target``, on disk when this returns."""
    with source.open("rb") as plain, target.open("wb") as packed:
        zstandard.ZstdCompressor(level=LEVEL).copy_stream(plain, packed, size=source.stat().st_size)
        packed.flush()
        os.fsync(packed.fileno())
