"""Keeps a server on the state that the store has in force, whatever becomes of the store."""

import threading
from collections.abc import Callable

import structlog

from rollout.errors import RolloutError
from rollout.experiments.state import RolloutState
from rollout.store.base import RolloutStore
from rollout.store.last_good import LastGood

WAIT_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 1.0
STOP_SECONDS = 2.0

log = structlog.get_logger("foretype.rollout")


class Follower:
    """Calls ``apply`` with each state that comes in force, from ``start`` until ``stop``.

    Without the store, or with one whose state cannot be read or applied, what was applied last
    stays. ``apply`` is called by one thread at a time, and again with a state that it refused. The
    store is believed even if it goes back to an older revision: it was restored from a backup.
    """

    def __init__(
        self,
        store: RolloutStore,
        apply: Callable[[RolloutState], None],
        last_good: LastGood | None = None,
    ) -> None:
        self._store = store
        self._apply = apply
        self._last_good = last_good
        self._state: RolloutState | None = None
        self._is_current = False
        self._trouble = ""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_current(self) -> bool:
        """Whether, at the last look, the store had the state that is in force here."""
        return self._is_current

    @property
    def revision(self) -> int:
        """Of the state that was applied last; 0 before there is one."""
        return 0 if self._state is None else self._state.revision

    def start(self) -> None:
        """Once. Apply the store's state, else the last good one, else the empty one; then follow.

        Waits for a store that does not answer, as long as the store does.
        """
        self._look()
        if self._state is None:
            self._begin_without_store()
        self._thread = threading.Thread(target=self._run, name="foretype-rollout", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nothing begins to be applied any more. A store that hangs is left to its time limit."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            self._look()
            if self._is_current:
                pause = FIRST_PAUSE_SECONDS
            else:
                self._stopping.wait(pause)
                pause = min(2.0 * pause, MAX_PAUSE_SECONDS)

    def _look(self) -> None:
        """Bring the store's state in force. While it is, this waits for another one."""
        try:
            if self._is_current and not self._store.wait_for_change(self.revision, WAIT_SECONDS):
                return
            state = self._store.load()
        except Exception as error:
            self._is_current = False
            self._report("rollout store", error)
            return
        is_new = state != self._state
        if is_new and state.revision < self.revision:
            log.warning("rollout went back", revision=state.revision, before=self.revision)
        self._is_current = self._put(state)
        if self._is_current:
            self._trouble = ""
            if is_new and self._last_good is not None:
                self._last_good.keep(state)

    def _begin_without_store(self) -> None:
        last_good = None if self._last_good is None else self._last_good.load()
        for state in (last_good, RolloutState()):
            if state is not None and self._put(state):
                return

    def _put(self, state: RolloutState) -> bool:
        """Whether ``state`` is in force now."""
        if state == self._state:
            return True
        if self._stopping.is_set():
            return False
        try:
            self._apply(state)
        except Exception as error:
            self._report("rollout not applied", error)
            return False
        self._state = state
        return True

    def _report(self, event: str, error: Exception) -> None:
        """Once for each trouble. Our own errors with their words, which quote nothing."""
        reason = str(error) if isinstance(error, RolloutError) else ""
        trouble = f"{event} {type(error).__qualname__} {reason}"
        if trouble != self._trouble and not self._stopping.is_set():
            log.error(
                event, exception=type(error).__qualname__, reason=reason, revision=self.revision
            )
        self._trouble = trouble
