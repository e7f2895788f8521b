"""The folders of a revision, with the names that the files in them define.

A folder is known by its content: revisions share all that a commit did not touch. Names of a small
folder are kept together, so that a search passes by most folders at a glance.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from training.definitions.finding import Definition

MAX_NAMES = 500
"""Of a folder with more names, its files and folders are asked one by one."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a revision; ``id`` names its content."""

    path: str
    id: str
    language: str


@dataclass(frozen=True, slots=True)
class KnownDefinitions:
    """What one content defines; ``names`` of it for a quick look."""

    names: frozenset[str]
    definitions: tuple[Definition, ...]


@dataclass(frozen=True)
class Folder:
    """``license_ids`` are the contents of licence files in it; ``known`` reads definitions."""

    files: Mapping[str, SourceFile]
    folders: Mapping[str, "Folder"]
    license_ids: tuple[str, ...]
    known: Callable[[SourceFile], KnownDefinitions]

    @cached_property
    def names(self) -> frozenset[str] | None:
        """What is defined in it and below; None where that is too much to keep."""
        names: set[str] = set()
        for folder in self.folders.values():
            if folder.names is None:
                return None
            names |= folder.names
        for file in self.files.values():
            names |= self.known(file).names
        return frozenset(names) if len(names) <= MAX_NAMES else None

    def defining(self, names: frozenset[str], languages: frozenset[str]) -> Iterator[SourceFile]:
        """Files in ``languages`` that define one of ``names``."""
        if self.names is not None and self.names.isdisjoint(names):
            return
        for file in self.files.values():
            if file.language in languages and not self.known(file).names.isdisjoint(names):
                yield file
        for folder in self.folders.values():
            yield from folder.defining(names, languages)

    def file(self, path: str) -> SourceFile | None:
        """The file at ``path`` if it is there and may define something."""
        *folders, name = path.split("/")
        found: Folder | None = self
        for part in folders:
            found = found.folders.get(part) if found else None
        return found.files.get(name) if found else None

    def license_ids_of(self, path: str) -> tuple[str, ...]:
        """Licence files of the nearest folder above ``path`` that has any."""
        found, ids = self, self.license_ids
        for part in path.split("/")[:-1]:
            inner = found.folders.get(part)
            if inner is None:
                break
            found, ids = inner, inner.license_ids or ids
        return ids
