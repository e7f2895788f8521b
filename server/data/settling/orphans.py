"""Regions that a restart has left without their text, until a request brings it again."""

from server.data.settling.changes import Span
from server.data.settling.regions import Region

MIN_CHARS = 4
"""A shorter text stands in too many places to be found again."""


def found_again(region: Region, text: str) -> Span | None:
    """Where the region is in the file's text now: as it was, nearest to where it was.

    None if it is not there: then it was edited while nobody watched.
    """
    wanted = region.text
    if len(wanted) < MIN_CHARS:
        return None
    places = []
    at = text.find(wanted)
    while at >= 0:
        places.append(at)
        at = text.find(wanted, at + 1)
    if not places:
        return None
    start = min(places, key=lambda place: abs(place - region.span.start))
    return Span(start, start + len(wanted))
