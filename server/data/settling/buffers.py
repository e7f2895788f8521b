"""A file of one editor window as the server knows it, and the regions in it.

The text follows the client's edits, and each text that comes with a request. With numbered messages
what arrives early waits for what is late; what never comes is found by comparing texts.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from prompt_format import InvalidRange
from server.data.settling.changes import Change, Span, changes_between
from server.data.settling.regions import Predicted, Region
from server.predictions import Document
from server.source_text import Unit

WAIT_SECONDS = 3.0
"""So long what is ahead of its turn waits for what is late."""
MAX_HELD = 64
MAX_ASKS = 64


@dataclass(frozen=True, slots=True)
class PlacedEdit:
    """Replace a part, by rows of the file and columns in ``unit``, by ``new_text``."""

    start: tuple[int, int]
    end: tuple[int, int]
    new_text: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class EditMessage:
    """Edits of a file in order, each of the text that the one before it left.

    ``version`` numbers the file's messages, one more each time.
    """

    edits: Sequence[PlacedEdit]
    version: int | None = None


class Standing(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    HELD = "held"
    """It is ahead of its turn."""
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    """Nothing in that file is watched."""
    LOST = "lost"
    """Too much is missing before it: the next request's text will tell."""


@dataclass(slots=True)
class _Asked:
    """A request that is not answered yet. ``number``: changes until its text; None: not there."""

    document: Document
    cursor: int
    number: int | None
    answer: tuple[Predicted, Span, float] | None = None


class Buffer:
    """Times are instants of the wall clock. Not safe to use from several threads."""

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.regions: list[Region] = []
        self.is_lost = False
        self._start_row = document.start_row
        self._version = document.version
        self._number = 0
        self._log: deque[tuple[int, Change]] = deque()
        self._held: dict[int, EditMessage] = {}
        self._asked: dict[str, _Asked] = {}
        self._waiting_since: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something late is still awaited, so that the text may not be the newest."""
        return self._waiting_since is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing in this file is watched, nor may soon be."""
        return not (self.regions or self._asked)

    def asked(self, request_id: str, document: Document, cursor: int, now: float) -> None:
        """A request has come with its text; ``cursor`` is an offset in it, in characters."""
        while len(self._asked) >= MAX_ASKS:
            self.forget(next(iter(self._asked)))
        asked = _Asked(document, cursor, None)
        version = document.version
        if version is None or self._version is None or version == self._version:
            self._reach(asked, now)
            self._version = version if version is not None else self._version
        elif version < self._version:
            return  # an older state, overtaken on its way: its region cannot be placed
        self._asked[request_id] = asked
        self._mark_waiting(now)

    def answered(self, request_id: str, predicted: Predicted, span: Span, now: float) -> bool:
        """Watch the region of a request's text. False if that text is not known."""
        asked = self._asked.get(request_id)
        if asked is None:
            return False
        asked.answer = (predicted, span, now)
        self._place_answered()
        return True

    def forget(self, request_id: str) -> None:
        """The request will not be answered."""
        self._asked.pop(request_id, None)
        self._trim()

    def edited(self, message: EditMessage, now: float) -> Standing:
        """Follow the client's edits. Raises ``InvalidRange``, and then nothing has changed."""
        version = message.version
        if version is None or self._version is None or version == self._version + 1:
            self._apply_all(message, now)
            self._version = version if version is not None else self._version
            self._advance(now)
            return Standing.APPLIED
        if version <= self._version or version in self._held:
            return Standing.REPEATED
        if len(self._held) >= MAX_HELD:
            self.is_lost = True
            return Standing.LOST
        self._held[version] = message
        self._mark_waiting(now)
        return Standing.HELD

    def catch_up(self, now: float) -> None:
        """Do without what is too late: take the text of the oldest request that waits."""
        if self._waiting_since is None or now - self._waiting_since < WAIT_SECONDS:
            return
        waiting = [each for each in self._asked.values() if each.number is None]
        if not waiting:
            self.is_lost = True
            return
        oldest = min(waiting, key=lambda each: each.document.version or 0)
        self._reach(oldest, now)
        self._version = oldest.document.version
        self._advance(now)

    def text_of(self, region: Region) -> str:
        return self.text[region.span.start : region.span.end]

    def _reach(self, asked: _Asked, now: float) -> None:
        """Make the text that of a request."""
        for change in self._changes_to(asked.document, asked.cursor):
            self._apply(change, now)
        asked.number = self._number

    def _changes_to(self, document: Document, cursor: int) -> list[Change]:
        if document.start_row != self._start_row:
            self._scroll(document)
        return list(changes_between(self.text, document.text, cursor))

    def _scroll(self, document: Document) -> None:
        """Another part of the file: rows leave or come at the top, which is no edit."""
        rows = document.start_row - self._start_row
        self._start_row = document.start_row
        if rows > 0:
            gone = _row_start(self.text, rows)
            self.text = self.text[gone:]
            self._shift(-gone)
        else:
            come = document.text[: _row_start(document.text, -rows)]
            self.text = come + self.text
            self._shift(len(come))

    def _shift(self, growth: int) -> None:
        """Move all regions; those that are out of sight are watched no longer, nor will be those
        of requests that are still to be answered."""
        for region in self.regions:
            region.span = Span(region.span.start + growth, region.span.end + growth)
        self.regions = [region for region in self.regions if region.span.start >= 0]
        self._log.clear()
        self._asked.clear()

    def _apply_all(self, message: EditMessage, now: float) -> None:
        text, changes = self.text, []
        for edit in message.edits:
            change = self._change(text, edit)
            text = change.applied_to(text)
            changes.append(change)
        for change in changes:
            self._apply(change, now)

    def _change(self, text: str, edit: PlacedEdit) -> Change:
        start, end = (self._index(text, place, edit.unit) for place in (edit.start, edit.end))
        if end < start:
            raise InvalidRange("an edit ends before it starts")
        return _least(text, Change(start, end, edit.new_text))

    def _index(self, text: str, place: tuple[int, int], unit: Unit) -> int:
        row, column = place
        start = _row_start(text, row - self._start_row)
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        return start + unit.index_of(line, column, "edits")

    def _apply(self, change: Change, now: float) -> None:
        self.text = change.applied_to(self.text)
        self._number += 1
        if self._asked:
            self._log.append((self._number, change))
        for region in self.regions:
            region.follow(change, now)

    def _advance(self, now: float) -> None:
        """Whatever was ahead and is next now."""
        while self._version is not None:
            self._resolve(self._version, now)
            self._held = {at: each for at, each in self._held.items() if at > self._version}
            following = self._held.pop(self._version + 1, None)
            if following is None:
                break
            try:
                self._apply_all(following, now)
            except InvalidRange:
                self.is_lost = True
                return
            self._version += 1
        self._place_answered()
        self._mark_waiting(now)

    def _resolve(self, version: int, now: float) -> None:
        """Requests whose text is that of the version; older ones have been overtaken."""
        for request_id, asked in list(self._asked.items()):
            number = asked.document.version
            if asked.number is not None or number is None or number > version:
                continue
            if number < version:
                del self._asked[request_id]
            else:
                self._reach(asked, now)

    def _mark_waiting(self, now: float) -> None:
        is_waiting = bool(self._held) or any(each.number is None for each in self._asked.values())
        if not is_waiting:
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now

    def _place_answered(self) -> None:
        """Regions of requests that are answered, and whose text has been reached."""
        for request_id, asked in list(self._asked.items()):
            if asked.answer is None or asked.number is None:
                continue
            predicted, span, made = asked.answer
            region = Region(predicted, span, made=made, touched=made)
            for number, change in self._log:
                if number > asked.number:
                    region.follow(change, made)
            self.regions.append(region)
            del self._asked[request_id]
        self._trim()

    def _trim(self) -> None:
        """Forget changes that no request is older than."""
        numbers = [each.number for each in self._asked.values() if each.number is not None]
        oldest = min(numbers, default=self._number)
        while self._log and self._log[0][0] <= oldest:
            self._log.popleft()


def _row_start(text: str, row: int) -> int:
    """Raises ``InvalidRange`` for a row that the text does not have."""
    if row < 0:
        raise InvalidRange("edits lie before the text")
    start = 0
    for _each in range(row):
        start = text.find("\n", start) + 1
        if not start:
            raise InvalidRange("edits lie behind the text")
    return start


def _least(text: str, change: Change) -> Change:
    """Without what old and new text have in common at their ends: editors differ in that."""
    old, new = text[change.start : change.end], change.new
    if not old or not new:
        return change
    prefix = 0
    while prefix < min(len(old), len(new)) and old[prefix] == new[prefix]:
        prefix += 1
    old, new = old[prefix:], new[prefix:]
    suffix = 0
    while suffix < min(len(old), len(new)) and old[-1 - suffix] == new[-1 - suffix]:
        suffix += 1
    start = change.start + prefix
    return Change(start, start + len(old) - suffix, new[: len(new) - suffix])
