"""Cursor distance: how far from the expected place a prediction leaves the cursor.

After a metric of Zed's pipeline. Both offsets are in bytes of the whole excerpt, each after its own
edit, so that they compare whatever stretch the patches show:

    distance = |expected offset - actual offset|     exact if it is 0

A reference that names no cursor says nothing about it, so there is nothing to evaluate. (The
original calls a cursor without an expected one wrong.) A prediction without one, where one is
expected, is wrong at no distance.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CursorDistance:
    """``distance_bytes`` is None where the prediction names no cursor."""

    distance_bytes: int | None

    @property
    def is_exact(self) -> bool:
        return self.distance_bytes == 0


def cursor_distance(expected: int | None, actual: int | None) -> CursorDistance | None:
    """Compare two byte offsets; None if none is expected."""
    if expected is None:
        return None
    return CursorDistance(None if actual is None else abs(expected - actual))
