"""Two looks at all rows: first little of each, then each row by the plan made of that."""

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any

from training.files import RawRow
from training.runner.chunks import chunks_of, indexed_chunks
from training.runner.executors import Executor
from training.runner.values import ChunkResult, Failure
from training.runner.work import DigestWork, Rows, apply_work
from training.stage import SurveyStage

ReadRows = Callable[[], Iterator[RawRow]]


def survey_results(
    stage: SurveyStage,
    config: Any,
    read: ReadRows,
    rows: Rows,
    executor: Executor,
    num_done: int,
) -> Generator[ChunkResult, None, None]:
    """Results of all rows but the first ``num_done``, which the survey sees nevertheless."""
    failures: dict[int, Failure] = {}
    digests = _digests(stage, config, read(), rows, executor, failures)
    plan = stage.survey(digests, config)
    for _unread in digests:
        pass
    raws = read()
    start = sum(raw.row not in failures for raw in islice(raws, num_done))
    work = apply_work(stage, plan, config, rows)
    yield from executor.map(work, indexed_chunks(raws, failures, start))


def _digests(
    stage: SurveyStage,
    config: Any,
    raws: Iterable[RawRow],
    rows: Rows,
    executor: Executor,
    failures: dict[int, Failure],
) -> Iterator[Any]:
    work = DigestWork(stage.digest, config, rows)
    for digests in executor.map(work, chunks_of(raws)):
        for found in digests.found:
            if isinstance(found, Failure):
                failures[found.row] = found
            else:
                yield found
