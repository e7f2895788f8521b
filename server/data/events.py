"""Which acknowledged events are on record, so that each counts once, whoever sends it again."""

import threading
from collections.abc import Collection, Iterable
from typing import Protocol

from cachetools import LRUCache

MAX_REMEMBERED = 200_000


class EventTable(Protocol):
    """Remembers event ids for as long as reports are taken. Both may raise ``LogUnavailable``."""

    def known(self, event_ids: Collection[str]) -> set[str]:
        """Those that are on record."""
        ...

    def mark(self, event_ids: Collection[str]) -> set[str]:
        """They are on record now. Those that were not before."""
        ...


class LocalEvents:
    """For one process. ``remembered`` are the ids that its log holds already."""

    def __init__(self, remembered: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._ids: LRUCache[str, bool] = LRUCache(MAX_REMEMBERED)
        self._ids.update((event_id, True) for event_id in remembered)

    def known(self, event_ids: Collection[str]) -> set[str]:
        with self._lock:
            return {each for each in event_ids if each in self._ids}

    def mark(self, event_ids: Collection[str]) -> set[str]:
        with self._lock:
            new = {each for each in event_ids if each not in self._ids}
            self._ids.update((each, True) for each in event_ids)
            return new
