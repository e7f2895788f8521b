"""Unified diffs between two states of a script, written from its slots: nothing is searched for."""

from collections.abc import Iterator, Mapping, Sequence

from training.history.script import KEPT, Script

CONTEXT_LINES = 3

_Row = tuple[str | None, str | None]
"""The line before and the line after."""


def diff_states(
    script: Script,
    before: int,
    after: int,
    partial_before: Mapping[int, str | None] | None = None,
    partial_after: Mapping[int, str | None] | None = None,
    context: int = CONTEXT_LINES,
) -> str:
    """The hunks that lead from one state to the other; empty if the states are equal."""
    rows: list[_Row] = []
    for index, slot in enumerate(script.slots):
        if slot.rank == KEPT:
            rows.append((slot.old, slot.old))
            continue
        old = _line(script, index, before, partial_before)
        new = _line(script, index, after, partial_after)
        if old is not None or new is not None:
            rows.append((old, new))
    changed = [at for at, (old, new) in enumerate(rows) if old != new]
    if not changed:
        return ""
    between = rows[changed[0] : changed[-1] + 1]
    if _side(between, 0) == _side(between, 1):
        return ""
    spans = _spans(changed, context)
    return "".join(_write_hunk(rows, first, last, context) for first, last in spans)


def _line(
    script: Script, index: int, turn: int, partial: Mapping[int, str | None] | None
) -> str | None:
    if partial and index in partial:
        return partial[index]
    return script.slots[index].at(turn)


def _side(rows: Sequence[_Row], side: int) -> list[str]:
    return [line for row in rows if (line := row[side]) is not None]


def _spans(changed: Sequence[int], context: int) -> Iterator[tuple[int, int]]:
    """First and last changed row of each hunk: changes whose contexts touch share one."""
    first = last = None
    for at in changed:
        if first is None or last is None:
            first = last = at
        elif at - last <= 2 * context:
            last = at
        else:
            yield first, last
            first = last = at
    if first is not None and last is not None:
        yield first, last


def _write_hunk(rows: Sequence[_Row], first: int, last: int, context: int) -> str:
    start, end = max(0, first - context), min(len(rows), last + context + 1)
    old_row, new_row = (len(_side(rows[:start], side)) for side in (0, 1))
    num_old, num_new = (len(_side(rows[start:end], side)) for side in (0, 1))
    body = "".join(_write_lines(rows[start:end]))
    old_start, new_start = old_row + (num_old > 0), new_row + (num_new > 0)
    return f"@@ -{old_start},{num_old} +{new_start},{num_new} @@\n{body}"


def _write_lines(rows: Sequence[_Row]) -> Iterator[str]:
    """Within a run of changes, deletions come before additions."""
    added: list[str] = []
    for old, new in rows:
        if old is not None and old == new:
            yield from added
            added.clear()
            yield f" {old}\n"
            continue
        if old is not None:
            yield f"-{old}\n"
        if new is not None:
            added.append(f"+{new}\n")
    yield from added
