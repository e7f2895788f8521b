"""Files and folders of a git repository by revision, read through one ``git`` process."""

import re
import subprocess
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from training.history.git import GitError

_SAFE_NAME = re.compile(r"[A-Za-z0-9][\w./~^{}@:-]*", re.ASCII)
_LITTLE_MEMORY = (
    *("-c", "core.packedGitWindowSize=1m", "-c", "core.packedGitLimit=16m"),
    *("-c", "core.deltaBaseCacheLimit=16m"),
)
"""Packs are mapped in small windows, not whole: there may be many repositories."""
_FOLDER, _FILES = b"40000", (b"100644", b"100755")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder in a folder; ``id`` names its content."""

    name: str
    id: str
    is_folder: bool


class GitObjects:
    """Reads objects of the repository in ``folder``, bare or not, until it is closed.

    It is closed at the latest when nobody holds it any more.
    """

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "-C", str(folder), *_LITTLE_MEMORY, "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._end = weakref.finalize(self, self._process.communicate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._end()

    def folder_id(self, revision: str) -> str:
        """The id of the root folder of ``revision``. Raises ``GitError`` if it is not there."""
        if not _SAFE_NAME.fullmatch(revision):
            raise GitError("the revision is no name of a commit")
        return self._read(f"{revision}^{{tree}}", b"tree")[0]

    def folder(self, id: str) -> tuple[Entry, ...]:
        """What a folder holds, without links and submodules. Raises ``GitError``."""
        _id, content = self._read(id, b"tree")
        return tuple(_entries(content, len(id) // 2))

    def file(self, id: str) -> bytes:
        """The content of a file. Raises ``GitError``."""
        return self._read(id, b"blob")[1]

    def _read(self, name: str, kind: bytes) -> tuple[str, bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(name.encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise GitError("the folder is no git repository") from None
        header = stdout.readline().split()
        if len(header) != 3:
            raise GitError("an object is not in the repository")
        content = stdout.read(int(header[2]) + 1)[:-1]
        if header[1] != kind:
            raise GitError("an object is of another kind")
        return header[0].decode(), content


def _entries(content: bytes, id_bytes: int) -> Iterator[Entry]:
    """A folder's content: ``MODE NAME``, a zero byte and the id, again and again."""
    at = 0
    while at < len(content):
        end = content.index(b"\0", at)
        mode, _blank, name = content[at:end].partition(b" ")
        at = end + 1 + id_bytes
        if mode == _FOLDER or mode in _FILES:
            id = content[end + 1 : at].hex()
            yield Entry(name.decode(errors="replace"), id, mode == _FOLDER)
