"""Regions whose text is not at hand, until a request brings it again.

A restart leaves such, and a session that comes from another server.
"""

from server.data.settling.changes import Span
from server.data.settling.regions import Key, Region

MIN_CHARS = 4
"""A shorter text stands in too many places to be found again."""


class Orphans:
    """Regions by file of an editor window, as they were written down."""

    def __init__(self) -> None:
        self._regions: dict[Key, list[Region]] = {}
        self._edited: set[int] = set()
        """Regions, by identity, whose file was edited since by edits that could not be placed."""

    def __len__(self) -> int:
        return sum(map(len, self._regions.values()))

    @property
    def keys(self) -> list[Key]:
        return list(self._regions)

    def add(self, key: Key, region: Region, *, is_edited: bool) -> None:
        self._regions.setdefault(key, []).append(region)
        if is_edited:
            self._edited.add(id(region))

    def edited(self, key: Key) -> None:
        """There was an edit of the file: what is written down may not be its text any more."""
        self._edited.update(id(region) for region in self._regions.get(key, ()))

    def take(self, key: Key) -> list[Region]:
        """All of a file."""
        taken = self._regions.pop(key, [])
        self._edited.difference_update(id(region) for region in taken)
        return taken

    def take_one(self, key: Key, region: Region) -> bool | None:
        """Whether its file was edited since; None if it is not here."""
        here = self._regions.get(key, [])
        if not any(each is region for each in here):
            return None
        here[:] = [each for each in here if each is not region]
        if not here:
            del self._regions[key]
        was_edited = id(region) in self._edited
        self._edited.discard(id(region))
        return was_edited


def found_again(region: Region, text: str) -> Span | None:
    """Where the region is in the file's text now: as it was, nearest to where it was.

    None if it is not there: then it was edited while nobody watched. The rows around it have to be
    there, too: what was typed at its ends would be part of it.
    """
    wanted = region.text
    if len(wanted) < MIN_CHARS:
        return None
    places = []
    at = text.find(wanted)
    while at >= 0:
        if _stands_between(region.predicted.context, text[:at], text[at + len(wanted) :]):
            places.append(at)
        at = text.find(wanted, at + 1)
    if not places:
        return None
    start = min(places, key=lambda place: abs(place - region.span.start))
    return Span(start, start + len(wanted))


def _stands_between(context: tuple[str, str], before: str, after: str) -> bool:
    head, tail = context
    row_above = "\n".join(head.split("\n")[-2:])
    row_below = "\n".join(tail.split("\n")[:2])
    starts = before == row_above or before.endswith("\n" + row_above)
    if "\n" not in tail:
        return starts and after == tail
    return starts and (after == row_below or after.startswith(row_below + "\n"))
