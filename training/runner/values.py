"""What passes between the parts of the runner: chunks of work, their results, counts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from training.files import RawRow
from training.files.fingerprints import Fingerprint

INTERNAL = "internal"
"""Code of an exception that no stage has foreseen."""
WORKER_DIED = "worker_died"
"""Code of a row whose process was ended from outside: a crash in native code, or no memory."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A row without a result. ``row`` counts from 0 over the inputs (a source: its units)."""

    row: int
    name: str
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows, or one unit of a source, that one worker processes at a time.

    ``indices`` are the positions of the rows among those that a survey has seen; for a row that
    could not be surveyed, the failure.
    """

    rows: tuple[RawRow, ...] = ()
    indices: tuple[int | Failure, ...] = ()
    unit: Any = None
    unit_index: int = 0

    def parts(self) -> list["Chunk"]:
        """A chunk for each row; a unit has no parts."""
        if not self.rows:
            return [self]
        return [Chunk((row,), self.indices[at : at + 1]) for at, row in enumerate(self.rows)]


@dataclass(slots=True)
class ChunkResult:
    """Finished lines, and what became of the other rows. ``num_steps`` counts rows or units."""

    num_steps: int
    lines: list[bytes] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


class Counts(BaseModel):
    """What became of the rows of a run (a source: of its units)."""

    model_config = ConfigDict(extra="forbid")

    num_in: int = 0
    num_out: int = 0
    dropped: dict[str, int] = Field(default_factory=dict)
    failed: dict[str, int] = Field(default_factory=dict)

    @property
    def num_dropped(self) -> int:
        return sum(self.dropped.values())

    @property
    def num_failed(self) -> int:
        return sum(self.failed.values())

    def add(self, result: ChunkResult) -> None:
        """Count one chunk's result in."""
        self.num_in += result.num_steps
        self.num_out += len(result.lines)
        _count(self.dropped, result.dropped.items())
        _count(self.failed, Counter(each.code for each in result.failures).items())


def _count(counts: dict[str, int], more: Iterable[tuple[str, int]]) -> None:
    for word, number in more:
        counts[word] = counts.get(word, 0) + number


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended, or how the one ended that made what is up to date."""

    out: Path
    counts: Counts
    output: Fingerprint
    was_up_to_date: bool
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if any row failed, else 0."""
        return 1 if self.counts.num_failed else 0
