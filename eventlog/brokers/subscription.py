"""A share of what comes into a log that several processes work off together."""

from typing import Protocol

from eventlog.segments import Line


class Subscription(Protocol):
    """Gives each line to one of a group; again to another if it is not done with.

    All may raise ``LogUnavailable``.
    """

    @property
    def has_share(self) -> bool:
        """Whether the group has let it in. It may take a while, and it has to ``take`` for it."""
        ...

    def take(self, seconds: float) -> list[Line]:
        """The next lines, waited for up to ``seconds``."""
        ...

    def done(self) -> None:
        """All that was taken is done with."""
        ...

    def close(self) -> None: ...
