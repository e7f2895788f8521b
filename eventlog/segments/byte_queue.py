"""A queue from many threads to one, bounded by the bytes that wait in it."""

import threading
from collections import deque
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how many bytes it will write."""

    @property
    def num_bytes(self) -> int: ...


Item = TypeVar("Item", bound=Sized)


class ByteQueue(Generic[Item]):
    """First in, first out. Putting never waits: what does not fit is refused."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._num_bytes = 0
        self._is_closed = False
        self._changed = threading.Condition(threading.Lock())

    @property
    def num_bytes(self) -> int:
        return self._num_bytes

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def put(self, item: Item, max_bytes: int) -> bool:
        """Whether ``item`` was taken: the queue is open, and no fuller than ``max_bytes`` by it."""
        with self._changed:
            if self._is_closed or self._num_bytes + item.num_bytes > max_bytes:
                return False
            self._items.append(item)
            self._num_bytes += item.num_bytes
            if len(self._items) == 1:
                self._changed.notify()
            return True

    def take_all(self, timeout: float, max_bytes: int) -> list[Item]:
        """All that waits, up to ``max_bytes`` but at least one; nothing after ``timeout``."""
        with self._changed:
            if not self._items and not self._is_closed:
                self._changed.wait(timeout)
            taken: list[Item] = []
            num_bytes = 0
            while self._items and (not taken or num_bytes < max_bytes):
                taken.append(self._items.popleft())
                num_bytes += taken[-1].num_bytes
            self._num_bytes -= num_bytes
            return taken

    def reopen(self) -> None:
        """Take items again."""
        with self._changed:
            self._is_closed = False

    def close(self) -> None:
        """Refuse what comes from now on; what waits can still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
