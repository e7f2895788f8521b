"""The folders of a revision, and which of their files can be meant by a file's imports.

A folder is known by its content: revisions share all that a commit did not touch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_SOURCE_FOLDERS = frozenset({"lib", "source", "src"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a revision; ``id`` names its content."""

    path: str
    id: str
    language: str


@dataclass(frozen=True)
class Folder:
    """By name, files that may define something, and folders.

    ``license_ids`` are the contents of the licence files in it.
    """

    files: Mapping[str, SourceFile]
    folders: Mapping[str, "Folder"]
    license_ids: tuple[str, ...]

    @cached_property
    def words(self) -> frozenset[str]:
        """Names of all folders below, and of files, without what follows their first dot."""
        names = {*map(_stem, self.files), *map(_plain, self.folders)}
        return frozenset(names.union(*(folder.words for folder in self.folders.values())))

    def within_reach(
        self, path: str, imported: frozenset[str], *, with_own_folder: bool
    ) -> Iterator[SourceFile]:
        """Files whose definitions the file at ``path`` can use, as far as paths tell.

        Those that an imported word names, all in a folder that one names, and in its own folder if
        files there know each other. A folder ``src`` or ``lib`` is named by the one above. Case
        and hyphens do not matter.
        """
        own = tuple(path.split("/")[:-1]) if with_own_folder else None
        words = frozenset(map(_plain, imported))
        yield from self._reached(own, words, is_named=False)

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

    def _reached(
        self, own: tuple[str, ...] | None, words: frozenset[str], *, is_named: bool
    ) -> Iterator[SourceFile]:
        """``own`` leads from here to the folder of the cursor's file; None if that is not below."""
        for name, file in self.files.items():
            if is_named or own == () or _stem(name) in words:
                yield file
        for name, folder in self.folders.items():
            inner = own[1:] if own and own[0] == name else None
            is_inner_named = _plain(name) in words or (is_named and name in _SOURCE_FOLDERS)
            if is_inner_named or inner is not None or not folder.words.isdisjoint(words):
                yield from folder._reached(inner, words, is_named=is_inner_named)


def _stem(name: str) -> str:
    return _plain(name.partition(".")[0])


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
