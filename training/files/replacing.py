"""Files and folders that appear whole or not at all."""

import os
import shutil
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """``text`` under ``path``, on disk when this returns; a reader sees the old or the new."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def replace_folder(made: Path, path: Path) -> None:
    """``made`` under the name ``path``; what stood there is gone. Done again after a kill, too."""
    old = path.with_name(f".{path.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    made.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names given in ``folder`` are on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
