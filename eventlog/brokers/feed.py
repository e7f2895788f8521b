"""All lines of one class, for those who need every one."""

from typing import Protocol

from eventlog.segments import Line


class Feed(Protocol):
    """Gives each line once, the oldest first, then those that come. All may raise
    ``LogUnavailable``.
    """

    @property
    def has_caught_up(self) -> bool:
        """Whether all that was there at the start has been given."""
        ...

    def take(self, seconds: float) -> list[Line]:
        """The next lines, waited for up to ``seconds``."""
        ...

    def close(self) -> None: ...
