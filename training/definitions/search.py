"""Looks for definitions in a repository at a revision, and in texts that an example brings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from prompt_format import PromptInput, RelatedFile
from training.definitions.candidates import Candidate
from training.definitions.finding import find_definitions
from training.definitions.node_types import family_of
from training.definitions.repositories import RepositoryIndex, SourceFile
from training.definitions.source_text import SourceText
from training.definitions.states import edited_paths, text_at_keystroke
from training.languages import language_of
from training.licenses import license_of

Candidates = Mapping[str, list[Candidate]]
"""By name."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository at a revision, the files of the edit history as they are at the keystroke."""

    index: RepositoryIndex
    files: tuple[SourceFile, ...]
    edited: Mapping[str, SourceText | None]
    """None where the text at the keystroke is not known."""

    def candidates(self, names: frozenset[str], language: str, cursor_path: str) -> Candidates:
        """Definitions of ``names`` in files that may be used together with the cursor's file.

        Files under a licence of their own that is not permissive are left out.
        """
        found: defaultdict[str, list[Candidate]] = defaultdict(list)
        family = family_of(language)
        for source in filter(None, self.edited.values()):
            _add(found, names, source)
        for file in self.files:
            if file.language not in family or file.path in self.edited:
                continue
            known = self.index.definitions(file)
            if known.names.isdisjoint(names):
                continue
            for definition in known.definitions:
                if definition.name in names:
                    read = partial(self.index.source_text, file)
                    found[definition.name].append(Candidate(file.path, definition, read))
        return self._licensed(found, cursor_path)

    def _licensed(self, found: Candidates, cursor_path: str) -> Candidates:
        """Those under a permissive licence, or under the same as the cursor's file."""
        licenses: dict[str, str | None] = {}
        for file in self.files:
            if not file.language:
                folder = file.path.rpartition("/")[0]
                if licenses.get(folder, "") is not None:
                    licenses[folder] = self.index.license(file)
        own = license_of(cursor_path, licenses)

        def may_be_used(candidate: Candidate) -> bool:
            license = license_of(candidate.path, licenses)
            return license is not None or own is None

        return {name: list(filter(may_be_used, each)) for name, each in found.items()}


def check_out(index: RepositoryIndex, revision: str, given: PromptInput) -> Checkout:
    """The repository as the example sees it. Raises ``GitError`` if it lacks the revision."""
    files = index.files(revision)
    by_path = {file.path: file for file in files if file.language}

    def read(path: str) -> str | None:
        return index.text(by_path[path]) if path in by_path else None

    edited: dict[str, SourceText | None] = {}
    for path in sorted(edited_paths(given)):
        text = text_at_keystroke(path, given, read)
        edited[path] = None if text is None else _source_text(path, text)
    return Checkout(index, files, edited)


def given_candidates(
    files: Iterable[RelatedFile], names: frozenset[str], language: str
) -> Candidates:
    """Definitions of ``names`` in related files that are already there."""
    found: defaultdict[str, list[Candidate]] = defaultdict(list)
    family = family_of(language)
    for file in files:
        if language_of(file.path) in family:
            for source in _excerpts(file):
                _add(found, names, source)
    return found


def _excerpts(file: RelatedFile) -> Iterator[SourceText]:
    for excerpt in file.excerpts:
        first = excerpt.row_range.start
        yield _source_text(file.path, excerpt.text, first, file.max_row)


def _source_text(
    path: str, text: str, first_row: int = 0, max_row: int | None = None
) -> SourceText:
    found = find_definitions(text.encode(), language_of(path))
    definitions = tuple(definition.moved(first_row) for definition in found)
    last = text.count("\n") if max_row is None else max_row
    return SourceText(path, text, definitions, first_row, last)


def _add(
    found: defaultdict[str, list[Candidate]], names: frozenset[str], source: SourceText
) -> None:
    for definition in source.definitions:
        if definition.name in names:
            read = partial(_same, source)
            found[definition.name].append(Candidate(source.path, definition, read))


def _same(source: SourceText) -> SourceText:
    return source
