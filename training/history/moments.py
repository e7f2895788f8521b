"""Moments of editing: a state of a file, the cursor in it, and what the right next edit is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from training.history.script import KEPT, Script
from training.history.targets import end_of_changes, end_of_statement, substitutions
from training.history.typing import half_typed, typed_up_to

NEAR_ROWS = 12
QUIET_ROWS = 24
"""Where nothing changes within so many rows of the cursor, the right answer is silence."""
CURSOR_AT_TARGET_RATE = 0.2
JITTER_RATE = 0.2
MAX_JITTER_COLUMNS = 5
CLOSED_BRACKETS_RATE = 0.5
UNHINTED_RATE = 0.2
"""How many of the next edits are asked for that nothing before them hints at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """State ``turn`` of a script, ``partial`` lines in it; state ``target`` is the right answer.

    ``slot`` and ``column`` are the cursor's. ``kind``: ``fim`` within a line that is being typed,
    ``near`` an edit within 12 rows, ``no_edit``.
    """

    kind: str
    turn: int
    target: int
    slot: int
    column: int
    partial: Mapping[int, str] = field(default_factory=dict)


def typing_moment(script: Script, turn: int, random: Random) -> Moment | None:
    """While the line of ``turn`` is being typed."""
    index = script.order[turn]
    slot = script.slots[index]
    if slot.new is None or not slot.new.strip():
        return None
    typed = half_typed(slot.old, slot.new, random, random.random() < CLOSED_BRACKETS_RATE)
    if typed is None:
        return None
    target = end_of_statement(script, turn)
    return Moment("fim", turn, target, index, typed.cursor, {index: typed.line})


def typing_session(script: Script, turn: int) -> Iterator[Moment]:
    """Every keystroke of the line of ``turn``, for replay."""
    index = script.order[turn]
    new = script.slots[index].new or ""
    target = end_of_statement(script, turn)
    for at in range(len(new) - len(new.lstrip()) + 1, len(new)):
        typed = typed_up_to(new, at, 0, closes_brackets=False)
        if typed is not None:
            yield Moment("fim", turn, target, index, typed.cursor, {index: typed.line})


def near_moment(script: Script, turn: int, random: Random) -> Moment | None:
    """Between two lines: the edit of ``turn - 1`` is done, that of ``turn`` is next and close."""
    index, last = script.order[turn], script.order[turn - 1]
    if abs(index - last) > NEAR_ROWS:
        return None
    slot = script.slots[index]
    if slot.old is None:
        is_hinted = end_of_statement(script, turn - 1) > turn
        target = end_of_statement(script, turn)
    else:
        is_hinted = _is_repeated(script, turn)
        target = _end_of_repeated(script, turn) if is_hinted else end_of_changes(script, turn)
    if not is_hinted and random.random() >= UNHINTED_RATE:
        return None
    return _placed("near", script, turn, target, random)


def quiet_moment(script: Script, turn: int, random: Random) -> Moment | None:
    """After the edit of ``turn - 1``, when nothing else is to change around it."""
    if turn == 0:
        return None
    moment = _placed("no_edit", script, turn, turn, random)
    return moment if moment and _is_calm(script, turn, moment.slot) else None


def reading_moment(script: Script, turn: int, random: Random) -> Moment | None:
    """The cursor somewhere else in the file, where nothing is to change."""
    lines = script.lines(turn)
    if not lines:
        return None
    index, line = lines[random.randrange(len(lines))]
    if not _is_calm(script, turn, index):
        return None
    column = len(line) if random.random() < 0.6 else random.randint(0, len(line))
    return Moment("no_edit", turn, turn, index, column)


def shows_a_change(script: Script, moment: Moment) -> bool:
    """Whether the right answer changes more than blank lines and blanks at the ends of lines.

    Nobody sees such a change, and no measure tells it from silence. Indentation counts.
    """
    now = script.lines(moment.turn, moment.partial)
    return _seen(now) != _seen(script.lines(moment.target))


def _seen(lines: list[tuple[int, str]]) -> list[str]:
    return [line.rstrip() for _slot, line in lines if line.strip()]


def _is_calm(script: Script, turn: int, around: int) -> bool:
    nearby = script.slots[max(0, around - QUIET_ROWS) : around + QUIET_ROWS + 1]
    return not any(slot.rank != KEPT and slot.rank >= turn for slot in nearby)


def _is_repeated(script: Script, turn: int) -> bool:
    """Whether the change of ``turn`` replaces a word as one of the last changes did."""
    wanted = substitutions(script, turn)
    recent = range(max(0, turn - 4), turn)
    return any(wanted & substitutions(script, before) for before in recent)


def _end_of_repeated(script: Script, turn: int) -> int:
    end = turn + 1
    while end < len(script.order) and end - turn < 8:
        is_close = abs(script.order[end] - script.order[turn]) <= NEAR_ROWS
        if not is_close or not _is_repeated(script, end):
            break
        end += 1
    return end


def _placed(kind: str, script: Script, turn: int, target: int, random: Random) -> Moment | None:
    """The cursor where the last edit ended, sometimes at the next one, sometimes a bit beside."""
    is_at_target = target > turn and random.random() < CURSOR_AT_TARGET_RATE
    wanted = script.order[turn] if is_at_target else script.order[turn - 1]
    lines = script.lines(turn)
    above = [(index, line) for index, line in lines if index <= wanted]
    if not above:
        return None
    index, line = above[-1]
    column = len(line)
    if random.random() < JITTER_RATE:
        jitter = random.randint(1, MAX_JITTER_COLUMNS) * random.choice((-1, 1))
        column = min(max(0, column + jitter), len(line))
    return Moment(kind, turn, target, index, column)
