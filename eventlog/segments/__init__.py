"""The log on one machine's disk: append-only segments, sealed and in time let go."""

from eventlog.segments.config import DAY_SECONDS, SegmentConfig
from eventlog.segments.entries import Line
from eventlog.segments.errors import EventLogError, LogInUse, LogUnavailable, LogUnusable
from eventlog.segments.log import SegmentLog
from eventlog.segments.names import RecordClass
from eventlog.segments.stats import LogStats
from eventlog.segments.store import SegmentStore

__all__ = [
    "DAY_SECONDS",
    "EventLogError",
    "Line",
    "LogInUse",
    "LogStats",
    "LogUnavailable",
    "LogUnusable",
    "RecordClass",
    "SegmentConfig",
    "SegmentLog",
    "SegmentStore",
]
