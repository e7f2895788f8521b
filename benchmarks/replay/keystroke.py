"""What became of one key: when it was pressed, and what was answered to it."""

from dataclasses import dataclass

from benchmarks.replay.protocols import Answer

CLOSED = "closed"
"""The client left, since a newer key superseded the request."""


@dataclass(slots=True)
class Keystroke:
    """Times are in seconds; ``seconds`` is how long the answer took, None if there was none.

    ``lateness``: how much later than it was due the key was pressed. ``gap``: until the next key of
    the passage; None after the last. ``outcome``: the answer's, or the word for what failed.
    """

    pressed_at: float
    lateness: float
    is_accepted: bool = False
    seconds: float | None = None
    gap: float | None = None
    outcome: str = CLOSED
    answer: Answer | None = None
    is_right: bool = False
    num_wasted_tokens: int = 0
