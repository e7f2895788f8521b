"""Answers that were dear, kept by what was asked: nothing is paid for twice.

The key is the whole request: whatever can change an answer belongs in it, and nothing else does.
Only answers are kept; a failure is asked again.
"""

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LAYOUT = 1
LOCK_SECONDS = 60.0

_TABLE = "CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB) WITHOUT ROWID"


def request_key(request: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of the request as JSON with sorted keys. Raises ``TypeError`` for no JSON.

    Numbers that JSON does not know (NaN) raise ``ValueError``.
    """
    text = json.dumps(
        request, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


class AnswerCache:
    """Answers in the SQLite file ``path``. Threads and processes may use one file together.

    The file's folder has to exist. An answer counts as kept when ``put`` returns: a killed process
    loses none (a machine without power may lose the newest).
    """

    def __init__(self, path: Path) -> None:
        self.num_hits = 0
        self.num_misses = 0
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(_TABLE)
        (layout,) = self._connection.execute("PRAGMA user_version").fetchone()
        if layout not in (0, LAYOUT):
            self._connection.close()
            raise ValueError(f"{path} is a cache of layout {layout}, this program reads {LAYOUT}")
        self._connection.execute(f"PRAGMA user_version={LAYOUT}")

    def get(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to ``request``, if it was put by anyone."""
        key = bytes.fromhex(request_key(request))
        with self._lock:
            found = self._connection.execute(
                "SELECT answer FROM answers WHERE key = ?", (key,)
            ).fetchone()
            if found is None:
                self.num_misses += 1
                return None
            self.num_hits += 1
        answer: dict[str, Any] = json.loads(zlib.decompress(found[0]))
        return answer

    def put(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Keep ``answer``; an earlier one to the same request is replaced."""
        key = bytes.fromhex(request_key(request))
        packed = zlib.compress(json.dumps(answer, ensure_ascii=False).encode())
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, packed))

    def close(self) -> None:
        """Give the file back; the cache is not used after this."""
        with self._lock:
            self._connection.close()
