"""Who was served by an experiment's arm: on record before anything the user does counts for it."""

from datetime import datetime

from cachetools import TTLCache
from ulid import ULID

from eventlog import ExposureRecord
from rollout import Assignment
from server.data.journal import Journal
from server.data.metrics import DataMetrics

MAX_REMEMBERED = 50_000
AGAIN_SECONDS = 3600.0
"""The first exposure is the one that counts; should it be lost, a later one is there soon."""


class Exposures:
    """Used on the data worker's thread only."""

    def __init__(self, journal: Journal, metrics: DataMetrics) -> None:
        self._journal = journal
        self._metrics = metrics
        self._known: TTLCache[tuple[str, str, str], bool] = TTLCache(MAX_REMEMBERED, AGAIN_SECONDS)

    def note(self, user: str, assignment: Assignment, time: datetime) -> None:
        """``user`` was served, or would have been but for a failure. Raises ``KeyStoreUnusable``.

        What the log cannot take is noted with the user's next request.
        """
        key = (user, assignment.salt, assignment.arm.key)
        if not user or not assignment.is_measured or key in self._known:
            return
        record = ExposureRecord(
            event_id=str(ULID()),
            time=time,
            user=user,
            experiment=assignment.experiment,
            salt=assignment.salt,
            arm=assignment.arm.key,
        )
        if self._journal.offer(record):
            self._known[key] = True
            self._metrics.exposed(record)
