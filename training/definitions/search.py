"""Looks for definitions in a repository at a revision, and in texts that an example brings."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from prompt_format import PromptInput, RelatedFile
from training.definitions.candidates import Candidate
from training.definitions.folders import Folder
from training.definitions.node_types import family_of
from training.definitions.repositories import RepositoryIndex
from training.definitions.source_text import SourceText, read_source
from training.definitions.states import edited_paths, text_at_keystroke
from training.languages import language_of

Candidates = defaultdict[str, list[Candidate]]
"""By name."""


@dataclass(frozen=True)
class Checkout:
    """A repository at a revision, the files of the edit history as they are at the keystroke."""

    index: RepositoryIndex
    root: Folder
    given: PromptInput

    @cached_property
    def edited(self) -> Mapping[str, str | None]:
        """Texts at the keystroke; None where that is not known."""
        paths = sorted(edited_paths(self.given))
        return {path: text_at_keystroke(path, self.given, self._text) for path in paths}

    @cached_property
    def cursor_file(self) -> SourceText | None:
        """The cursor's own file, where its text is known."""
        path = self.given.cursor_path
        text = self.edited[path]
        return None if text is None else self._source(path, text)

    @cached_property
    def imported(self) -> frozenset[str] | None:
        """Words of its imports, of the revision's file where its text is not known."""
        file = self.root.file(self.given.cursor_path)
        if self.cursor_file is not None:
            return self.cursor_file.imported
        return self.index.source_text(file).imported if file else None

    def candidates(self, names: frozenset[str], language: str) -> Candidates:
        """Definitions of ``names`` that the cursor's file can use.

        Files under a licence of their own that is not permissive are left out.
        """
        found: Candidates = defaultdict(list)
        for source in self._edited_sources(names, language):
            _add(found, names, source, partial(_same, source))
        path, words = self.given.cursor_path, self.imported or frozenset()
        for file in self.root.within_reach(path, words, family_of(language)):
            if file.path not in self.edited and self._may_be_used(file.path):
                source = SourceText(file.path, "", self.index.definitions(file))
                _add(found, names, source, partial(self.index.source_text, file))
        return found

    def _edited_sources(self, names: frozenset[str], language: str) -> Iterator[SourceText]:
        """The cursor's file, and other edited ones in which one of ``names`` is written at all."""
        if self.cursor_file is not None:
            yield self.cursor_file
        for path, text in self.edited.items():
            is_other = path != self.given.cursor_path and language_of(path) in family_of(language)
            if text is None or not is_other or not self._may_be_used(path):
                continue
            if any(name in text for name in names):
                yield self._source(path, text)

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


def given_candidates(
    files: Iterable[RelatedFile], names: frozenset[str], language: str
) -> Candidates:
    """Definitions of ``names`` in related files that are already there."""
    found: Candidates = defaultdict(list)
    family = family_of(language)
    for file in files:
        for excerpt in file.excerpts if language_of(file.path) in family else ():
            first = excerpt.row_range.start
            source = read_source(file.path, excerpt.text, first, file.max_row)
            _add(found, names, source, partial(_same, source))
    return found


def _add(
    found: Candidates, names: frozenset[str], source: SourceText, read: Callable[[], SourceText]
) -> None:
    for definition in source.definitions:
        if definition.name in names:
            found[definition.name].append(Candidate(source.path, definition, read))


def _same(source: SourceText) -> SourceText:
    return source
