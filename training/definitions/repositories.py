"""The definitions of repositories on disk, at any revision.

What a file defines is known by its content, so only what a commit changed is parsed again. All
caches are bounded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from tree_sitter import Tree

from eventlog.privacy.licenses import classify_license, find_license_files
from quality.languages import language_of
from quality.syntax import parse, parse_changed
from training.definitions.bounded_cache import BoundedCache
from training.definitions.finding import Definition, definitions_in
from training.definitions.folders import Folder, SourceFile
from training.definitions.git_objects import Entry, GitObjects
from training.definitions.mentions import may_define
from training.definitions.node_types import NODE_TYPES
from training.definitions.source_text import SourceText, plain_text, read_source
from training.eligibility.exclusions import excluded

MAX_OPEN_REPOSITORIES = 2
MAX_REVISIONS = 8
MAX_FOLDER_SIZE = 400_000
MAX_DEFINITIONS = 200_000
MAX_NAMES = 400_000
MAX_PARSED_CHARS = 1_000_000
MAX_TEXT_CHARS = 8_000_000
MAX_LICENSES = 1000
MAX_FILE_BYTES = 150_000

_URL_PART = re.compile(r"\w[\w.-]*", re.ASCII)
_FIXED = re.compile(r"[0-9a-f]{40,64}[~^0-9]*")
"""Revisions that always mean the same; a branch moves on."""
_SIZE_OF_FOLDER = 20


@dataclass(frozen=True, slots=True)
class FileDefinitions:
    """What a file defines, by row, and the same by name."""

    all: tuple[Definition, ...] = ()
    by_name: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)


class Caches:
    """What is known of contents, by their ids: of all repositories together, within bounds."""

    def __init__(self) -> None:
        self.folders: BoundedCache[tuple[object, str, str], Folder] = BoundedCache(
            MAX_FOLDER_SIZE,
            size_of=lambda folder: len(folder.files) + len(folder.words) + _SIZE_OF_FOLDER,
        )
        self.definitions: BoundedCache[tuple[str, str], FileDefinitions] = BoundedCache(
            MAX_DEFINITIONS, size_of=lambda definitions: len(definitions.all) + 1
        )
        self.names: BoundedCache[tuple[str, str], frozenset[str]] = BoundedCache(
            MAX_NAMES, size_of=lambda names: len(names) + 1
        )
        self.texts: BoundedCache[str, str | None] = BoundedCache(
            MAX_TEXT_CHARS, size_of=lambda text: len(text) if text else 1
        )
        self.trees: BoundedCache[tuple[str, str], tuple[str, Tree] | None] = BoundedCache(
            MAX_PARSED_CHARS, size_of=lambda parsed: len(parsed[0]) if parsed else 1
        )
        self.licenses: BoundedCache[str, str | None] = BoundedCache(MAX_LICENSES)


class RepositoryIndex:
    """One repository. Its objects are read by one process: not for several threads at a time."""

    def __init__(self, folder: Path, caches: Caches) -> None:
        self._objects = GitObjects(folder)
        self._caches = caches
        self._revisions: BoundedCache[str, Folder] = BoundedCache(MAX_REVISIONS)

    def close(self) -> None:
        """End its process."""
        self._objects.close()

    def root(self, revision: str) -> Folder:
        """The folder of all. Raises ``GitError`` if the revision is not there."""
        if not _FIXED.fullmatch(revision):
            return self._root(revision)
        return self._revisions.get(revision, lambda: self._root(revision))

    def text(self, file: SourceFile) -> str | None:
        """The content of ``file``; None if it is too large or no text. Raises ``GitError``."""
        return self._caches.texts.get(file.id, lambda: self._read_text(file))

    def names(self, file: SourceFile) -> frozenset[str]:
        """Those that ``file`` may define. Raises ``GitError``."""
        key = file.id, file.language
        return self._caches.names.get(key, lambda: may_define(self.text(file) or "", file.language))

    def definitions(self, file: SourceFile, name: str) -> Sequence[Definition]:
        """Those of ``name`` in ``file``; none if it is generated. Raises ``GitError``."""
        return self._definitions(file).by_name.get(name, ())

    def source_text(self, file: SourceFile) -> SourceText:
        """``file`` with its definitions. Raises ``GitError``."""
        text = self.text(file) or ""
        return SourceText(file.path, text, self._definitions(file).all, max_row=text.count("\n"))

    def changed_source_text(self, file: SourceFile, text: str) -> SourceText:
        """``text``, which ``file`` has become, with its definitions. Raises ``GitError``."""
        parsed = self._parse(file)
        if parsed is None:
            return read_source(file.path, text)
        old, tree = parsed
        tree = parse_changed(tree, old.encode(), text.encode(), file.language)
        return read_source(file.path, text, tree=tree)

    def is_permissive(self, license_ids: tuple[str, ...]) -> bool:
        """Whether all these files hold permissive licences; not if there are none."""
        return bool(license_ids) and all(map(self._license, license_ids))

    def _license(self, id: str) -> str | None:
        return self._caches.licenses.get(
            id, lambda: classify_license(self._objects.file(id).decode(errors="replace"))
        )

    def _root(self, revision: str) -> Folder:
        return self._folder(self._objects.folder_id(revision), "")

    def _folder(self, id: str, prefix: str) -> Folder:
        return self._caches.folders.get(
            (self._objects, id, prefix), lambda: self._read_folder(id, prefix)
        )

    def _read_folder(self, id: str, prefix: str) -> Folder:
        entries = self._objects.folder(id)
        folders = {
            entry.name: self._folder(entry.id, f"{prefix}{entry.name}/")
            for entry in entries
            if entry.is_folder
        }
        files = {
            entry.name: SourceFile(path, entry.id, language_of(path) or "")
            for entry in entries
            if _is_source(entry, path := prefix + entry.name)
        }
        licenses = find_license_files(entry.name for entry in entries if not entry.is_folder)
        ids = tuple(entry.id for entry in entries if entry.name in licenses)
        return Folder(files, folders, ids)

    def _definitions(self, file: SourceFile) -> FileDefinitions:
        key = file.id, file.language
        return self._caches.definitions.get(key, lambda: self._read_definitions(file))

    def _read_definitions(self, file: SourceFile) -> FileDefinitions:
        parsed = self._parse(file)
        if parsed is None or excluded(file.path, parsed[0]):
            return FileDefinitions()
        every = definitions_in(parsed[1].root_node, file.language)
        found: dict[str, tuple[Definition, ...]] = {}
        for definition in every:
            found[definition.name] = (*found.get(definition.name, ()), definition)
        return FileDefinitions(every, found)

    def _parse(self, file: SourceFile) -> tuple[str, Tree] | None:
        return self._caches.trees.get((file.id, file.language), lambda: self._read_tree(file))

    def _read_tree(self, file: SourceFile) -> tuple[str, Tree] | None:
        text = self.text(file)
        tree = None if text is None else parse(text.encode(), file.language)
        return None if text is None or tree is None else (text, tree)

    def _read_text(self, file: SourceFile) -> str | None:
        content = self._objects.file(file.id)
        return plain_text(content) if len(content) <= MAX_FILE_BYTES else None


def _is_source(entry: Entry, path: str) -> bool:
    is_file = not entry.is_folder
    return is_file and language_of(path) in NODE_TYPES and not _is_excluded(path)


@lru_cache(maxsize=100_000)
def _is_excluded(path: str) -> bool:
    return excluded(path, None) is not None


class Library:
    """The repositories below ``folder``: ``OWNER/NAME`` or ``NAME``, with or without ``.git``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._caches = Caches()
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
                    return self._open.get(folder, partial(RepositoryIndex, folder, self._caches))
        return None
