"""A cache that forgets what was not used for longest, so that its total size stays bounded."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key, of which ``size_of`` says how much each takes up.

    ``max_size`` is the most that all may take up; one that is larger on its own is kept alone.
    ``on_drop`` is called with each value that is forgotten.
    """

    def __init__(
        self,
        max_size: int,
        size_of: Callable[[Value], int] = lambda _value: 1,
        on_drop: Callable[[Value], object] = lambda _value: None,
    ) -> None:
        self._max_size = max_size
        self._size_of = size_of
        self._on_drop = on_drop
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made now if it is not known."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        self.size += self._size_of(value)
        while self.size > self._max_size and len(self._values) > 1:
            self._drop_oldest()
        return value

    def clear(self) -> None:
        """Forget all values."""
        while self._values:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _oldest, dropped = self._values.popitem(last=False)
        self.size -= self._size_of(dropped)
        self._on_drop(dropped)
