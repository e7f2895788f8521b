"""What stays behind the cursor once a line has been completed.

Editors put closing brackets and quotes there; a model that cannot see them writes its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_BRACKETS = {")": "(", "]": "[", "}": "{"}
_QUOTES = "\"'`"


def behind_completion(added: str, after: str) -> str | None:
    """``after`` less what ``added`` repeats; None if ``added`` leaves a bracket open within it."""
    rest = _behind_closed_string(added, after)
    closed, opened = _unmatched_brackets(rest.added)
    if opened and after.strip():
        return None
    return _without_repetition(rest, closed)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What the model added behind the string it closed, if any, and what stood behind that."""

    added: str
    after: str


def _behind_closed_string(added: str, after: str) -> _Rest:
    """An odd number of the quotes that stand behind the cursor: the cursor was inside a string."""
    quote = after.lstrip()[:1]
    if quote and quote in _QUOTES and added.count(quote) % 2:
        return _Rest(added.partition(quote)[2], after.lstrip()[1:])
    return _Rest(added, after)


def _without_repetition(rest: _Rest, closed: Sequence[str]) -> str:
    """What stood behind the cursor, less what the model has written, too."""
    after = rest.after
    for bracket in closed:
        if after.lstrip().startswith(bracket):
            after = after.lstrip()[1:]
    end = after.strip()
    is_repeated = end and not set(end) & set(_BRACKETS) and rest.added.endswith(end)
    return "" if is_repeated else after


def _unmatched_brackets(text: str) -> tuple[list[str], list[str]]:
    """Closing brackets whose openers stand before ``text``, and openers it does not close."""
    closed: list[str] = []
    opened: list[str] = []
    for character in text:
        quote = opened[-1] if opened and opened[-1] in _QUOTES else ""
        if quote:
            if character == quote:
                opened.pop()
        elif character in _QUOTES or character in _BRACKETS.values():
            opened.append(character)
        elif character in _BRACKETS:
            if opened and opened[-1] == _BRACKETS[character]:
                opened.pop()
            else:
                closed.append(character)
    return closed, [opener for opener in opened if opener not in _QUOTES]
