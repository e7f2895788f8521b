"""Passages to type in tests."""

from benchmarks.replay.passage import Passage
from training.history.git import ChangedBlock
from training.history.script import read_script

OLD = "def total(price):\n    return price\n\n\nprint(1)\n"
NEW = 'def total(price, tax):\n    """With tax."""\n    return price + tax\n\n\nprint(1)\n'


def passage(old: str = OLD, new: str = NEW) -> Passage:
    """All of the change from ``old`` to ``new``, which begin and end with other lines."""
    before, after = old.splitlines(), new.splitlines()
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[-1 - same]:
        same += 1
    block = ChangedBlock(0, tuple(before[: len(before) - same]), tuple(after[: len(after) - same]))
    script = read_script("shop.py", after, [block])
    return Passage("shop", script, 0, len(script.order))
