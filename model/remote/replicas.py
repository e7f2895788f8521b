"""Which server a session's requests go to, and which ones are left out for a while."""

import hashlib
import hmac
import itertools
import time
from collections.abc import Iterator, Sequence

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


class Replica:
    """One server. After a failure it is left out, after each further one for twice as long.

    ``model`` is the name that it listed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.model: str | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._left_out_until = 0.0

    @property
    def is_left_out(self) -> bool:
        return time.monotonic() < self._left_out_until

    def failed(self) -> None:
        """It did not answer. Requests that fail together count once."""
        if self.is_left_out:
            return
        self._left_out_until = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def answered(self) -> None:
        """It is well."""
        self._pause, self._left_out_until = FIRST_PAUSE_SECONDS, 0.0


class Replicas:
    """All servers. ``secret`` is the key of the digests that stand for sessions."""

    def __init__(self, urls: Sequence[str], secret: bytes) -> None:
        self._replicas = [Replica(url) for url in urls]
        self._secret = secret
        self._turns = itertools.count()

    def __iter__(self) -> Iterator[Replica]:
        return iter(self._replicas)

    def digest(self, name: str) -> str:
        """What a session or tenant is called outside of this process."""
        key = name.encode(errors="surrogatepass")
        return hmac.new(self._secret, key, hashlib.sha256).hexdigest()[:32]

    def in_order(self, session: str) -> list[Replica]:
        """Whom to ask, best first: by rendezvous hashing, without a session in turn.

        A session moves only if its own server is left out (Thaler & Ravishankar 1998). Those left
        out come last: when all are, one has to be tried.
        """
        key = session or str(next(self._turns))
        ranked = sorted(self._replicas, key=lambda replica: self.digest(f"{key}\0{replica.url}"))
        return sorted(ranked, key=lambda replica: replica.is_left_out)
