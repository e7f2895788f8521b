"""Looks for definitions in a repository at a revision, and in texts that an example brings."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

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


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository at a revision, the files of the edit history as they are at the keystroke."""

    index: RepositoryIndex
    root: Folder
    edited: Mapping[str, str | None]
    """None where the text at the keystroke is not known."""
    cursor_file: SourceText | None
    """The cursor's own, where its text is known."""

    def candidates(self, names: frozenset[str], language: str, cursor_path: str) -> Candidates:
        """Definitions of ``names`` in files that may be used together with the cursor's file.

        Files under a licence of their own that is not permissive are left out.
        """
        found: Candidates = defaultdict(list)
        family = family_of(language)
        for source in self._edited_sources(names, language, cursor_path):
            _add(found, names, source, partial(_same, source))
        for file in self.root.defining(names, family):
            if file.path not in self.edited and self._may_be_used(file.path, cursor_path):
                known = self.root.known(file)
                source = SourceText(file.path, "", known.definitions)
                _add(found, names, source, partial(self.index.source_text, file))
        return found

    def _edited_sources(
        self, names: frozenset[str], language: str, cursor_path: str
    ) -> Iterator[SourceText]:
        """Edited files in which one of ``names`` is written at all."""
        if self.cursor_file is not None:
            yield self.cursor_file
        for path, text in self.edited.items():
            is_wanted = path != cursor_path and language_of(path) in family_of(language)
            if text is not None and is_wanted and any(name in text for name in names):
                yield _source(self.index, self.root, path, text)

    def _may_be_used(self, path: str, cursor_path: str) -> bool:
        """Whether it is under the licence of the cursor's file, or a permissive one."""
        licenses = self.root.license_ids_of(path)
        own = self.root.license_ids_of(cursor_path)
        return licenses == own or self.index.is_permissive(licenses)


def check_out(index: RepositoryIndex, revision: str, given: PromptInput) -> Checkout:
    """The repository as the example sees it. Raises ``GitError`` if it lacks the revision."""
    root = index.root(revision)

    def read(path: str) -> str | None:
        file = root.file(path)
        return index.text(file) if file else None

    edited = {path: text_at_keystroke(path, given, read) for path in sorted(edited_paths(given))}
    text = edited[given.cursor_path]
    own = None if text is None else _source(index, root, given.cursor_path, text)
    return Checkout(index, root, edited, own)


def _source(index: RepositoryIndex, root: Folder, path: str, text: str) -> SourceText:
    file = root.file(path)
    return index.changed_source_text(file, text) if file else read_source(path, text)


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
