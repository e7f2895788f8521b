"""Takes results in order: counts them, writes them down, shows how far the run is."""

import json
from collections.abc import Callable
from dataclasses import asdict

from training.errors import TrainingError
from training.runner.partial import PartialOutput
from training.runner.progress import ProgressView
from training.runner.values import ChunkResult, Failure


class FirstFailure(TrainingError):
    """The run was to stop at the first row that fails, and one did."""

    code = "first_failure"


class Recorder:
    """``rerun`` gives the command line that runs one row again."""

    def __init__(
        self,
        partial: PartialOutput,
        view: ProgressView,
        rerun: Callable[[int], str],
        *,
        failfast: bool,
    ) -> None:
        self._partial = partial
        self._view = view
        self._rerun = rerun
        self._failfast = failfast

    def record(self, result: ChunkResult) -> None:
        """Raises ``FirstFailure`` before anything is written if the run stops there."""
        if self._failfast and result.failures:
            first = result.failures[0]
            raise FirstFailure(f"row {first.row} ({first.name}): {first.code}: {first.error}")
        self._partial.state.counts.add(result)
        failed_lines = [failed_line(each, self._rerun) for each in result.failures]
        self._partial.append(result.lines, failed_lines, result.num_steps)
        self._partial.checkpoint_if_due()
        self._view.show()


def failed_line(failure: Failure, rerun: Callable[[int], str]) -> bytes:
    """The failure as a line of ``failed.jsonl``."""
    fields = {**asdict(failure), "rerun": rerun(failure.row)}
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"
