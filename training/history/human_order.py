"""In which order a developer would have made the changes of a commit.

A commit tells what changed, not when. Three habits are imitated: sources are changed before their
tests, files otherwise in the order of their paths; a file is changed from top to bottom; and an
import is added only after its first use has been typed, half of the time.
"""

import re
from collections.abc import Sequence
from random import Random

from training.history.git import FileChange
from training.history.script import Script, in_order

_IMPORT = re.compile(
    r"\s*(import\b|from\s+\S+\s+import\b|use\s|#include\b|(const|local).*require\()"
)
_TEST = re.compile(r"(^|[/_.-])(tests?|spec|__tests__)([/_.-]|$)", re.IGNORECASE)
LATE_IMPORT_RATE = 0.5


def order_files(changes: Sequence[FileChange]) -> list[FileChange]:
    """Sources, then tests."""
    return sorted(changes, key=lambda change: (bool(_TEST.search(change.path)), change.path))


def order_turns(script: Script, random: Random) -> Script:
    """Top to bottom; blocks of imports perhaps right after the block that follows them."""
    blocks: list[list[int]] = []
    for index in script.order:
        block = script.slots[index].block
        if not blocks or script.slots[blocks[-1][-1]].block != block:
            blocks.append([])
        blocks[-1].append(index)
    at = 0
    while at + 1 < len(blocks):
        if _only_imports(script, blocks[at]) and random.random() < LATE_IMPORT_RATE:
            blocks[at], blocks[at + 1] = blocks[at + 1], blocks[at]
            at += 1
        at += 1
    return in_order(script, [index for block in blocks for index in block])


def _only_imports(script: Script, block: Sequence[int]) -> bool:
    lines = [script.slots[index].new or script.slots[index].old or "" for index in block]
    return all(_IMPORT.match(line) for line in lines if line.strip())
