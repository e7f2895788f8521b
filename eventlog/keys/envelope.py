"""A user's own words in a record: compressed, then encrypted with the user's data key.

``base64(nonce ‖ AES-256-GCM(zstd(JSON)))``, bound to the event id: a sealed part fits no other
record. Without the key nothing of it can be read, in whatever copy it lies.
"""

import base64
import binascii
import json
import secrets
from typing import Any

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
LEVEL = 1
MAX_BYTES = 64 << 20
"""Of one record's words. More is no record of ours."""


def seal_words(words: bytes, key: bytes, event_id: str) -> str:
    """``words`` is a JSON object."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(words)
    sealed = AESGCM(key).encrypt(nonce, packed, event_id.encode())
    return base64.b64encode(nonce + sealed).decode()


def open_words(sealed: str, key: bytes, event_id: str) -> dict[str, Any] | None:
    """The fields again; None if they were sealed with another key, or are damaged."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        packed = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], event_id.encode())
        words = json.loads(zstandard.decompress(packed, max_output_size=MAX_BYTES))
    except (binascii.Error, InvalidTag, zstandard.ZstdError, ValueError):
        return None
    return words if isinstance(words, dict) else None
