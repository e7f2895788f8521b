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
        self._pending: dict[str, asyncio.Future[None]] = {}
        self._written: LRUCache[str, bool] = LRUCache(MAX_REMEMBERED)
        self._written.update((event_id, True) for event_id in remembered)

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
        new: dict[str, Record] = {}
        pending: set[asyncio.Future[None]] = set()
        are_new = []
        for record in records:
            event_id = record.event_id
            is_new = not (event_id in new or event_id in self._pending or event_id in self._written)
            are_new.append(is_new)
            if is_new:
                new[event_id] = record
            elif event_id in self._pending:
                pending.add(self._pending[event_id])
        if new:
            await self._append_new(new, on_first)
        for each in pending:
            await asyncio.shield(each)
        return are_new

    async def _append_new(self, new: dict[str, Record], on_first: Callable[[Record], None]) -> None:
        """All of them with one future, for whoever sends one of them again meanwhile."""
        batch = asyncio.get_running_loop().create_future()
        self._pending.update(dict.fromkeys(new, batch))
        try:
            await self._write(list(new.values()))
        except BaseException as error:
            batch.set_exception(LogUnavailable("not durable"))
            batch.exception()  # whether anybody waits for it or not
            if isinstance(error, TimeoutError):
                raise LogUnavailable("the disk does not answer in time") from None
            raise
        else:
            batch.set_result(None)
            self._written.update(dict.fromkeys(new, True))
        finally:
            for event_id in new:
                del self._pending[event_id]
        for record in new.values():
            on_first(record)

    async def _write(self, records: Sequence[Record]) -> None:
        if self._sink is None or self._keys is None:
            return
        async with asyncio.timeout(APPEND_SECONDS):
            lines = await asyncio.to_thread(self._encode, records)
            await asyncio.shield(asyncio.wrap_future(self._sink.append(lines)))

    def _encode(self, records: Sequence[Record]) -> list[Line]:
        assert self._keys is not None
        return [encode(record, self._keys) for record in records]
