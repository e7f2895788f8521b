"""What each session's latest request left behind, so that the next one reads only what is new."""

from collections import OrderedDict
from collections.abc import Callable

from model.embedded.kv_cache import KVCache


class SessionCaches:
    """Caches by session within a budget of tokens; the least recently used goes first."""

    def __init__(self, budget_tokens: int, new_cache: Callable[[], KVCache]) -> None:
        self._budget_tokens = budget_tokens
        self._new_cache = new_cache
        self._caches: OrderedDict[str, KVCache] = OrderedDict()

    def take(self, session_key: str, prompt: tuple[int, ...], num_tokens: int) -> KVCache:
        """A cache with room for ``num_tokens`` that holds the start of ``prompt``, never all of it.

        It is the caller's until given back with ``keep``.
        """
        cache = self._caches.pop(session_key, None) or self._emptied(num_tokens)
        cache.truncate(min(cache.common_prefix(prompt), len(prompt) - 1))
        self._evict(max(num_tokens, cache.capacity))
        cache.reserve(num_tokens)
        return cache

    def keep(self, session_key: str, cache: KVCache) -> None:
        """Remember ``cache`` for the session's next request, if the budget allows."""
        if session_key and cache.capacity <= self._budget_tokens:
            self._evict(cache.capacity)
            self._caches[session_key] = cache

    @property
    def num_tokens(self) -> int:
        """Tokens that the caches kept have room for."""
        return sum(cache.capacity for cache in self._caches.values())

    def _emptied(self, num_tokens: int) -> KVCache:
        """A cache that holds nothing: one that would have to go anyway, rather than new memory."""
        if not self._caches or self.num_tokens + num_tokens <= self._budget_tokens:
            return self._new_cache()
        _session_key, cache = self._caches.popitem(last=False)
        cache.truncate(0)
        return cache

    def _evict(self, num_needed: int) -> None:
        while self._caches and self.num_tokens + num_needed > self._budget_tokens:
            self._caches.popitem(last=False)
