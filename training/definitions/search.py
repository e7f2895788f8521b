"""Where definitions are looked for: a repository at a revision, and texts an example brings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from heapq import nsmallest

from prompt_format import PromptInput, RelatedFile
from prompt_format.lines import split_lines
from quality.languages import language_of
from training.definitions.candidates import Place, Viewpoint, distance
from training.definitions.finding import Definition
from training.definitions.folders import Folder, SourceFile
from training.definitions.imports import imported_words
from training.definitions.mentions import may_define
from training.definitions.node_types import family_of
from training.definitions.repositories import RepositoryIndex
from training.definitions.source_text import SourceText, read_source
from training.definitions.states import edited_paths, text_at_keystroke

MAX_FILES = 32
"""Of those within reach, the nearest."""


@dataclass(frozen=True)
class FilePlace:
    """A file of a revision."""

    path: str
    names: frozenset[str]
    index: RepositoryIndex
    file: SourceFile

    def definitions(self, name: str) -> Sequence[Definition]:
        """See ``Place``."""
        return self.index.definitions(self.file, name)

    def source(self) -> SourceText:
        """See ``Place``."""
        return self.index.source_text(self.file)


@dataclass(frozen=True)
class TextPlace:
    """A text that is in no revision; ``read`` finds its definitions."""

    path: str
    names: frozenset[str]
    read: Callable[[], SourceText]

    def definitions(self, name: str) -> Sequence[Definition]:
        """See ``Place``."""
        return [each for each in self._source.definitions if each.name == name]

    def source(self) -> SourceText:
        """See ``Place``."""
        return self._source

    @cached_property
    def _source(self) -> SourceText:
        return self.read()


@dataclass(frozen=True)
class Checkout:
    """A repository at a revision, the files of the edit history as they are at the keystroke."""

    index: RepositoryIndex
    root: Folder
    given: PromptInput

    def places(self, language: str) -> Iterator[Place]:
        """What the cursor's file can use, without what the excerpt shows.

        Files under a licence of their own that is not permissive are left out.
        """
        yield from self._edited_places(language)
        for file in self._files_within_reach(language):
            if self._may_be_used(file.path):
                yield FilePlace(file.path, self.index.names(file), self.index, file)

    def seen_from(self, language: str) -> Viewpoint:
        """The cursor's file, as far as it matters for what a name means."""
        return Viewpoint(self.given.cursor_path, language, self._imported)

    @cached_property
    def _edited(self) -> Mapping[str, str | None]:
        """Texts at the keystroke; None where that is not known."""
        paths = sorted(edited_paths(self.given))
        return {path: text_at_keystroke(path, self.given, self._text) for path in paths}

    @cached_property
    def _imported(self) -> frozenset[str] | None:
        """Of the revision's file where its text at the keystroke is not known."""
        text = self._edited[self.given.cursor_path] or self._text(self.given.cursor_path)
        return None if text is None else imported_words(text)

    def _files_within_reach(self, language: str) -> list[SourceFile]:
        """The ``MAX_FILES`` nearest: where a word names many folders, most are not meant."""
        seen_from = self.seen_from(language)
        imported = seen_from.imported or frozenset()
        files = self.root.within_reach(
            seen_from.path, imported, with_own_folder=not seen_from.has_named_imports
        )
        family = family_of(language)
        fitting = [
            file for file in files if file.language in family and file.path not in self._edited
        ]
        if len(fitting) <= MAX_FILES:
            return fitting
        return nsmallest(MAX_FILES, fitting, key=lambda file: distance(file.path, seen_from))

    def _edited_places(self, language: str) -> Iterator[Place]:
        for path, text in self._edited.items():
            own = language_of(path)
            if text is None or own is None or own not in family_of(language):
                continue
            if not self._may_be_used(path):
                continue
            unseen = self._unseen(text) if path == self.given.cursor_path else text
            yield TextPlace(path, may_define(unseen, own), partial(self._source, path, text))

    def _unseen(self, text: str) -> str:
        """The rows of the cursor's file that are not in the excerpt."""
        lines = split_lines(text)
        first = self.given.excerpt_start_row or 0
        num_rows = len(split_lines(self.given.cursor_excerpt))
        return "".join(lines[:first] + lines[first + num_rows :])

    def _source(self, path: str, text: str) -> SourceText:
        file = self.root.file(path)
        return self.index.changed_source_text(file, text) if file else read_source(path, text)

    def _text(self, path: str) -> str | None:
        file = self.root.file(path)
        return self.index.text(file) if file else None

    def _may_be_used(self, path: str) -> bool:
        """Whether it is under the licence of the cursor's file, or a permissive one."""
        licenses = self.root.license_ids_of(path)
        own = self.root.license_ids_of(self.given.cursor_path)
        return licenses == own or self.index.is_permissive(licenses)


def given_places(files: Iterable[RelatedFile], language: str) -> Iterator[Place]:
    """Related files that are already there, each excerpt on its own."""
    for file in files:
        own = language_of(file.path)
        if own is None or own not in family_of(language):
            continue
        for excerpt in file.excerpts:
            first, text = excerpt.row_range.start, excerpt.text
            read = partial(read_source, file.path, text, first, file.max_row)
            yield TextPlace(file.path, may_define(text, own), read)
