"""Something that is done again and again on a thread of its own, whatever becomes of it."""

import threading
from collections.abc import Callable

STEP_SECONDS = 2.0
STOP_SECONDS = 5.0

Report = Callable[[str, Exception], None]
"""What went wrong in the loop of that name; once, until something else does or it goes well."""


class Loop:
    """From ``start`` to ``stop``."""

    def __init__(
        self, name: str, step: Callable[[], None], report: Report, seconds: float = STEP_SECONDS
    ) -> None:
        self._name = name
        self._step = step
        self._report = report
        self._seconds = seconds
        self._trouble = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"foretype-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A step that takes longer than ``STOP_SECONDS`` is left to itself."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._step()
                self._trouble = ""
            except Exception as error:
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        trouble = f"{type(error).__qualname__} {error}"
        if trouble != self._trouble:
            self._report(self._name, error)
        self._trouble = trouble
