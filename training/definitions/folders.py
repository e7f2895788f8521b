"""The folders of a revision, and which of their files can be meant by a file's imports.

A folder is known by its content: revisions share all that a commit did not touch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


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
        names = {_stem(name) for name in self.files} | set(self.folders)
        return frozenset(names.union(*(folder.words for folder in self.folders.values())))

    def within_reach(
        self, path: str, imported: frozenset[str], languages: frozenset[str]
    ) -> Iterator[SourceFile]:
        """Files in ``languages`` whose definitions the file at ``path`` can use.

        These are all in its folder, those named by an imported word, and those below a folder that
        is; folders that it is in itself are shared with too many others to say anything.
        """
        own = tuple(path.split("/")[:-1])
        for file in self._reached(own, imported, imported - set(own), is_named=False):
            if file.language in languages:
                yield file

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
        self,
        own: tuple[str, ...] | None,
        files: frozenset[str],
        folders: frozenset[str],
        *,
        is_named: bool,
    ) -> Iterator[SourceFile]:
        """``own`` leads from here to the folder of the cursor's file; None if that is not below."""
        for name, file in self.files.items():
            if is_named or own == () or _stem(name) in files:
                yield file
        for name, folder in self.folders.items():
            inner = own[1:] if own and own[0] == name else None
            is_inner_named = is_named or name in folders
            if is_inner_named or inner is not None or not folder.words.isdisjoint(files):
                yield from folder._reached(inner, files, folders, is_named=is_inner_named)


def _stem(name: str) -> str:
    return name.partition(".")[0]
