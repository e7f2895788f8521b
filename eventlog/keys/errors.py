"""What can be wrong with keys."""

from typing import ClassVar

from eventlog.segments.errors import EventLogError


class KeyStoreUnusable(EventLogError):
    """The master key or the store of data keys cannot be used. The message says why."""

    code: ClassVar[str] = "key_store_unusable"
