"""What a collector takes: a share of a log, and all that was allowed, revoked and deleted.

Whoever learns from a folder asks it for consent. A revocation that another member of the group took
would lie in another folder, and the text here would still seem to be allowed.
"""

from hashlib import blake2b
from pathlib import Path

from eventlog.brokers.feed import Feed
from eventlog.brokers.subscription import Subscription
from eventlog.segments import Line, RecordClass
from eventlog.source import FolderSource

DIGEST_BYTES = 16


class EveryConsent:
    """See ``Subscription``: a share of ``shared``, and every line of ``consents``.

    Lines that ``folder`` holds already are left out. No position is kept anywhere: a folder that
    was copied, or restored from a backup, gets what it lacks.
    """

    def __init__(self, shared: Subscription, consents: Feed, folder: Path) -> None:
        self._shared = shared
        self._consents = consents
        self._folder = folder
        self._known: set[bytes] | None = None

    @property
    def has_share(self) -> bool:
        return self._consents.has_caught_up and self._shared.has_share

    def take(self, seconds: float) -> list[Line]:
        wait = 0.0 if self._consents.has_caught_up else seconds
        return self._new_consents(wait) or self._shared.take(seconds)

    def done(self) -> None:
        self._shared.done()

    def close(self) -> None:
        self._consents.close()
        self._shared.close()

    def _new_consents(self, seconds: float) -> list[Line]:
        if self._known is None:
            held = FolderSource(self._folder).lines(RecordClass.CONSENT)
            self._known = {_digest(line) for line in held}
        new = []
        for line in self._consents.take(seconds):
            digest = _digest(line.data)
            if digest not in self._known:
                self._known.add(digest)
                new.append(line)
        return new


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=DIGEST_BYTES).digest()
