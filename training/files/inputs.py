"""Which files an input names: a file of lines, a markdown example, a folder of them, or stdin."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.errors import RunError

STDIN = "-"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ENDINGS = ".jsonl, .jsonl.zst, .md, a folder of .md files, or - for stdin"

Kind = Literal["lines", "zst", "markdown"]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read. ``path`` is where its bytes lie, ``name`` what the user called it."""

    path: Path
    name: str
    kind: Kind

    @property
    def stem(self) -> str:
        """What rows without a name of their own are named after."""
        return "stdin" if self.name == STDIN else Path(self.name).name.partition(".")[0]


@contextmanager
def resolve_inputs(names: Sequence[str]) -> Iterator[list[InputFile]]:
    """The files behind ``names``, in order, a folder's by name. Raises ``RunError``.

    Standard input is written to a temporary file first: a run may have to read it twice.
    """
    with ExitStack() as stack:
        files: list[InputFile] = []
        for name in names:
            if name == STDIN:
                files.append(stack.enter_context(_spooled_stdin()))
            else:
                files += _files_of(Path(name))
        yield files


def _files_of(path: Path) -> list[InputFile]:
    check_encodable(str(path))
    if not path.exists():
        raise RunError(f"there is no {path}")
    if path.is_dir():
        named = (each for each in path.rglob("*.md") if not each.is_dir())
        found = sorted(named, key=lambda each: each.as_posix())
        if not found:
            raise RunError(f"{path} is a folder without .md files; inputs are {ENDINGS}")
        for each in found:
            check_encodable(str(each))
        return [InputFile(each, str(each), "markdown") for each in found]
    return [InputFile(path, str(path), kind_of(path))]


def check_encodable(name: str) -> None:
    """Raises ``RunError`` for a file whose name no manifest can hold, since it is no UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise RunError(f"{name!a}: the name is not UTF-8; rename it") from None


def kind_of(path: Path) -> Kind:
    """By the file's ending. Raises ``RunError`` for another."""
    if path.name.endswith(".jsonl"):
        return "lines"
    if path.name.endswith(".jsonl.zst"):
        return "zst"
    if path.suffix == ".md":
        return "markdown"
    raise RunError(f"{path} is of no known kind; inputs are {ENDINGS}")


@contextmanager
def _spooled_stdin() -> Iterator[InputFile]:
    """Compressed or not, as its first bytes say."""
    if sys.stdin is None:
        raise RunError("standard input is closed")
    with tempfile.NamedTemporaryFile(prefix="training-stdin-", suffix=".jsonl") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        file.seek(0)
        is_packed = file.read(len(ZSTD_MAGIC)) == ZSTD_MAGIC
        yield InputFile(Path(file.name), STDIN, "zst" if is_packed else "lines")
