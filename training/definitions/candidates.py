"""Which definition is meant by a name, of all that there are of that name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.definitions.finding import Definition
from training.definitions.imports import NAMED_IMPORTS
from training.definitions.names import UsedName
from training.definitions.source_text import SourceText

_MANY = 3
"""More plain definitions of one name than this, none of them near, say nothing."""
_INDEX_FILES = frozenset({"__init__", "index", "lib", "main", "mod"})
_TEST_WORDS = ("test", "spec")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A definition in the file ``path``; ``read`` answers that file's text."""

    path: str
    definition: Definition
    read: Callable[[], SourceText]


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


def may_be_elsewhere(used: UsedName, seen_from: Viewpoint) -> bool:
    """Whether ``choose`` may take a definition in another file: a look before any are found."""
    if used.is_qualified or not seen_from.has_named_imports:
        return True
    return used.name in (seen_from.imported or ()) or used.name[:1].isupper()


def choose(
    used: UsedName, candidates: Sequence[Candidate], seen_from: Viewpoint
) -> Candidate | None:
    """The candidate that ``used`` most likely means; None if that is anybody's guess.

    In order: one of the same file, of an imported file, of a near file.
    """
    if used.is_qualified:
        fitting = list(candidates)
    else:
        fitting = [each for each in candidates if not each.definition.is_member]
    if not fitting:
        return None
    nearest = min(fitting, key=lambda each: _distance(each, seen_from))
    return nearest if _is_meant(nearest, used, fitting, seen_from) else None


def _is_meant(
    nearest: Candidate, used: UsedName, candidates: Sequence[Candidate], seen_from: Viewpoint
) -> bool:
    if nearest.path == seen_from.path:
        return True
    is_only_one = len({each.path for each in candidates}) == 1
    if used.is_qualified:
        is_of_module = not nearest.definition.is_member and _is_imported(nearest, seen_from)
        return is_only_one or is_of_module
    if seen_from.has_named_imports:
        is_imported = used.name in (seen_from.imported or ())
        is_known_type = nearest.definition.is_type and used.name[:1].isupper()
        return is_imported or (is_only_one and is_known_type)
    is_near = _folder(nearest.path) == _folder(seen_from.path) or _is_imported(nearest, seen_from)
    return is_near or len(candidates) <= _MANY


def _distance(candidate: Candidate, seen_from: Viewpoint) -> tuple[object, ...]:
    """Smaller is nearer. Test files are far for all but test files."""
    path, here = candidate.path, seen_from.path
    folders, own = path.split("/")[:-1], here.split("/")[:-1]
    shared = 0
    while shared < min(len(folders), len(own)) and folders[shared] == own[shared]:
        shared += 1
    return (
        path != here,
        not _is_imported(candidate, seen_from),
        _is_test(path) and not _is_test(here),
        len(folders) + len(own) - 2 * shared,
        path,
        candidate.definition.start,
    )


def _is_imported(candidate: Candidate, seen_from: Viewpoint) -> bool:
    stem = candidate.path.rpartition("/")[2].partition(".")[0]
    if stem in _INDEX_FILES:
        stem = _folder(candidate.path).rpartition("/")[2]
    return stem in (seen_from.imported or ())


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_test(path: str) -> bool:
    return any(word in path.lower() for word in _TEST_WORDS)
