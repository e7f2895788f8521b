"""A predicted region under watch."""

from dataclasses import dataclass
from enum import StrEnum

from server.data.consent.grants import Claim
from server.data.reporting.variants import Variant
from server.data.settling.changes import Change, Span

CONTEXT_CHARS = 2000
MAX_REGION_BYTES = 4096
"""A region that is larger, or grows so, is not watched."""

Key = tuple[str, str]
"""An editor window of a user, and a path."""


class DropReason(StrEnum):
    """Why a region will not settle."""

    EXPIRED = "expired"
    """It was touched again and again until it was too old."""
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    """Its file has so many already."""
    CLOSED = "closed"
    """Its file was closed."""
    OVERTAKEN = "overtaken"
    """Its request's text was no longer known when it was answered."""
    LOST = "lost"
    """Where it stands now, or what it has become, nobody can tell."""
    EVICTED = "evicted"
    """There was no memory left for its file."""
    ERASED = "erased"
    """Its user's data was erased."""
    MOVED = "moved"
    """Another server has heard of its file since, and watches it."""
    NOT_DURABLE = "not_durable"
    """It settled, and could not be written for long."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is known of a prediction when it is answered. ``base`` is its region before.

    ``variant`` made it; ``claim`` is what the client said of its text.

    ``context`` is the text before and after the region, for telling syntax errors by.
    """

    prediction_id: str
    user: str
    variant: Variant
    claim: Claim
    path: str
    base: str
    candidate: str
    context: tuple[str, str]


@dataclass(slots=True)
class Region:
    """Where a prediction's region is now. Times are instants of the wall clock, in seconds."""

    predicted: Predicted
    span: Span
    made: float
    touched: float
    text: str = ""
    """As it was when it was last written down; what it is now, the buffer knows."""
    is_scheduled: bool = False
    is_saved: bool = False

    def follow(self, change: Change, now: float) -> None:
        """Move with a change of the text."""
        if self.span.is_touched_by(change):
            self.touched = now
            self.is_saved = False
        self.span = self.span.after(change)


@dataclass(frozen=True, slots=True)
class Settled:
    """A region that has been quiet for long enough, and what it has become."""

    key: Key
    predicted: Predicted
    text: str
    seconds_to_settle: float
