"""What is held of a user: shown to the user on demand, or made unreadable at once and for good."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ulid import ULID

from eventlog import DeletionRecord, ReadCounts
from eventlog.keys import UserKeys
from eventlog.opening import segments_of
from eventlog.reading import parse_line, read_lines, read_records, to_record
from eventlog.segments import RecordClass
from server.data.consent.grants import Consents
from server.data.journal import Journal


class Holdings:
    """Works on the log's folder. All methods may raise ``KeyStoreUnusable``."""

    def __init__(
        self,
        log_folder: Path,
        keys: UserKeys,
        consents: Consents,
        journal: Journal,
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self._log_folder = log_folder
        self._keys = keys
        self._consents = consents
        self._journal = journal
        self._forget = forget

    async def erase(self, user: str) -> bool:
        """Whether anything was held.

        The tombstone is durable before the key goes; should the process end between, the next
        start destroys the key. The words are gone with it, from every copy of the log.

        Raises ``LogUnavailable`` and ``DataOverloaded``: then it must be asked again.
        """
        pair = await asyncio.to_thread(self._keys.find, user)
        await self._forget(user)
        if pair is None:
            return False
        record = DeletionRecord(event_id=str(ULID()), time=datetime.now(UTC), user=user)
        await self._journal.append([record])
        await asyncio.to_thread(self._destroy, pair.pseudonym)
        return True

    def finish_erasures(self) -> None:
        """Destroy the keys of all tombstones in the log: at the start, and on a restored backup."""
        for record in read_records(segments_of(self._log_folder, RecordClass.CONSENT)):
            if isinstance(record, DeletionRecord):
                self._destroy(record.user)

    def export(self, user: str) -> Iterator[str]:
        """Every record of the user, readable, as lines of JSON; oldest first within a class."""
        pair = self._keys.find(user)
        if pair is None:
            return
        mark = f'"user":"{pair.pseudonym}"'.encode()
        for path in segments_of(self._log_folder):
            try:
                for line in read_lines(path, ReadCounts()):
                    if mark in line and (shown := _shown(line, pair.key)):
                        yield shown
            except FileNotFoundError:
                continue  # sealed a moment ago; it is read under its other name

    def _destroy(self, pseudonym: str) -> None:
        self._consents.forget(pseudonym)
        self._keys.destroy(pseudonym)


def _shown(line: bytes, key: bytes) -> str | None:
    try:
        fields = parse_line(line)
    except ValueError:
        return None
    record = to_record(fields, ReadCounts(), lambda _pseudonym: key)
    return None if record is None else record.model_dump_json(exclude_none=True) + "\n"
