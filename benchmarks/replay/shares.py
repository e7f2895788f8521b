"""Which typist types what, and the same passages under other conditions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import cycle, islice

from benchmarks.replay.passage import Passage
from prompt_format import EditEvent
from training.history.events import whole_change
from training.history.script import KEPT, Script, Slot

Shares = Sequence[Sequence[Passage]]
"""What each typist types."""


def shares_of(passages: Iterable[Passage], num_typists: int, num_keys: int) -> Shares:
    """Passages of at least ``num_keys`` keys for each typist, none typed twice.

    Raises ``ValueError`` if there are too few.
    """
    shares: list[list[Passage]] = [[]]
    for passage in passages:
        if sum(each.num_keys for each in shares[-1]) >= num_keys:
            if len(shares) == num_typists:
                return shares
            shares.append([])
        shares[-1].append(passage)
    if len(shares) < num_typists or sum(each.num_keys for each in shares[-1]) < num_keys:
        raise ValueError(f"the history is too short for {num_typists} typists of {num_keys} keys")
    return shares


def with_file_lines(passage: Passage, num_lines: int, others: Sequence[Passage]) -> Passage:
    """The passage in a file of so many lines, other files' lines above and below its own."""
    slots = passage.script.slots
    lines = [slot for each in others for slot in each.script.slots if slot.rank == KEPT]
    missing = max(0, num_lines - len(slots))
    filler = list(islice(cycle(lines), missing))
    above, below = filler[: missing // 2], filler[missing // 2 :]
    return replace(passage, script=_moved(passage.script, above, below))


def _moved(script: Script, above: list[Slot], below: list[Slot]) -> Script:
    order = tuple(index + len(above) for index in script.order)
    return Script(script.path, (*above, *script.slots, *below), order)


def with_events(passage: Passage, num_events: int, others: Sequence[Passage]) -> Passage:
    """The passage after so many earlier edits of other files."""
    pool: list[EditEvent] = []
    for each in others:
        if len(pool) >= num_events:
            break
        if each.script.path != passage.script.path:
            pool += whole_change(each.script)
    return replace(passage, earlier=tuple(pool[:num_events]))
