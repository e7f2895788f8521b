"""What the right next edit is at a state: as much of what came next as can be foreseen.

The rest of a commit cannot be predicted from its beginning. What a developer expects is the line at
hand, finished, with the lines that its open brackets or its header need; or, where one change is
being repeated, the same change at its next places.
"""

import re
from difflib import SequenceMatcher

from training.history.script import Script

MAX_ADDED_LINES = 6
MAX_CHANGED_LINES = 8
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_WORDS = re.compile(r"\w+|\s+|.")


def end_of_statement(script: Script, turn: int) -> int:
    """The turn after which the line put in at ``turn`` is a whole.

    Its brackets are closed, or the body below its header has begun. Only lines put in one below
    the other count, up to six.
    """
    end = turn + 1
    text = script.slots[script.order[turn]].new or ""
    while end - turn < MAX_ADDED_LINES and _expects_more(text) and _follows(script, end):
        text += "\n" + (script.slots[script.order[end]].new or "")
        end += 1
    return end


def end_of_changes(script: Script, turn: int) -> int:
    """The turn after the changes that lie one below the other from ``turn`` on, up to eight."""
    end = turn + 1
    while end - turn < MAX_CHANGED_LINES and _follows(script, end):
        end += 1
    return end


def substitutions(script: Script, turn: int) -> frozenset[tuple[str, str]]:
    """What words the change of one line replaces by what: a rename repeats the same ones."""
    slot = script.slots[script.order[turn]]
    if slot.old is None or slot.new is None:
        return frozenset()
    old, new = _WORDS.findall(slot.old), _WORDS.findall(slot.new)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return frozenset(
        ("".join(old[a:b]), "".join(new[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )


def _follows(script: Script, turn: int) -> bool:
    """Whether the change at ``turn`` is right below the one before, in the same block."""
    if turn >= len(script.order):
        return False
    here, above = script.order[turn], script.order[turn - 1]
    return here == above + 1 and script.slots[here].block == script.slots[above].block


def _expects_more(text: str) -> bool:
    """Whether brackets are open, or the last line is a header whose body has not begun."""
    open_brackets: list[str] = []
    for char in text:
        if char in _OPENERS:
            open_brackets.append(_OPENERS[char])
        elif open_brackets and char == open_brackets[-1]:
            open_brackets.pop()
    last = text.rstrip().rpartition("\n")[2].rstrip()
    if not last:
        return False
    is_block = open_brackets[-1:] == ["}"] and text.count("\n") >= 2
    return last.endswith((":", "=>", "->", "=", "\\", "then", "do")) or (
        bool(open_brackets) and not is_block
    )
