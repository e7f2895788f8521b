"""Real filesystems that are small, or that can be made to stall; where the system lets us."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _call(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{command[0]} is not permitted here: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    """Also where a file is still open: whoever has it ends with the test."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, num_bytes: int) -> Iterator[Path]:
    """A disk in memory with so much room."""
    folder.mkdir()
    _call("mount", "-t", "tmpfs", "-o", f"size={num_bytes}", "tmpfs", folder)
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def disk_that_stalls(folder: Path) -> Iterator[Path]:
    """A disk that ``stalled`` can make wait."""
    image = folder.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(32 << 20)
    folder.mkdir()
    _call("mkfs.ext4", "-q", "-F", image)
    _call("mount", "-o", "loop", image, folder)
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def stalled(folder: Path) -> Iterator[None]:
    """Every write to the disk waits during a ``with`` block."""
    _call("fsfreeze", "--freeze", folder)
    try:
        yield
    finally:
        _call("fsfreeze", "--unfreeze", folder)
