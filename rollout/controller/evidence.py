"""What the event log says of an experiment, as the judge wants it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from eventlog.opening import segments_of
from eventlog.segments.names import RecordClass, SegmentName
from rollout.controller.controller import EvidenceMissing
from rollout.experiments.document import CONTROL, ExperimentSpec
from rollout.experiments.state import Progress
from rollout.judge.judgement import Evidence
from rollout.judge.reading import HISTORY_SECONDS, Measured, Question, measure

LONGEST_SEGMENT = timedelta(days=1)
"""Far longer than any is written to."""
QUIET = timedelta(hours=1)
"""So long after its start an attempt need not be in the log."""


class LogEvidence:
    """Reads a log's folder at every look: all users anew, since they come back.

    Of the log no more than the attempt and the users' history before it.

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
        stage = progress.since or now
        question = Question(spec.key, spec.salt, self._slow_seconds, now - self._mature, stage)
        try:
            with TemporaryDirectory() as temporary:
                segments = self._segments(progress.started or now, now)
                measured = measure(segments, question, Path(temporary))
        except EvidenceMissing:
            raise
        except Exception as error:  # DuckDB's have no class in common with any of ours
            words = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise EvidenceMissing(f"the log cannot be read: {words}") from None
        return {
            treatment.key: _evidence(treatment.key, measured, progress, now)
            for treatment in spec.treatments
        }

    def _segments(self, started: datetime, now: datetime) -> list[Path]:
        """Those that may have a record of an attempt, or of the history before it.

        Raises ``EvidenceMissing`` where a log should have some of the attempt.
        """
        if not self._folder.is_dir():
            raise EvidenceMissing("the log's folder is not there")
        named = [(SegmentName.of(path), path) for path in segments_of(self._folder)]
        began = {
            path: name.began
            for name, path in named
            if name is not None and name.record_class is not RecordClass.CONSENT
        }
        earliest = started - LONGEST_SEGMENT
        if now - started > QUIET and all(each < earliest for each in began.values()):
            raise EvidenceMissing("the log has nothing since the attempt began")
        history = timedelta(seconds=HISTORY_SECONDS)
        return [path for path, each in began.items() if each >= earliest - history]


def _evidence(key: str, measured: Measured, progress: Progress, now: datetime) -> Evidence:
    started = progress.started or now
    since, heard = progress.since or started, measured.last_heard or started
    return Evidence(
        control=measured.arms.get(CONTROL, {}),
        treatment=measured.arms.get(key, {}),
        num_users=(measured.num_users.get(CONTROL, 0), measured.num_users.get(key, 0)),
        num_in_several=measured.num_in_several,
        elsewhere=(measured.elsewhere.get(CONTROL, 0.0), measured.elsewhere.get(key, 0.0)),
        hours_heard=measured.hours_heard,
        stage_seconds=(now - since).total_seconds(),
        silent_seconds=(now - heard.astimezone(UTC)).total_seconds(),
    )
