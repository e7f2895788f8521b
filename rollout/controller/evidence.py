"""What the event log says of an experiment, as the judge wants it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from eventlog.opening import segments_of
from rollout.controller.controller import EvidenceMissing
from rollout.experiments.document import CONTROL, ExperimentSpec
from rollout.experiments.state import Progress
from rollout.judge.judgement import Evidence
from rollout.judge.reading import Measured, Question, measure


class LogEvidence:
    """Reads a log's folder at every look: all users anew, since they come back.

    A prediction has matured ``mature_seconds`` after it was made: whatever was to become of it is
    on record then. Slower than ``slow_seconds`` is slow.
    """

    def __init__(self, log_folder: Path, slow_seconds: float, mature_seconds: float) -> None:
        self._folder = log_folder
        self._slow_seconds = slow_seconds
        self._mature = timedelta(seconds=mature_seconds)

    def __call__(
        self, spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> Mapping[str, Evidence]:
        """By treatment. Raises ``EvidenceMissing``."""
        question = Question(spec.key, spec.salt, self._slow_seconds, now - self._mature)
        try:
            with TemporaryDirectory() as temporary:
                measured = measure(segments_of(self._folder), question, Path(temporary))
        except Exception as error:  # DuckDB's have no class in common with any of ours
            words = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise EvidenceMissing(f"the log cannot be read: {words}") from None
        return {
            treatment.key: _evidence(treatment.key, measured, progress, now)
            for treatment in spec.treatments
        }


def _evidence(key: str, measured: Measured, progress: Progress, now: datetime) -> Evidence:
    started = progress.started or now
    since, heard = progress.since or started, measured.last_heard or started
    return Evidence(
        control=measured.arms.get(CONTROL, {}),
        treatment=measured.arms.get(key, {}),
        num_users=(measured.num_users.get(CONTROL, 0), measured.num_users.get(key, 0)),
        num_in_several=measured.num_in_several,
        stage_seconds=(now - since).total_seconds(),
        silent_seconds=(now - heard.astimezone(UTC)).total_seconds(),
    )
