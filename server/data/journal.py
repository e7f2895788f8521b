"""Writes records to the event log: best effort, or acknowledged, each event once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from cachetools import LRUCache

from eventlog import Record
from eventlog.encoding import encode
from eventlog.keys import UserKeys
from eventlog.segments import Line, LogUnavailable
from eventlog.sink import RecordSink

APPEND_SECONDS = 2.0
"""A client that waits for longer had better try again."""
MAX_REMEMBERED = 200_000


class Journal:
    """The log as handlers and worker see it. Without a log, all is taken and nothing kept.

    ``remembered`` are the ids of acknowledged events that the log holds already.
    """

    def __init__(
        self,
        keys: UserKeys | None = None,
        sink: RecordSink | None = None,
        remembered: Iterable[str] = (),
    ) -> None:
        self._keys = keys
        self._sink = sink
        self._written: LRUCache[str, asyncio.Future[None] | None] = LRUCache(MAX_REMEMBERED)
        self._written.update((event_id, None) for event_id in remembered)

    @property
    def takes_text(self) -> bool:
        """Whether snapshots are kept at present."""
        return self._sink is not None and self._sink.has_room_for_text

    def offer(self, record: Record) -> None:
        """Best effort, from any thread. Raises ``KeyStoreUnusable``."""
        if self._sink is not None and self._keys is not None:
            self._sink.offer(encode(record, self._keys))

    async def append(
        self, records: Sequence[Record], on_first: Callable[[Record], None] = lambda _record: None
    ) -> list[bool]:
        """Durable when it returns. Whether each is new: an event that comes again is not written.

        ``on_first`` is called once for each new one. Raises ``LogUnavailable`` if some may not be
        durable; trying again with the same event ids is safe.
        """
        loop = asyncio.get_running_loop()
        new: dict[str, Record] = {}
        waits: list[asyncio.Future[None]] = []
        are_new = []
        for record in records:
            is_known = record.event_id in self._written
            are_new.append(not is_known)
            if not is_known:
                new[record.event_id] = record
                self._written[record.event_id] = loop.create_future()
            pending = self._written[record.event_id]
            if is_known and pending is not None:
                waits.append(pending)
        if new:
            await self._append_new(new, on_first)
        for pending in waits:
            await asyncio.shield(pending)
        return are_new

    async def _append_new(self, new: dict[str, Record], on_first: Callable[[Record], None]) -> None:
        try:
            await self._write(list(new.values()))
        except BaseException as error:
            for event_id in new:
                self._settle(event_id, LogUnavailable("not durable"))
                self._written.pop(event_id, None)
            if isinstance(error, TimeoutError):
                raise LogUnavailable("the disk does not answer in time") from None
            raise
        for event_id, record in new.items():
            self._settle(event_id, None)
            self._written[event_id] = None
            on_first(record)

    def _settle(self, event_id: str, error: Exception | None) -> None:
        pending = self._written.get(event_id)
        if pending is None or pending.done():
            return
        if error is None:
            pending.set_result(None)
        else:
            pending.set_exception(error)
            pending.exception()  # whether anybody waits for it or not

    async def _write(self, records: Sequence[Record]) -> None:
        if self._sink is None or self._keys is None:
            return
        async with asyncio.timeout(APPEND_SECONDS):
            lines = await asyncio.to_thread(self._encode, records)
            await asyncio.shield(asyncio.wrap_future(self._sink.append(lines)))

    def _encode(self, records: Sequence[Record]) -> list[Line]:
        assert self._keys is not None
        return [encode(record, self._keys) for record in records]
