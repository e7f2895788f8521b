"""What is held of a user: shown to the user on demand, or made unreadable at once and for good."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain

from ulid import ULID

from eventlog import DeletionRecord, ReadCounts
from eventlog.keys import UserKey, UserKeys
from eventlog.reading import parse_line, to_record
from eventlog.segments import EventLogError, RecordClass
from eventlog.source import LogSource
from server.data.consent.grants import Consents
from server.data.journal import Journal

TIDY_SECONDS = 5.0
_DELETION = b'"kind":"deletion"'


class Holdings:
    """All methods may raise ``KeyStoreUnusable`` and ``LogUnavailable``."""

    def __init__(
        self,
        source: LogSource,
        keys: UserKeys,
        consents: Consents,
        journal: Journal,
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self._source = source
        self._keys = keys
        self._consents = consents
        self._journal = journal
        self._forget = forget
        self._tidied_at = 0.0

    async def erase(self, user: str) -> bool:
        """Whether anything was held.

        The tombstone is durable before the key goes; should the process end between, the next
        start destroys the key. The words are gone with it, from every copy of the log.

        Raises ``LogUnavailable`` and ``DataOverloaded``: then it must be asked again.
        """
        pair = await asyncio.to_thread(self._keys.refreshed, user)
        await self._forget(user)
        if pair is None:
            return False
        record = DeletionRecord(event_id=str(ULID()), time=datetime.now(UTC), user=user)
        await self._journal.append([record])
        await asyncio.to_thread(self._destroy, pair.pseudonym)
        return True

    def finish_erasures(self) -> None:
        """Destroy the keys of all tombstones in the log: at the start, and on a restored backup."""
        for line in self._source.lines(RecordClass.CONSENT):
            if _DELETION in line and (pseudonym := _user_of(line)):
                self._destroy(pseudonym)

    def tidy(self) -> None:
        """Get rid of what may still lie about of erased users. To be called often: mostly waits."""
        if time.monotonic() - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            with suppress(EventLogError):  # next time
                self._keys.tidy()

    def export(self, user: str) -> Iterator[str]:
        """Every record of the user, readable, as lines of JSON; oldest first within a class.

        What cannot be read is raised by the call, as far as that shows with the first line.
        """
        pair = self._keys.refreshed(user)
        lines = iter(()) if pair is None else self._records(pair)
        first = next(lines, None)
        return lines if first is None else chain((first,), lines)

    def _records(self, pair: UserKey) -> Iterator[str]:
        mark = f'"user":"{pair.pseudonym}"'.encode()
        for line in self._source.lines():
            if mark in line and (shown := _shown(line, pair.key)):
                yield shown

    def _destroy(self, pseudonym: str) -> None:
        self._consents.forget(pseudonym)
        self._keys.destroy(pseudonym)


def _user_of(line: bytes) -> str | None:
    """The pseudonym of a tombstone that is whole."""
    try:
        fields = parse_line(line)
    except ValueError:
        return None
    return str(fields["user"]) if fields.get("kind") == "deletion" else None


def _shown(line: bytes, key: bytes) -> str | None:
    try:
        fields = parse_line(line)
    except ValueError:
        return None
    record = to_record(fields, ReadCounts(), lambda _pseudonym: key)
    return None if record is None else record.model_dump_json(exclude_none=True) + "\n"
