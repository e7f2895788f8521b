"""Edits of files that nothing is known of yet: the request that says more may be on its way."""

from cachetools import TTLCache

from server.data.settling.buffers import MAX_HELD, WAIT_SECONDS, EditMessage

MAX_FILES = 10_000


class EarlyEdits:
    """Numbered messages by file, kept for as long as something late is waited for."""

    def __init__(self) -> None:
        self._now = 0.0
        self._messages: TTLCache[tuple[str, str], dict[int, EditMessage]] = TTLCache(
            MAX_FILES, WAIT_SECONDS, timer=lambda: self._now
        )

    def keep(self, key: tuple[str, str], message: EditMessage, now: float) -> None:
        """Unnumbered messages cannot be told from those that the request knows already."""
        self._now = now
        if message.version is None:
            return
        messages = dict(self._messages.get(key, {}))
        if len(messages) < MAX_HELD:
            messages[message.version] = message
        self._messages[key] = messages

    def take(self, key: tuple[str, str], now: float) -> list[EditMessage]:
        """Those of a file in order, once."""
        self._now = now
        messages = self._messages.pop(key, {})
        return [message for _version, message in sorted(messages.items())]
