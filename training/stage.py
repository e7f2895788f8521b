"""What a stage is: a name, a configuration, and a function of one row. It does no I/O of its own.

The runner (``training.runner``) reads, writes, resumes, counts and shows progress; a stage only
says what becomes of a row. Three kinds:

- ``MapStage``: each row on its own, in worker processes.
- ``ClientStage``: each row on its own, waiting for a client (an endpoint, an engine) that the
  runner opens once and that several rows use at the same time.
- ``SurveyStage``: looks at all rows first (keeping little of each), then decides row by row.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from training.examples import Example


class StageConfig(BaseModel):
    """Parameters of a stage: all that changes its answer, nothing that does not."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


@dataclass(frozen=True, slots=True)
class Dropped:
    """The row is left out on purpose. ``reason`` is a stable word, counted in the summary."""

    reason: str


Outcome = BaseModel | Dropped
"""A new row, or a word why there is none."""


@dataclass(frozen=True, slots=True)
class MapStage:
    """``run(row, config)`` is pure; it raises ``RowError`` for a row that it cannot process."""

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    run: Callable[[Any, Any], Outcome]
    reads: type[BaseModel] = Example


@dataclass(frozen=True, slots=True)
class ClientStage:
    """``run(row, config, client)``; ``open(config)`` gives the client, once for the whole run."""

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    open: Callable[[Any], AbstractAsyncContextManager[Any]]
    run: Callable[[Any, Any, Any], Awaitable[Outcome]]
    reads: type[BaseModel] = Example
    environment: Callable[[Any], dict[str, str]] = field(default=lambda _config: {})
    """What else the answer depends on (a model's version), to be part of the run's key."""


@dataclass(frozen=True, slots=True)
class SurveyStage:
    """``survey(rows, config)`` answers a plan; ``run(row, index, plan, config)`` applies it.

    ``digest(row, config)``, if given, runs in worker processes; ``survey`` then gets what it
    answers for each row, small and picklable, instead of the rows.
    """

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    survey: Callable[[Iterable[Any], Any], Any]
    run: Callable[[Any, int, Any, Any], Outcome]
    digest: Callable[[Any, Any], Any] | None = None
    reads: type[BaseModel] = Example


@dataclass(frozen=True, slots=True)
class SourceStage:
    """Makes rows out of something else than rows: ``units(config)`` lists the work, in order.

    ``run(unit, config)`` answers the rows of one unit (one repository's slice of history, one log
    segment), in a worker process; a ``RowError`` fails the unit.
    """

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    units: Callable[[Any], Iterable[Any]]
    run: Callable[[Any, Any], Iterable[Outcome]]
    environment: Callable[[Any], dict[str, str]] | None = None
    """What the units depend on besides parameters and the files that they name. Without it, the
    listed units themselves are part of the run's key."""


@dataclass(frozen=True, slots=True)
class SinkStage:
    """Makes something else out of all rows: a model, a report. ``run(rows, config, out)``.

    ``out`` is a folder that appears under its final name only when all is written.
    """

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    run: Callable[..., Any]
    reads: type[BaseModel] = Example


@dataclass(frozen=True, slots=True)
class FolderStage:
    """Makes a folder out of a folder: ``run(folder, config, out)``.

    It writes ``out`` itself, whole or not at all, and keeps what it needs to go on after a kill in
    a folder beside it. The runner only hands over the paths and the configuration.
    """

    name: str
    summary: str
    version: int
    config: type[StageConfig]
    run: Callable[[Path, Any, Path], Any]


Stage = MapStage | ClientStage | SurveyStage | SourceStage | SinkStage | FolderStage
