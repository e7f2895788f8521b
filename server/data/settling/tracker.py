"""All buffers of this process, and which of their regions have settled.

Everything happens on the data worker's thread. A region settles when nothing has touched it for
``settle_seconds``, whatever the user did with the prediction. It is dropped, and counted, when that
does not come about: too old, too large, its file closed, its text lost.
"""

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from prompt_format import InvalidRange
from server.data.settling.asks import cursor_of, key_of
from server.data.settling.buffers import Buffer, EditMessage, Standing
from server.data.settling.changes import Span
from server.data.settling.early import EarlyEdits
from server.data.settling.orphans import Orphans, found_again
from server.data.settling.regions import (
    MAX_REGION_BYTES,
    DropReason,
    Key,
    Predicted,
    Region,
    Settled,
)
from server.predictions import Ask

MAX_REGIONS_IN_FILE = 128
MAX_CHARS = 64 << 20
"""Of all texts together. The files that were left alone for longest go first."""


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How long a region must be quiet, and how long it is watched at most, in seconds."""

    settle_seconds: float = 10.0
    ttl_seconds: float = 300.0


class Tracker:
    """``dropped`` is called with the reason, for each region that will not settle."""

    def __init__(self, config: TrackerConfig, dropped: Callable[[DropReason], None]) -> None:
        self._config = config
        self._dropped = dropped
        self._buffers: OrderedDict[Key, Buffer] = OrderedDict()
        self._early = EarlyEdits()
        self._orphans = Orphans()
        self._active: set[Key] = set()
        self._gone: list[str] = []
        self._num_chars = 0
        self._due: list[tuple[float, int, Key, Region]] = []
        self._order = count()

    @property
    def num_regions(self) -> int:
        known = sum(len(buffer.regions) for buffer in self._buffers.values())
        return known + len(self._orphans)

    def active(self) -> set[Key]:
        """The files that something was heard of since this was last asked."""
        active, self._active = self._active, set()
        return active

    def asked(self, ask: Ask, now: float) -> bool:
        """A request has come; its answer may bring a region. Whether its file was unknown."""
        key, document = key_of(ask), ask.document
        if key is None or document is None:
            return False
        self._active.add(key)
        buffer = self._buffers.get(key)
        early: list[EditMessage] = []
        is_new = buffer is None
        if buffer is None:
            buffer = Buffer(document)
            self._buffers[key] = buffer
            self._num_chars += len(buffer.text)
            early = self._early.take(key, now)
            for region in self._orphans.take(key):
                self._adopt(buffer, region)
        num_chars = len(buffer.text)
        buffer.asked(ask.request_id, document, cursor_of(ask, document), now)
        for message in early:
            with suppress(InvalidRange):
                buffer.edited(message, now)
        self._changed(key, buffer, num_chars)
        return is_new

    def answered(self, ask: Ask, predicted: Predicted, span: Span, now: float) -> None:
        """It was answered; ``span`` is the region in the request's text, in characters."""
        key = key_of(ask)
        buffer = self._buffers.get(key) if key is not None else None
        if key is None or buffer is None:
            return
        if len(buffer.regions) >= MAX_REGIONS_IN_FILE:
            buffer.forget(ask.request_id)
            self._dropped(DropReason.TOO_MANY)
        elif len(predicted.candidate.encode()) > MAX_REGION_BYTES:
            buffer.forget(ask.request_id)
            self._dropped(DropReason.TOO_LARGE)
        elif not buffer.answered(ask.request_id, predicted, span, now):
            self._dropped(DropReason.OVERTAKEN)
        self._schedule(key, buffer)
        self._tidy(key, buffer)

    def gave_up(self, ask: Ask) -> None:
        """The request will not be answered, or brought no region."""
        key = key_of(ask)
        buffer = self._buffers.get(key) if key is not None else None
        if key is not None and buffer is not None:
            buffer.forget(ask.request_id)
            self._tidy(key, buffer)

    def edited(self, session_key: str, path: str, message: EditMessage, now: float) -> Standing:
        """The client's edits of a file. Raises ``InvalidRange``."""
        key = (session_key, path)
        self._active.add(key)
        buffer = self._buffers.get(key)
        if buffer is None:
            self._early.keep(key, message, now)
            self._orphans.edited(key)
            return Standing.UNKNOWN
        num_chars = len(buffer.text)
        standing = buffer.edited(message, now)
        self._changed(key, buffer, num_chars)
        return standing

    def closed(self, session_key: str, path: str) -> None:
        """The file is closed: nothing more will be heard of it."""
        self._drop((session_key, path), DropReason.CLOSED)

    def num_watched(self, session_key: str, path: str) -> int:
        """Regions under watch in a file."""
        buffer = self._buffers.get((session_key, path))
        return 0 if buffer is None else len(buffer.regions)

    def forget(self, user: str) -> None:
        """Everything of a user."""
        for key in [*self._buffers, *self._orphans.keys]:
            if key[0].partition("\0")[0] == user:
                self._drop(key, DropReason.ERASED)

    def settled(self, now: float) -> Iterator[Settled]:
        """The regions that have settled by now."""
        for key, buffer in list(self._buffers.items()):
            if buffer.is_waiting:
                num_chars = len(buffer.text)
                buffer.catch_up(now)
                self._changed(key, buffer, num_chars)
        while self._due and self._due[0][0] <= now:
            _due, _order, key, region = heapq.heappop(self._due)
            holder = self._buffers.get(key)
            if holder is not None and any(each is region for each in holder.regions):
                found = self._look_at(key, holder, region, now)
            else:
                found = self._look_at_orphan(key, region, now)
            if found is not None:
                yield found

    def _look_at(self, key: Key, buffer: Buffer, region: Region, now: float) -> Settled | None:
        quiet_at = region.touched + self._config.settle_seconds
        text = buffer.text_of(region)
        settled = None
        if now - region.made > self._config.ttl_seconds:
            self._lose(region, DropReason.EXPIRED)
        elif len(text.encode()) > MAX_REGION_BYTES:
            self._lose(region, DropReason.TOO_LARGE)
        elif quiet_at > now or buffer.is_waiting:
            again = max(quiet_at, now + 0.1)
            heapq.heappush(self._due, (again, next(self._order), key, region))
            return None
        else:
            settled = Settled(key, region.predicted, text, now - region.made)
        buffer.regions = [each for each in buffer.regions if each is not region]
        self._tidy(key, buffer)
        return settled

    def changed(self) -> Iterator[tuple[Key, Region]]:
        """The regions that are not written down as they are, with their text."""
        for key, buffer in self._buffers.items():
            for region in buffer.regions:
                if not region.is_saved:
                    region.text = buffer.text_of(region)
                    yield key, region

    def gone(self) -> list[str]:
        """Prediction ids of the regions that were dropped since this was last asked."""
        gone, self._gone = self._gone, []
        return gone

    def restore(self, key: Key, region: Region, now: float, *, is_edited: bool = False) -> None:
        """Watch a region again that was written down: before a restart, or by another server.

        What happened meanwhile nobody saw, so it has to be quiet anew; its age goes on.
        ``is_edited`` says that there were edits of its file since.
        """
        region.made = min(region.made, now)
        region.touched = now
        region.is_scheduled = True
        buffer = self._buffers.get(key)
        if buffer is None:
            self._orphans.add(key, region, is_edited=is_edited)
        elif not any(each.predicted == region.predicted for each in buffer.regions):
            self._adopt(buffer, region)
        due = now + self._config.settle_seconds
        heapq.heappush(self._due, (due, next(self._order), key, region))

    def _adopt(self, buffer: Buffer, region: Region) -> None:
        span = found_again(region, buffer.text)
        if span is None:
            self._lose(region, DropReason.LOST)
        else:
            region.span = span
            buffer.regions.append(region)

    def _look_at_orphan(self, key: Key, region: Region, now: float) -> Settled | None:
        was_edited = self._orphans.take_one(key, region)
        if was_edited is None:
            return None
        if was_edited or now - region.made > self._config.ttl_seconds:
            self._lose(region, DropReason.LOST if was_edited else DropReason.EXPIRED)
            return None
        return Settled(key, region.predicted, region.text, now - region.made)

    def _changed(self, key: Key, buffer: Buffer, num_chars_before: int) -> None:
        self._buffers.move_to_end(key)
        self._num_chars += len(buffer.text) - num_chars_before
        if buffer.is_lost:
            self._drop(key, DropReason.LOST)
            return
        self._schedule(key, buffer)
        self._tidy(key, buffer)
        while self._num_chars > MAX_CHARS and len(self._buffers) > 1:
            self._drop(next(iter(self._buffers)), DropReason.EVICTED)

    def _schedule(self, key: Key, buffer: Buffer) -> None:
        for region in buffer.regions:
            if not region.is_scheduled:
                region.is_scheduled = True
                due = region.made + self._config.settle_seconds
                heapq.heappush(self._due, (due, next(self._order), key, region))

    def _tidy(self, key: Key, buffer: Buffer) -> None:
        if buffer.is_idle and self._buffers.pop(key, None) is not None:
            self._num_chars -= len(buffer.text)

    def _drop(self, key: Key, reason: DropReason) -> None:
        buffer = self._buffers.pop(key, None)
        if buffer is not None:
            self._num_chars -= len(buffer.text)
        for region in [*(buffer.regions if buffer else ()), *self._orphans.take(key)]:
            self._lose(region, reason)

    def _lose(self, region: Region, reason: DropReason) -> None:
        self._gone.append(region.predicted.prediction_id)
        self._dropped(reason)
