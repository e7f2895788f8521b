"""Reads commits from a git repository on disk, bare or not, by the ``git`` program.

Only what the stages need: which commits there are, which lines each changed, and whole files.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from training.errors import RowError, RunError

_HUNK = re.compile(r"@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")
_INDEX = re.compile(r"index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})")
_COMMIT = re.compile(r"\0(?=[0-9a-f]{40,64} [0-9a-f]{40,64}\n)")
"""A file may hold a NUL itself."""
_DIFF_OPTIONS = (
    "-p", "-U0", "--inter-hunk-context=0", "--histogram", "--indent-heuristic", "--full-index",
    "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--no-show-signature", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules",
    "-O/dev/null",
)  # fmt: skip
"""All that a user's configuration could change is said."""
_NAMES_A_REPOSITORY = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
        "GIT_GRAFT_FILE",
    }
)  # fmt: skip
"""Variables that a git hook sets, and that count more than the folder."""
_CONFIG = ("-c", "core.bigFileThreshold=16m")
"""A larger file counts as binary: its changes are never held in memory."""


COMMITS_AT_ONCE = 10
"""The diffs of so many commits are in memory together: some are of tens of megabytes."""


class GitError(RowError):
    """Git answered with an error, or an object is not in the repository."""

    code = "git_error"


@dataclass(frozen=True, slots=True)
class ChangedBlock:
    """Lines that a commit took out and put in at one place, without their newlines.

    ``new_row`` is the row of the first new line, or of what follows if there is none.
    """

    new_row: int
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a commit did to one text file that is still there afterwards."""

    path: str
    new_blob: str
    is_new: bool
    blocks: tuple[ChangedBlock, ...]

    @property
    def num_changed_lines(self) -> int:
        return sum(len(block.old_lines) + len(block.new_lines) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with one parent, and its changes of text files."""

    sha: str
    parent: str
    changes: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class UnreadableCommit:
    """A commit of which an object is missing or damaged."""

    sha: str


class Repository:
    """A git repository. ``folder`` is its work tree, or a bare repository; never one within."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = _environment(folder)
        self._blobs: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._blobs is not None:
            self._blobs.communicate()
            self._blobs = None

    def commits(self, max_count: int | None = None) -> list[str]:
        """Commits with exactly one parent, newest first. Raises ``RunError`` if there are none."""
        limit = [] if max_count is None else [f"--max-count={max_count}"]
        found = self._git("rev-list", "--min-parents=1", "--max-parents=1", *limit, "HEAD").split()
        if not found:
            raise RunError(f"{self.folder} has no history to learn from")
        return found

    def is_repository(self) -> bool:
        """Whether git knows the folder, be it without a commit."""
        return not self._run(["rev-parse", "--git-dir"]).returncode

    def head(self) -> str:
        """The newest commit, marked if the history before it is cut off; empty if there is none."""
        ran = self._run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        cut = self._run(["rev-parse", "--is-shallow-repository"]).stdout.strip() == b"true"
        return ran.stdout.decode().strip() + (" (shallow)" if cut else "")

    def url(self) -> str:
        """The address of ``origin``, empty if there is none."""
        try:
            return self._git("config", "--get", "remote.origin.url").strip()
        except RunError:
            return ""

    def files(self, revision: str = "HEAD") -> dict[str, str]:
        """All files of a revision: the blob by the path."""
        listed = self._git("ls-tree", "-r", "-z", revision)
        entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
        return {path: said.split()[2] for said, _tab, path in entries if " blob " in said}

    def read_commits(self, shas: Sequence[str]) -> Iterator[Commit | UnreadableCommit]:
        """The commits in that order, also those of which a partial clone lacks a file.

        Raises ``GitError`` if none can be read.
        """
        num_read = 0
        for start in range(0, len(shas), COMMITS_AT_ONCE):
            for commit in self._read_readable(shas[start : start + COMMITS_AT_ONCE]):
                num_read += isinstance(commit, Commit)
                yield commit
        if shas and not num_read:
            raise GitError("none of the commits can be read")

    def _read_readable(self, shas: Sequence[str]) -> Iterator[Commit | UnreadableCommit]:
        """One missing object makes git give up on all: then halves are read on their own."""
        command = ["log", "--no-walk=unsorted", "--stdin", "--format=%x00%H %P", *_DIFF_OPTIONS]
        ran = self._run(command, "\n".join(shas).encode())
        if ran.returncode:
            if len(shas) > 1:
                yield from self._read_readable(shas[: len(shas) // 2])
                yield from self._read_readable(shas[len(shas) // 2 :])
            else:
                yield from map(UnreadableCommit, shas)
            return
        for text in _COMMIT.split(ran.stdout.decode(errors="replace"))[1:]:
            header, _newline, diff = text.partition("\n")
            sha, _blank, parent = header.partition(" ")
            yield Commit(sha, parent, tuple(_read_changes(diff)))

    def read_blob(self, name: str) -> bytes:
        """A file's content by its object id or ``revision:path``. Raises ``GitError``."""
        if self._blobs is None:
            self._blobs = subprocess.Popen(
                ["git", "-C", str(self.folder), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
        assert self._blobs.stdin is not None and self._blobs.stdout is not None
        self._blobs.stdin.write(name.encode() + b"\n")
        self._blobs.stdin.flush()
        header = self._blobs.stdout.readline().split()
        if len(header) != 3 or header[2] == b"missing":
            raise GitError("an object is not in the repository")
        content = self._blobs.stdout.read(int(header[2]) + 1)[:-1]
        if header[1] != b"blob":
            raise GitError("an object is no file")
        return content

    def _git(self, *arguments: str) -> str:
        ran = self._run(arguments)
        if ran.returncode:
            raise RunError(f"{self.folder} is no git repository with a history")
        return ran.stdout.decode(errors="replace")

    def _run(
        self, arguments: Sequence[str], stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.folder), *_CONFIG, *arguments]
        return subprocess.run(
            command, input=stdin, capture_output=True, check=False, env=self._environment
        )


def _environment(folder: Path) -> dict[str, str]:
    """Ours, without what names another repository; none above ``folder`` is taken for it."""
    kept = {name: value for name, value in os.environ.items() if name not in _NAMES_A_REPOSITORY}
    return kept | {
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _read_changes(diff: str) -> Iterator[FileChange]:
    for text in ("\n" + diff).split("\ndiff --git ")[1:]:
        header, _separator, body = text.partition("\n@@ ")
        index = _INDEX.search(header)
        path = re.search(r"^\+\+\+ b/(.+?)\t?$", header, re.MULTILINE)
        if index is None or path is None or not body or path[1].startswith('"'):
            continue  # binary, deleted, mode changed only, or a path that git had to quote
        is_new = "\nnew file mode" in header
        yield FileChange(path[1], index[2], is_new, tuple(_read_blocks("@@ " + body)))


def _read_blocks(body: str) -> Iterator[ChangedBlock]:
    new_row = 0
    old: list[str] = []
    new: list[str] = []
    for line in body.split("\n"):
        if line.startswith("@@ ") and (place := _HUNK.match(line)):
            if old or new:
                yield ChangedBlock(new_row, tuple(old), tuple(new))
            new_row = int(place[3]) - (place[4] != "0")
            old, new = [], []
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
    if old or new:
        yield ChangedBlock(new_row, tuple(old), tuple(new))
