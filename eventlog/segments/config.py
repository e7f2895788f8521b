"""How the segment log writes, and how long it keeps what it wrote."""

from dataclasses import dataclass, field

from eventlog.segments.names import RecordClass

DAY_SECONDS = 86_400.0


def _default_retention() -> dict[RecordClass, float]:
    return {RecordClass.TEXT: 30 * DAY_SECONDS, RecordClass.COUNTS: 400 * DAY_SECONDS}


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Sizes in bytes, times in seconds."""

    max_segment_bytes: int = 64 << 20
    max_segment_seconds: float = 300.0
    max_queue_bytes: int = 32 << 20
    min_free_bytes: int = 256 << 20
    """Below it no more text is taken: what is left of the disk belongs to the rest."""
    sync_seconds: float = 0.2
    """Best-effort records reach the disk at most so much later."""
    retention_seconds: dict[RecordClass, float] = field(default_factory=_default_retention)
    """By class; one that is missing is kept for ever. Counts outlive the text they came with."""
    store_retention_seconds: dict[RecordClass, float] | None = None
    """The same for all that lies in the object store, whoever wrote it; unset: as here."""
