from training.definitions.bounded_cache import BoundedCache


def test_what_is_known_is_not_made_again() -> None:
    made: list[str] = []
    cache: BoundedCache[str, str] = BoundedCache(9)

    def make(key: str) -> str:
        def value() -> str:
            made.append(key)
            return key.upper()

        return cache.get(key, value)

    assert [make("a"), make("b"), make("a")] == ["A", "B", "A"]
    assert made == ["a", "b"]


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    dropped: list[str] = []
    cache: BoundedCache[str, str] = BoundedCache(6, size_of=len, on_drop=dropped.append)
    for value in ("aa", "bbb", "aa", "cc"):
        cache.get(value, value.lower)
    assert dropped == ["bbb"] and cache.size == 4 and len(cache) == 2
    cache.get("a" * 50, lambda: "a" * 50)
    assert dropped == ["bbb", "aa", "cc"] and len(cache) == 1
    cache.clear()
    assert len(cache) == 0 and cache.size == 0 and len(dropped) == 4
