"""Differences between two texts as edits: what is replaced by what, and where."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from prompt_format.code_tokens import tokenize
from prompt_format.lines import split_lines

MAX_REFINED_BYTES = 512
MAX_REFINED_LINES = 8
MAX_COMPARED_LINES = 2000
MAX_EQUAL_PAIRS = 40_000
"""More lines on either side of a change, or more pairs of a line or token there with an equal one
on the other side, are one block: comparing them would take too long."""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace ``old_text``, at bytes ``start`` up to ``end`` of the old text, by ``new_text``."""

    start: int
    end: int
    old_text: str
    new_text: str


def diff_edits(old: str, new: str) -> tuple[TextEdit, ...]:
    """What changed, by lines; small changed blocks by tokens. Ascending, never overlapping.

    A block is refined where both sides have at most 8 lines and 512 bytes, and neither is empty.
    """
    return _with_offsets(_refined(_line_blocks(old, new)))


def minimal_edits(old: str, new: str) -> tuple[TextEdit, ...]:
    """As ``diff_edits``, each edit without what its two sides have in common at either end."""
    return _with_offsets(_trimmed(_refined(_line_blocks(old, new))))


def apply_edits(old: str, edits: Iterable[TextEdit]) -> str:
    """``old`` after ascending, non-overlapping ``edits``."""
    source = old.encode()
    pieces, done = [], 0
    for edit in edits:
        pieces += [source[done : edit.start], edit.new_text.encode()]
        done = edit.end
    return b"".join([*pieces, source[done:]]).decode()


_Block = tuple[str, str]
"""Old and new text of one stretch; the stretches joined are the whole texts."""


def _line_blocks(old: str, new: str) -> Iterator[_Block]:
    return _blocks(split_lines(old), split_lines(new))


def _refined(blocks: Iterable[_Block]) -> Iterator[_Block]:
    for old, new in blocks:
        if old != new and _is_small(old) and _is_small(new):
            yield from _blocks(tokenize(old), tokenize(new))
        else:
            yield old, new


def _is_small(text: str) -> bool:
    if not text or len(text.encode()) > MAX_REFINED_BYTES:
        return False
    return len(split_lines(text)) <= MAX_REFINED_LINES


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """Stretches of units, equal and changed ones in turn."""
    prefix, suffix = _common_ends(old, new)
    yield "".join(old[:prefix]), "".join(new[:prefix])
    old_middle, new_middle = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    if _takes_too_long(old_middle, new_middle):
        yield "".join(old_middle), "".join(new_middle)
    else:
        matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        for _tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
            yield "".join(old_middle[old_start:old_end]), "".join(new_middle[new_start:new_end])
    if suffix:
        yield "".join(old[-suffix:]), "".join(new[-suffix:])


def _takes_too_long(old: Sequence[str], new: Sequence[str]) -> bool:
    if max(len(old), len(new)) > MAX_COMPARED_LINES:
        return True
    occurrences = Counter(old)
    return sum(occurrences[unit] for unit in new) > MAX_EQUAL_PAIRS


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many units both begin with, and how many of the others both end with."""
    prefix = _num_equal(old, new)
    return prefix, _num_equal(old[prefix:][::-1], new[prefix:][::-1])


def _num_equal(old: Sequence[str], new: Sequence[str]) -> int:
    """How many units both begin with."""
    pairs = zip(old, new, strict=False)
    first = next((at for at, (left, right) in enumerate(pairs) if left != right), None)
    return min(len(old), len(new)) if first is None else first


def _trimmed(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Splits what both sides begin and end with off changed blocks."""
    for old, new in blocks:
        if old == new:
            yield old, new
            continue
        prefix, suffix = _common_ends(old, new)
        yield old[:prefix], new[:prefix]
        yield old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
        yield old[len(old) - suffix :], new[len(new) - suffix :]


def _with_offsets(blocks: Iterable[_Block]) -> tuple[TextEdit, ...]:
    """The changed blocks as edits; neighbours become one."""
    edits: list[TextEdit] = []
    offset = 0
    for old, new in blocks:
        end = offset + len(old.encode())
        if old != new:
            if edits and edits[-1].end == offset:
                last = edits.pop()
                edits.append(TextEdit(last.start, end, last.old_text + old, last.new_text + new))
            else:
                edits.append(TextEdit(offset, end, old, new))
        offset = end
    return tuple(edits)
