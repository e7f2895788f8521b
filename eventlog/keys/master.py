"""The master key, which wraps every other: in a file, or out of reach behind a command.

``file:/path`` holds 32 random bytes and is made at the first use. ``command:PROGRAM ARGUMENTS`` is
the way to a key management service: called with ``wrap`` or ``unwrap`` as last argument, it reads
bytes on standard input and writes the others on standard output.
"""

import os
import secrets
import shlex
import subprocess
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.keys.errors import KeyStoreUnusable

KEY_BYTES = 32
NONCE_BYTES = 12
COMMAND_SECONDS = 10.0


class MasterKey(Protocol):
    """Wraps and unwraps short secrets. Both may raise ``KeyStoreUnusable``."""

    def wrap(self, secret: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes: ...


class FileMasterKey:
    """AES-256-GCM with a key that lies in a file only its owner may read."""

    def __init__(self, path: Path) -> None:
        self._cipher = AESGCM(_read_or_make(path))
        self._path = path

    def wrap(self, secret: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, None)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], None)
        except InvalidTag:
            raise KeyStoreUnusable(f"{self._path} is not the key of this store") from None


class CommandMasterKey:
    """A key that never leaves the service behind a command."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)
        if not self._command:
            raise KeyStoreUnusable("the master key's command is empty")

    def wrap(self, secret: bytes) -> bytes:
        return self._call("wrap", secret)

    def unwrap(self, wrapped: bytes) -> bytes:
        return self._call("unwrap", wrapped)

    def _call(self, word: str, given: bytes) -> bytes:
        try:
            done = subprocess.run(
                [*self._command, word],
                input=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise KeyStoreUnusable(f"{self._command[0]} {word}: {type(error).__name__}") from None
        return done.stdout


def master_key(address: str) -> MasterKey:
    """The key at ``file:…`` or ``command:…``. Raises ``KeyStoreUnusable``."""
    scheme, _colon, rest = address.partition(":")
    if scheme == "file" and rest:
        return FileMasterKey(Path(rest))
    if scheme == "command":
        return CommandMasterKey(rest)
    raise KeyStoreUnusable("a master key is file:PATH or command:PROGRAM")


def _read_or_make(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise KeyStoreUnusable(f"{path}: {error.strerror}") from None
    if len(key) != KEY_BYTES:
        raise KeyStoreUnusable(f"{path} does not hold {KEY_BYTES} bytes")
    return key


def _make(path: Path) -> None:
    """Durably, and whole or not at all: a second process that starts now must find the same."""
    if path.exists():
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
