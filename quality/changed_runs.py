"""The changed lines of a patch, run by run: what several metrics of a patch look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from prompt_format.udiff import read_hunks


@dataclass(frozen=True, slots=True)
class ChangedRun:
    """Deleted and added lines with no line of context between them, signs taken off."""

    deleted: tuple[str, ...]
    added: tuple[str, ...]


def changed_runs(patch: str) -> Iterator[ChangedRun]:
    """The runs of ``patch`` in order. Raises ``InvalidPatch`` for what is no unified diff."""
    for hunk in read_hunks(patch):
        for is_context, lines in groupby(hunk.lines, key=lambda line: line[0] == " "):
            if not is_context:
                run = list(lines)
                yield ChangedRun(_signed(run, "-"), _signed(run, "+"))


def _signed(lines: list[str], sign: str) -> tuple[str, ...]:
    return tuple(line[1:] for line in lines if line[0] == sign)
