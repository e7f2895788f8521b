"""What a log has done so far, for whoever watches it."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class LogStats:
    """Totals since the start. Read from any thread."""

    num_written: Counter[str] = field(default_factory=Counter)
    """Records by class."""
    num_dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records by class and by the word why."""
    num_bytes: int = 0
    num_commits: int = 0
    num_cut_bytes: int = 0
    """Of torn tails, found at the start."""
    num_sealed: int = 0
    num_expired: int = 0
    num_unshipped: int = 0
    """Sealed segments that the object store does not hold yet."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def written(self, record_class: str, count: int, num_bytes: int) -> None:
        with self._lock:
            self.num_written[record_class] += count
            self.num_bytes += num_bytes

    def dropped(self, record_class: str, reason: str, count: int = 1) -> None:
        with self._lock:
            self.num_dropped[record_class, reason] += count
