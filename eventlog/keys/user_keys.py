"""One data key and one pseudonym for each user, wrapped by the master key.

The log knows users by pseudonym only, and their words are sealed with their data key. Destroying
the pair leaves numbers in the log that belong to nobody, and words that nobody can read, in every
segment and every copy of one. No user's id is stored either, only a keyed hash of it.
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass

from cachetools import TTLCache

from eventlog.keys.master import KEY_BYTES, MasterKey
from eventlog.keys.table import KeyRow, KeyTable

MAX_CACHED = 50_000
CACHED_SECONDS = 60.0
"""So long may another process go on with a pair that was destroyed. What it seals is lost."""
PSEUDONYM_BYTES = 10


@dataclass(frozen=True, slots=True)
class UserKey:
    """Who a user is in the log, and what seals the user's words."""

    pseudonym: str
    key: bytes


class UserKeys:
    """The pairs. Safe to use from several threads; every method may raise ``KeyStoreUnusable``."""

    def __init__(self, table: KeyTable, master: MasterKey) -> None:
        self._table = table
        self._master = master
        self._lock = threading.Lock()
        self._pairs: TTLCache[bytes, UserKey] = TTLCache(MAX_CACHED, CACHED_SECONDS)
        self._hash_key = self.secret("user-hash")

    def secret(self, name: str) -> bytes:
        """A random secret of that name, the same for all who share the table and the master key."""
        made = self._master.wrap(secrets.token_bytes(KEY_BYTES))
        return self._master.unwrap(self._table.secret(name, made))

    def key_for(self, user: str) -> UserKey:
        """The user's pair, made and made durable if there is none."""
        hashed = self._hash(user)
        known = self._known(hashed)
        if known is not None:
            return known
        row = self._table.find(hashed) or self._table.add(
            KeyRow(hashed, new_pseudonym(), self._master.wrap(secrets.token_bytes(KEY_BYTES)))
        )
        return self._remember(row)

    def find(self, user: str) -> UserKey | None:
        """The user's pair, if there is one."""
        hashed = self._hash(user)
        known = self._known(hashed)
        if known is not None:
            return known
        row = self._table.find(hashed)
        return None if row is None else self._remember(row)

    def refreshed(self, user: str) -> UserKey | None:
        """The user's pair as it stands in the table, whatever is remembered here.

        For all that a user asks for in person: another process may have destroyed a pair, or made
        the next one, since this one has looked.
        """
        hashed = self._hash(user)
        with self._lock:
            self._pairs.pop(hashed, None)
        return self.find(user)

    def key_named(self, pseudonym: str) -> bytes | None:
        """The key of a pseudonym; None once it has been destroyed."""
        row = self._table.find_pseudonym(pseudonym)
        return None if row is None else self._master.unwrap(row.wrapped)

    def destroy(self, pseudonym: str) -> None:
        """Durably forget a pair. Should the user come again, there will be another one."""
        row = self._table.find_pseudonym(pseudonym)
        self._table.remove(pseudonym)
        if row is not None:
            with self._lock:
                self._pairs.pop(row.hash, None)

    def tidy(self) -> None:
        """See ``KeyTable.tidy``. To be called now and then."""
        self._table.tidy()

    def _hash(self, user: str) -> bytes:
        return hmac.digest(self._hash_key, user.encode(), hashlib.sha256)

    def _known(self, hashed: bytes) -> UserKey | None:
        with self._lock:
            return self._pairs.get(hashed)

    def _remember(self, row: KeyRow) -> UserKey:
        pair = UserKey(row.pseudonym, self._master.unwrap(row.wrapped))
        with self._lock:
            self._pairs[row.hash] = pair
        return pair


def new_pseudonym() -> str:
    """Says nothing of whom it stands for."""
    return f"u{secrets.token_hex(PSEUDONYM_BYTES)}"
