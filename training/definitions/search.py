"""Looks for definitions in a repository at a revision, and in texts that an example brings."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from prompt_format import PromptInput, RelatedFile
from prompt_format.lines import split_lines
from training.definitions.candidates import Candidate, Viewpoint, may_be_elsewhere
from training.definitions.finding import Definition
from training.definitions.folders import Folder, SourceFile
from training.definitions.imports import imported_words
from training.definitions.mentions import may_define
from training.definitions.names import UsedName
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

    def candidates(self, names: Collection[UsedName], language: str) -> Candidates:
        """Definitions of ``names`` that the cursor's file can use.

        Files under a licence of their own that is not permissive are left out.
        """
        found: Candidates = defaultdict(list)
        words = frozenset(each.name for each in names)
        for source in self._edited_sources(words, language):
            _add(found, source, source.definitions)
        seen_from = self.seen_from(language)
        elsewhere = frozenset(each.name for each in names if may_be_elsewhere(each, seen_from))
        for file in self._other_files(seen_from):
            for definition in self.index.definitions(file, elsewhere):
                read = partial(self.index.source_text, file)
                found[definition.name].append(Candidate(file.path, definition, read))
        return found

    def seen_from(self, language: str) -> Viewpoint:
        """The cursor's file, as far as it matters for what a name means."""
        return Viewpoint(self.given.cursor_path, language, self._imported)

    @cached_property
    def _imported(self) -> frozenset[str] | None:
        """Of the revision's file where its text at the keystroke is not known."""
        text = self.edited[self.given.cursor_path] or self._text(self.given.cursor_path)
        return None if text is None else imported_words(text)

    def _other_files(self, seen_from: Viewpoint) -> Iterator[SourceFile]:
        family = family_of(seen_from.language)
        with_own_folder = not seen_from.has_named_imports
        imported = seen_from.imported or frozenset()
        for file in self.root.within_reach(
            seen_from.path, imported, with_own_folder=with_own_folder
        ):
            is_other = file.language in family and file.path not in self.edited
            if is_other and self._may_be_used(file.path):
                yield file

    def _edited_sources(self, names: frozenset[str], language: str) -> Iterator[SourceText]:
        """Files of the edit history, as far as one of ``names`` may be defined there."""
        for path, text in self.edited.items():
            own = language_of(path)
            if text is None or own is None or own not in family_of(language):
                continue
            unseen = self._unseen(text) if path == self.given.cursor_path else text
            if names & may_define(unseen, own) and self._may_be_used(path):
                yield self._source(path, text)

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


def given_candidates(files: Iterable[RelatedFile], language: str) -> Candidates:
    """All definitions in related files that are already there."""
    found: Candidates = defaultdict(list)
    family = family_of(language)
    for file in files:
        for excerpt in file.excerpts if language_of(file.path) in family else ():
            first = excerpt.row_range.start
            source = read_source(file.path, excerpt.text, first, file.max_row)
            _add(found, source, source.definitions)
    return found


def _add(found: Candidates, source: SourceText, definitions: Iterable[Definition]) -> None:
    for definition in definitions:
        read = partial(_same, source)
        found[definition.name].append(Candidate(source.path, definition, read))


def _same(source: SourceText) -> SourceText:
    return source
