"""What is shown of a definition: all of it, or, of a long one, how it is used."""

from collections.abc import Iterable, Iterator

from training.definitions.finding import Definition
from training.definitions.source_text import SourceText

Rows = tuple[int, int]
"""A first row, and the row after the last."""


def rows_to_show(
    definition: Definition, source: SourceText, max_bytes: int, hidden: Rows = (0, 0)
) -> list[Rows]:
    """Rows of ``source`` of together at most ``max_bytes``, without the ``hidden`` ones.

    A definition that is too long is cut after as many rows as fit; of a type, its declaration and
    those of its members are shown, each whole.
    """
    shown: list[Rows] = []
    left = max_bytes
    for piece in _pieces(definition, source, max_bytes):
        rows = [row for row in range(*piece) if not hidden[0] <= row < hidden[1]]
        sizes = [len(source.rows(row, row + 1).encode()) for row in rows]
        if definition.is_type and shown and sum(sizes) > left:
            break
        for row, size in zip(rows, sizes, strict=True):
            left -= size
            if left < 0:
                return merged(shown)
            shown.append((row, row + 1))
    return merged(shown)


def merged(rows: Iterable[Rows]) -> list[Rows]:
    """The same rows, in order, those that touch or overlap as one."""
    found: list[Rows] = []
    for first, end in sorted(rows):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((first, end))
    return found


def _pieces(definition: Definition, source: SourceText, max_bytes: int) -> Iterator[Rows]:
    """The rows to show, in order, none twice."""
    whole = source.rows(definition.start, definition.end)
    if not definition.is_type or len(whole.encode()) <= max_bytes:
        yield definition.start, definition.end
        return
    yield definition.start, definition.body
    done = definition.body
    for member in source.definitions:
        if max(done, definition.start + 1) <= member.start and member.end <= definition.end:
            yield member.start, member.body
            done = member.end
