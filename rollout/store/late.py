"""A store that need not be there yet when its user is made."""

import threading
from collections.abc import Callable, Sequence

from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry, RolloutStore


class LateStore:
    """See ``RolloutStore``. Opened when it is first needed, and tried again until it can be.

    Until then every method but ``close`` raises what opening it raised.
    """

    def __init__(self, open_it: Callable[[], RolloutStore]) -> None:
        self._open_it = open_it
        self._store: RolloutStore | None = None
        self._lock = threading.Lock()

    def load(self) -> RolloutState:
        return self._opened().load()

    def save(self, entry: AuditEntry) -> None:
        self._opened().save(entry)

    def note(self, entry: AuditEntry) -> None:
        self._opened().note(entry)

    def history(self, limit: int = 100) -> Sequence[AuditEntry]:
        return self._opened().history(limit)

    def wait_for_change(self, revision: int, seconds: float) -> bool:
        return self._opened().wait_for_change(revision, seconds)

    def lead(self, holder: str, seconds: float) -> bool:
        return self._opened().lead(holder, seconds)

    def resign(self, holder: str) -> None:
        self._opened().resign(holder)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _opened(self) -> RolloutStore:
        with self._lock:
            if self._store is None:
                self._store = self._open_it()
            return self._store
