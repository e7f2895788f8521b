"""Which session keeps its keys and values, and how much of them a prompt can use."""

import torch

from model.embedded.kv_cache import BLOCK_TOKENS, KVCache
from model.embedded.sessions import SessionCaches


def new_cache() -> KVCache:
    return KVCache((1, 1, 4), torch.float32)


def use(sessions: SessionCaches, key: str, prompt: tuple[int, ...]) -> int:
    """One request that reads its prompt; how many tokens it did not have to read."""
    cache = sessions.take(key, prompt, len(prompt))
    num_cached = cache.length
    cache.tokens.extend(prompt[num_cached:])
    sessions.keep(key, cache)
    return num_cached


def test_the_longest_common_prefix_is_reused() -> None:
    sessions = SessionCaches(10 * BLOCK_TOKENS, new_cache)
    assert use(sessions, "a", (1, 2, 3, 4, 5)) == 0
    assert use(sessions, "b", (1, 2, 3, 4, 5)) == 0
    assert use(sessions, "a", (1, 2, 3, 9, 5)) == 3
    assert use(sessions, "a", (1, 2, 3, 9, 5)) == 4, "one token is read for its logits"
    assert use(sessions, "a", (1, 2)) == 1


def test_the_least_recently_used_session_goes_first() -> None:
    sessions = SessionCaches(2 * BLOCK_TOKENS, new_cache)
    for key in ("a", "b", "a", "c"):
        use(sessions, key, (1, 2, 3))
        assert sessions.num_tokens <= 2 * BLOCK_TOKENS
    assert use(sessions, "a", (1, 2, 3)) == 2
    assert use(sessions, "b", (1, 2, 3)) == 0


def test_a_session_beyond_the_budget_is_not_kept() -> None:
    sessions = SessionCaches(BLOCK_TOKENS, new_cache)
    assert use(sessions, "a", tuple(range(BLOCK_TOKENS + 1))) == 0
    assert sessions.num_tokens == 0


def test_without_a_key_nothing_is_kept() -> None:
    sessions = SessionCaches(BLOCK_TOKENS, new_cache)
    use(sessions, "", (1, 2, 3))
    assert use(sessions, "", (1, 2, 3)) == sessions.num_tokens == 0
