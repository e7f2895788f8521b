"""The edit history before a moment, coalesced as an editor does it.

Edits that follow each other within eight rows are one event; a jump elsewhere starts the next.
"""

from collections.abc import Sequence

from prompt_format import EditEvent
from training.history.diffs import diff_states
from training.history.moments import Moment
from training.history.script import Script

COALESCED_ROWS = 8
MAX_EVENTS = 6


def history(script: Script, moment: Moment) -> list[EditEvent]:
    """The last events of this file, oldest first, the half-typed line being part of the newest."""
    groups = _groups(script, moment.turn)
    if moment.partial:
        typed = next(iter(moment.partial))
        if groups and abs(script.order[groups[-1][1] - 1] - typed) > COALESCED_ROWS:
            groups.append((moment.turn, moment.turn))
        elif not groups:
            groups = [(moment.turn, moment.turn)]
    groups = groups[-MAX_EVENTS:]
    events = []
    for number, (first, end) in enumerate(groups):
        partial = moment.partial if number == len(groups) - 1 else None
        diff = diff_states(script, first, end, partial_after=partial)
        if diff:
            events.append(EditEvent(path=script.path, diff=diff))
    return events


def whole_change(script: Script) -> list[EditEvent]:
    """All edits of a file that was changed before."""
    groups = _groups(script, len(script.order))[-MAX_EVENTS:]
    diffs = [diff_states(script, first, end) for first, end in groups]
    return [EditEvent(path=script.path, diff=diff) for diff in diffs if diff]


def _groups(script: Script, turns: int) -> list[tuple[int, int]]:
    """First turn and end of each run of close edits."""
    groups: list[tuple[int, int]] = []
    for turn in range(turns):
        if groups and _is_close(script.order, turn):
            groups[-1] = (groups[-1][0], turn + 1)
        else:
            groups.append((turn, turn + 1))
    return groups


def _is_close(order: Sequence[int], turn: int) -> bool:
    return abs(order[turn] - order[turn - 1]) <= COALESCED_ROWS
