"""Prediction ids: opaque to clients, and all that the server needs when one comes back.

``ULID _ variant owner seal``: when and which, the digest of who made it (``Variant``), a tag of
whom it was made for, and a MAC over all three. A client can neither make one up, nor use another
user's, nor move itself to another arm; and no table of ids has to be kept.

An id is made on the way of every keystroke, so nothing here lets another thread in between (keyed
BLAKE2b for the MAC: HMAC by OpenSSL would release the interpreter), the random half is prepared
ahead, and no large table is read, which would not be in the processor's cache any more.
"""

import hmac
import os
import re
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import ClassVar

from ulid import ULID

OWNER_CHARS = 8
RANDOM_BYTES = 10
NUM_PREPARED = 4096
TIME_CHARS = 10
RANDOM_CHARS = 16
FAST_CHARS = 3
"""Of the time: they change all the time, those before them every half minute."""
SEAL_CHARS = 20

_FORM = re.compile(
    r"(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})_(?P<variant>[0-9a-f]{10})"
    r"(?P<owner>[0-9a-f]{8})(?P<seal>[0-9a-f]{20})"
)
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class InvalidPredictionId(Exception):
    """The id says nothing that we said to this user. ``code`` is the stable word why."""

    code: ClassVar[str] = "unknown_prediction_id"


class ForgedPredictionId(InvalidPredictionId):
    """It has our form and not our seal."""

    code = "forged_prediction_id"


class ForeignPredictionId(InvalidPredictionId):
    """It was given to another user."""

    code = "foreign_prediction_id"


@dataclass(frozen=True, slots=True)
class PredictionId:
    """What an id says. ``variant`` is the digest of a ``Variant``."""

    text: str
    made: datetime
    variant: str


class PredictionIds:
    """Makes ids and reads them again. ``secret`` is shared by all servers of a deployment."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._random_halves: deque[str] = deque()
        self._slow_part = (-1, "")

    def prepare(self) -> None:
        """Draw for ids to come. From any thread."""
        while len(self._random_halves) < NUM_PREPARED:
            self._random_halves.append(_random_half())

    def make(self, variant: str, user: str) -> str:
        """A new id for a prediction that ``variant`` made for ``user``."""
        return self.make_at(time.time(), variant, user)

    def make_at(self, seconds: float, variant: str, user: str) -> str:
        """An id of another moment, in seconds of the wall clock."""
        ulid = self._time_half(int(seconds * 1000)) + self._random_half()
        body = f"{ulid}_{variant}{self._owner(ulid, user)}"
        return body + self._seal(body)

    def read(self, text: str, user: str) -> PredictionId:
        """What the id says. Raises ``InvalidPredictionId`` or a class below it."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise InvalidPredictionId
        if not hmac.compare_digest(match["seal"], self._seal(text[:-SEAL_CHARS])):
            raise ForgedPredictionId
        if not hmac.compare_digest(match["owner"], self._owner(match["ulid"], user)):
            raise ForeignPredictionId
        return PredictionId(text, ULID.from_str(match["ulid"]).datetime, match["variant"])

    def _time_half(self, milliseconds: int) -> str:
        slow = milliseconds >> 5 * FAST_CHARS
        known, text = self._slow_part
        if slow != known:
            text = _base32(slow, TIME_CHARS - FAST_CHARS)
            self._slow_part = (slow, text)
        return text + _base32(milliseconds, FAST_CHARS)

    def _random_half(self) -> str:
        try:
            return self._random_halves.popleft()
        except IndexError:
            return _random_half()

    def _owner(self, ulid: str, user: str) -> str:
        return self._tag(f"{ulid}{user}", b"owner", OWNER_CHARS)

    def _seal(self, body: str) -> str:
        return self._tag(body, b"seal", SEAL_CHARS)

    def _tag(self, text: str, purpose: bytes, num_chars: int) -> str:
        return blake2b(
            text.encode(), key=self._secret, person=purpose, digest_size=num_chars // 2
        ).hexdigest()


def _random_half() -> str:
    return _base32(int.from_bytes(os.urandom(RANDOM_BYTES), "big"), RANDOM_CHARS)


def _base32(value: int, num_chars: int) -> str:
    """The last digits, as ULIDs write them."""
    return "".join([_DIGITS[value >> shift & 31] for shift in range(5 * num_chars - 5, -1, -5)])
