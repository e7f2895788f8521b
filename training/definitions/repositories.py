"""The definitions of repositories on disk, file by file, at any revision.

What a file defines is known by its content, not by revision: neighbouring revisions share nearly
all files, so only what a commit changed is parsed again. All caches are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training.definitions.bounded_cache import BoundedCache
from training.definitions.finding import Definition, find_definitions
from training.definitions.git_objects import GitObjects
from training.definitions.node_types import NODE_TYPES
from training.definitions.source_text import SourceText, plain_text
from training.exclusions import excluded
from training.languages import language_of
from training.licenses import classify_license, find_license_files

MAX_OPEN_REPOSITORIES = 6
MAX_KNOWN_DEFINITIONS = 400_000
MAX_KNOWN_PATHS = 400_000
MAX_FILE_BYTES = 150_000

_URL_PART = re.compile(r"\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a revision; ``id`` names its content. ``language`` is empty for licence files."""

    path: str
    id: str
    language: str


@dataclass(frozen=True, slots=True)
class KnownDefinitions:
    """What one content defines; ``names`` of it for a quick look."""

    names: frozenset[str]
    definitions: tuple[Definition, ...]


class RepositoryIndex:
    """One repository. Its objects are read by one process: not for several threads at a time."""

    def __init__(self, folder: Path) -> None:
        self._objects = GitObjects(folder)
        self._folders: BoundedCache[tuple[str, str], tuple[SourceFile, ...]] = BoundedCache(
            MAX_KNOWN_PATHS, size_of=lambda files: len(files) + 1
        )
        self._known: BoundedCache[tuple[str, str], KnownDefinitions] = BoundedCache(
            MAX_KNOWN_DEFINITIONS, size_of=lambda known: len(known.definitions) + 1
        )
        self._licenses: BoundedCache[str, str | None] = BoundedCache(1000)

    def close(self) -> None:
        """End its process."""
        self._objects.close()

    def files(self, revision: str) -> tuple[SourceFile, ...]:
        """Files that may define something, and licence files. Raises ``GitError``."""
        return self._below(self._objects.folder_id(revision), "")

    def definitions(self, file: SourceFile) -> KnownDefinitions:
        """What ``file`` defines. Raises ``GitError``."""
        return self._known.get((file.id, file.language), lambda: self._read_definitions(file))

    def text(self, file: SourceFile) -> str | None:
        """The content of ``file``; None if it is too large or no text. Raises ``GitError``."""
        content = self._objects.file(file.id)
        return plain_text(content) if len(content) <= MAX_FILE_BYTES else None

    def source_text(self, file: SourceFile) -> SourceText:
        """``file`` as text with its definitions. Raises ``GitError``."""
        text = self.text(file) or ""
        definitions = self.definitions(file).definitions
        return SourceText(file.path, text, definitions, max_row=text.count("\n"))

    def license(self, file: SourceFile) -> str | None:
        """The permissive licence that a licence file holds. Raises ``GitError``."""
        return self._licenses.get(
            file.id, lambda: classify_license(self._objects.file(file.id).decode(errors="replace"))
        )

    def _below(self, id: str, prefix: str) -> tuple[SourceFile, ...]:
        return self._folders.get((id, prefix), lambda: tuple(self._list(id, prefix)))

    def _list(self, id: str, prefix: str) -> Iterator[SourceFile]:
        for entry in self._objects.folder(id):
            path = prefix + entry.name
            if entry.is_folder:
                yield from self._below(entry.id, path + "/")
            elif find_license_files([path]):
                yield SourceFile(path, entry.id, "")
            elif (language := language_of(path)) in NODE_TYPES and not excluded(path, None):
                yield SourceFile(path, entry.id, language or "")

    def _read_definitions(self, file: SourceFile) -> KnownDefinitions:
        text = self.text(file)
        if text is None or excluded(file.path, text):
            return KnownDefinitions(frozenset(), ())
        definitions = find_definitions(text.encode(), file.language)
        return KnownDefinitions(frozenset(each.name for each in definitions), definitions)


class Library:
    """The repositories below ``folder``: ``OWNER/NAME`` or ``NAME``, with or without ``.git``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: BoundedCache[Path, RepositoryIndex] = BoundedCache(
            MAX_OPEN_REPOSITORIES, on_drop=RepositoryIndex.close
        )

    def close(self) -> None:
        """End the processes of all repositories."""
        self._open.clear()

    def find(self, url: str) -> RepositoryIndex | None:
        """The repository of that address; None if it is not here."""
        parts = re.split("[/:]", url.strip().removesuffix("/").removesuffix(".git"))[-2:]
        if not all(_URL_PART.fullmatch(part) for part in parts):
            return None
        for place in ("/".join(parts), parts[-1]):
            for folder in (self._folder / f"{place}.git", self._folder / place):
                if folder.is_dir():
                    return self._open.get(folder, partial(RepositoryIndex, folder))
        return None
