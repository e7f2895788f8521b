"""Writes records to the event log: best effort, or acknowledged, each event once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from eventlog import Record
from eventlog.encoding import encode
from eventlog.keys import UserKeys
from eventlog.segments import Line, LogUnavailable
from eventlog.sink import RecordSink
from server.data.events import EventTable, LocalEvents

APPEND_SECONDS = 2.0
"""A client that waits for longer had better try again."""


class Journal:
    """The log as handlers and worker see it. Without a log, all is taken and nothing kept.

    ``events`` knows what the log holds already.
    """

    def __init__(
        self,
        keys: UserKeys | None = None,
        sink: RecordSink | None = None,
        events: EventTable | None = None,
    ) -> None:
        self._keys = keys
        self._sink = sink
        self._events = events or LocalEvents()
        self._pending: dict[str, asyncio.Future[None]] = {}

    @property
    def takes_text(self) -> bool:
        """Whether snapshots are kept at present."""
        return self._sink is not None and self._sink.has_room_for_text

    def offer(self, record: Record) -> bool:
        """Best effort, from any thread. Whether it was taken. Raises ``KeyStoreUnusable``."""
        if self._sink is None or self._keys is None:
            return True
        return self._sink.offer(encode(record, self._keys))

    async def append(
        self, records: Sequence[Record], on_first: Callable[[Record], None] = lambda _record: None
    ) -> list[bool]:
        """Durable when it returns. Whether each is new: an event that comes again is not written.

        ``on_first`` is called once for each new one. Raises ``LogUnavailable`` if some may not be
        durable; trying again with the same event ids is safe.
        """
        new: dict[str, Record] = {}
        pending: set[asyncio.Future[None]] = set()
        for record in records:
            if record.event_id in self._pending:
                pending.add(self._pending[record.event_id])
            else:
                new.setdefault(record.event_id, record)
        first = await self._append_new(new, on_first) if new else set()
        for each in pending:
            await asyncio.shield(each)
        are_new = []
        for record in records:
            are_new.append(record.event_id in first)
            first.discard(record.event_id)
        return are_new

    async def _append_new(
        self, new: Mapping[str, Record], on_first: Callable[[Record], None]
    ) -> set[str]:
        """All of them with one future, for whoever sends one of them again meanwhile."""
        batch = asyncio.get_running_loop().create_future()
        self._pending.update(dict.fromkeys(new, batch))
        try:
            first = await self._write(new)
        except BaseException as error:
            batch.set_exception(LogUnavailable("not durable"))
            batch.exception()  # whether anybody waits for it or not
            if isinstance(error, TimeoutError):
                raise LogUnavailable("the log does not answer in time") from None
            raise
        else:
            batch.set_result(None)
        finally:
            for event_id in new:
                del self._pending[event_id]
        for event_id in first:
            on_first(new[event_id])
        return first

    async def _write(self, new: Mapping[str, Record]) -> set[str]:
        """The ids of those that were not on record.

        They are marked when they are durable: a crash between leaves a second line to the next
        try, and readers take each event once.
        """
        async with asyncio.timeout(APPEND_SECONDS):
            if self._sink is not None and self._keys is not None:
                lines = await asyncio.to_thread(self._lines, new)
                if lines:
                    await asyncio.shield(asyncio.wrap_future(self._sink.append(lines)))
            return await asyncio.to_thread(self._events.mark, new.keys())

    def _lines(self, new: Mapping[str, Record]) -> list[Line]:
        assert self._keys is not None
        known = self._events.known(new.keys())
        return [encode(new[event_id], self._keys) for event_id in new if event_id not in known]
