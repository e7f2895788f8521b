"""What a store of wrapped data keys can do: nothing in it can be used without the master key."""

from typing import NamedTuple, Protocol


class KeyRow(NamedTuple):
    """A user's pair. ``hash`` is a keyed hash of the user's id."""

    hash: bytes
    pseudonym: str
    wrapped: bytes


class KeyTable(Protocol):
    """Durable and safe to use from several threads. May raise ``KeyStoreUnusable``."""

    def secret(self, name: str, wrapped: bytes) -> bytes:
        """The secret of that name; ``wrapped`` from now on, if there is none."""
        ...

    def add(self, row: KeyRow) -> KeyRow:
        """The row of that hash; ``row`` from now on, if there is none."""
        ...

    def find(self, user_hash: bytes) -> KeyRow | None: ...

    def find_pseudonym(self, pseudonym: str) -> KeyRow | None: ...

    def remove(self, pseudonym: str) -> None: ...

    def tidy(self) -> None:
        """Get rid of what may still lie about of pairs that were removed. Soon and often called."""
        ...
