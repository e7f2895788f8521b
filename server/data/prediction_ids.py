"""Prediction ids: opaque to clients, and all that the server needs when one comes back.

``ULID _ variant owner seal``: when and which, the digest of who made it (``Variant``), a tag of
whom it was made for, and an HMAC over all three. A client can neither make one up, nor use another
user's, nor move itself to another arm; and no table of ids has to be kept.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ulid import ULID

OWNER_BYTES = 5
SEAL_BYTES = 10

_FORM = re.compile(
    r"(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})_(?P<variant>[a-z2-7]{8})"
    r"(?P<owner>[a-z2-7]{8})(?P<seal>[a-z2-7]{16})"
)


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

    def make(self, variant: str, user: str) -> str:
        """A new id for a prediction that ``variant`` made for ``user``."""
        ulid = str(ULID())
        body = f"{ulid}_{variant}{self._owner(ulid, user)}"
        return body + self._seal(body)

    def read(self, text: str, user: str) -> PredictionId:
        """What the id says. Raises ``InvalidPredictionId`` or a class below it."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise InvalidPredictionId
        if not hmac.compare_digest(match["seal"], self._seal(text[: -len(match["seal"])])):
            raise ForgedPredictionId
        if not hmac.compare_digest(match["owner"], self._owner(match["ulid"], user)):
            raise ForeignPredictionId
        return PredictionId(text, ULID.from_str(match["ulid"]).datetime, match["variant"])

    def _owner(self, ulid: str, user: str) -> str:
        return self._tag(f"owner\0{ulid}\0{user}", OWNER_BYTES)

    def _seal(self, body: str) -> str:
        return self._tag(f"id\0{body}", SEAL_BYTES)

    def _tag(self, text: str, num_bytes: int) -> str:
        digest = hmac.digest(self._secret, text.encode(), hashlib.sha256)
        return base64.b32encode(digest[:num_bytes]).decode().lower()
