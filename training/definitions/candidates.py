"""Which definition is meant by a name, of all places that may define one of that name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from training.definitions.finding import Definition
from training.definitions.imports import NAMED_IMPORTS
from training.definitions.names import UsedName
from training.definitions.source_text import SourceText

_MANY = 3
"""More places than this that may define a plain name, none of them near, say nothing."""
_INDEX_FILES = frozenset({"__init__", "index", "lib", "main", "mod"})
_TEST_WORDS = ("test", "spec")


class Place(Protocol):
    """A text that may define ``names``. What it does define is asked as late as possible."""

    @property
    def path(self) -> str: ...

    @property
    def names(self) -> frozenset[str]: ...

    def definitions(self, name: str) -> Sequence[Definition]:
        """Those of ``name``, by row."""
        ...

    def source(self) -> SourceText: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition in a place."""

    definition: Definition
    place: Place


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where a name is used. ``imported`` are the words of import statements, None if not known."""

    path: str
    language: str
    imported: frozenset[str] | None

    @property
    def has_named_imports(self) -> bool:
        """Whether no name of another file is known here but by an import that is known."""
        return self.language in NAMED_IMPORTS and self.imported is not None


def choose(used: UsedName, places: Iterable[Place], seen_from: Viewpoint) -> Candidate | None:
    """The definition that ``used`` most likely means; None if that is anybody's guess.

    In order: one of the same file, of an imported file, of a near file. Only as many places are
    read as have to be.
    """
    named = [place for place in places if used.name in place.names]
    is_only_one = len(named) == 1
    for place in sorted(named, key=lambda each: distance(each.path, seen_from)):
        if not _may_be_meant(place.path, used, seen_from, len(named)):
            return None
        for definition in place.definitions(used.name):
            if used.is_qualified or not definition.is_member:
                is_meant = _is_meant(definition, place.path, used, seen_from, is_only_one)
                return Candidate(definition, place) if is_meant else None
    return None


def _may_be_meant(path: str, used: UsedName, seen_from: Viewpoint, num_named: int) -> bool:
    """Whether any definition there may be meant; if not, neither may those further away."""
    if path == seen_from.path:
        return True
    is_imported = _is_imported(path, seen_from)
    if used.is_qualified:
        return num_named == 1 or is_imported
    if seen_from.has_named_imports:
        is_name_imported = used.name in (seen_from.imported or ())
        return is_name_imported or (num_named == 1 and used.name[:1].isupper())
    return is_imported or _folder(path) == _folder(seen_from.path) or num_named <= _MANY


def _is_meant(
    definition: Definition, path: str, used: UsedName, seen_from: Viewpoint, is_only_one: bool
) -> bool:
    """Of the nearest definition, in a place where one may be meant."""
    if path == seen_from.path:
        return True
    if used.is_qualified:
        return is_only_one or not definition.is_member
    if seen_from.has_named_imports and used.name not in (seen_from.imported or ()):
        return definition.is_type
    return True


def distance(path: str, seen_from: Viewpoint) -> tuple[object, ...]:
    """Smaller is nearer. Test files are far for all but test files."""
    here = seen_from.path
    folders, own = path.split("/")[:-1], here.split("/")[:-1]
    shared = 0
    while shared < min(len(folders), len(own)) and folders[shared] == own[shared]:
        shared += 1
    return (
        path != here,
        not _is_imported(path, seen_from),
        _is_test(path) and not _is_test(here),
        len(folders) + len(own) - 2 * shared,
        path,
    )


def _is_imported(path: str, seen_from: Viewpoint) -> bool:
    stem = path.rpartition("/")[2].partition(".")[0]
    if stem in _INDEX_FILES:
        stem = _folder(path).rpartition("/")[2]
    return stem in (seen_from.imported or ())


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_test(path: str) -> bool:
    return any(word in path.lower() for word in _TEST_WORDS)
