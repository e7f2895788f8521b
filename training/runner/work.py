"""What a worker does with a chunk: parse, run, stamp, serialise. No row's error leaves the chunk.

The objects here are sent to worker processes; they hold nothing but functions and values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from training.errors import RowError, RunError
from training.examples import Example, Stamp
from training.files import RawRow, parse_row, to_line
from training.rows import TrainingRow
from training.runner.values import INTERNAL, WORKER_DIED, Chunk, ChunkResult, Failure
from training.stage import Dropped, MapStage, Outcome, SourceStage, SurveyStage

Answer = TypeVar("Answer", covariant=True)


class Work(Protocol[Answer]):
    """What becomes of a chunk, and what of one whose process died."""

    def __call__(self, chunk: Chunk) -> Answer: ...

    def lost(self, chunk: Chunk) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows are read and written in a run: all that the workers of every stage share."""

    reads: type[BaseModel]
    stamp: Stamp
    keeps_failed: bool = False

    def written(self, outcome: Outcome, source: bytes, result: ChunkResult) -> None:
        """Add what the stage answered to ``result``; ``source`` are the bytes it came from."""
        if isinstance(outcome, Dropped):
            result.dropped[outcome.reason] += 1
            return
        if isinstance(outcome, Example | TrainingRow):
            digest = sha256(source).hexdigest() if source else ""
            stamp = self.stamp.model_copy(update={"input_sha256": digest})
            outcome = outcome.model_copy(update={"provenance": (*outcome.provenance, stamp)})
        result.lines.append(to_line(outcome))

    def failed(self, raw: RawRow, name: str, error: Exception, result: ChunkResult) -> None:
        """Add the failure of ``raw`` to ``result``. A ``RunError`` is raised on."""
        self.failed_before(raw, failure_of(raw.row, name, error), result)

    def failed_before(self, raw: RawRow, failure: Failure, result: ChunkResult) -> None:
        """Add a known failure of ``raw`` to ``result``, and the row itself if it is kept."""
        result.failures.append(failure)
        if not self.keeps_failed:
            return
        try:
            row = parse_row(raw, self.reads)
        except RowError:
            return
        result.lines.append(to_line(row))


def failure_of(row: int, name: str, error: Exception) -> Failure:
    """What ``failed.jsonl`` says. Unforeseen exceptions may quote the row: only their type is told.

    A ``RunError`` is none of the row's and is raised.
    """
    if isinstance(error, RunError):
        raise error
    if isinstance(error, RowError):
        return Failure(row, name, error.code, str(error))
    return Failure(row, name, INTERNAL, type(error).__name__)


def name_of(row: BaseModel | None, label: str) -> str:
    """What a row is called in messages."""
    if isinstance(row, Example):
        return row.spec.name
    name = getattr(row, "name", None)
    return name if isinstance(name, str) and name else label


class _WritesRows:
    """Work whose rows, if lost, are failures."""

    __slots__ = ()

    def lost(self, chunk: Chunk) -> ChunkResult:
        """See ``Work``."""
        failures = _lost(chunk)
        return ChunkResult(len(failures), failures=failures)


def _lost(chunk: Chunk) -> list[Failure]:
    message = "the process crashed or ran out of memory"
    if not chunk.rows:
        return [Failure(chunk.unit_index, f"unit-{chunk.unit_index}", WORKER_DIED, message)]
    return [Failure(raw.row, raw.label, WORKER_DIED, message) for raw in chunk.rows]


@dataclass(frozen=True, slots=True)
class MapWork(_WritesRows):
    """Rows through a ``MapStage``."""

    stage_run: Callable[[Any, Any], Outcome]
    config: Any
    rows: Rows

    def __call__(self, chunk: Chunk) -> ChunkResult:
        result = ChunkResult(len(chunk.rows))
        for raw in chunk.rows:
            row = None
            try:
                row = parse_row(raw, self.rows.reads)
                self.rows.written(self.stage_run(row, self.config), raw.data, result)
            except Exception as error:
                self.rows.failed(raw, name_of(row, raw.label), error, result)
        return result


@dataclass(slots=True)
class Digests:
    """What a survey keeps of each row of a chunk; a failure where it could not."""

    found: list[Any | Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DigestWork:
    """The first look of a ``SurveyStage``: its digest of a row, or the row."""

    digest: Callable[[Any, Any], Any] | None
    config: Any
    rows: Rows

    def __call__(self, chunk: Chunk) -> Digests:
        digests = Digests()
        for raw in chunk.rows:
            row = None
            try:
                row = parse_row(raw, self.rows.reads)
                found = row if self.digest is None else self.digest(row, self.config)
                digests.found.append(found)
            except Exception as error:
                digests.found.append(failure_of(raw.row, name_of(row, raw.label), error))
        return digests

    def lost(self, chunk: Chunk) -> Digests:
        """See ``Work``."""
        return Digests(list(_lost(chunk)))


@dataclass(frozen=True, slots=True)
class ApplyWork(_WritesRows):
    """The second look of a ``SurveyStage``, by the plan."""

    stage_run: Callable[[Any, int, Any, Any], Outcome]
    plan: Any
    config: Any
    rows: Rows

    def __call__(self, chunk: Chunk) -> ChunkResult:
        result = ChunkResult(len(chunk.rows))
        for raw, index in zip(chunk.rows, chunk.indices, strict=True):
            if isinstance(index, Failure):
                self.rows.failed_before(raw, index, result)
                continue
            row = None
            try:
                row = parse_row(raw, self.rows.reads)
                outcome = self.stage_run(row, index, self.plan, self.config)
                self.rows.written(outcome, raw.data, result)
            except Exception as error:
                self.rows.failed(raw, name_of(row, raw.label), error, result)
        return result


@dataclass(frozen=True, slots=True)
class SourceWork(_WritesRows):
    """One unit of a ``SourceStage``; a unit that fails leaves no rows."""

    stage_run: Callable[[Any, Any], Iterable[Outcome]]
    config: Any
    rows: Rows

    def __call__(self, chunk: Chunk) -> ChunkResult:
        result = ChunkResult(1)
        try:
            for outcome in self.stage_run(chunk.unit, self.config):
                self.rows.written(outcome, b"", result)
        except Exception as error:
            failure = failure_of(chunk.unit_index, f"unit-{chunk.unit_index}", error)
            return ChunkResult(1, failures=[failure])
        return result


def work_of(stage: MapStage | SourceStage, config: Any, rows: Rows) -> MapWork | SourceWork:
    """The work of a stage that looks at each row or unit once."""
    if isinstance(stage, MapStage):
        return MapWork(stage.run, config, rows)
    return SourceWork(stage.run, config, rows)


def apply_work(stage: SurveyStage, plan: Any, config: Any, rows: Rows) -> ApplyWork:
    """The second look of ``stage``."""
    return ApplyWork(stage.run, plan, config, rows)
