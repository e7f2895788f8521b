"""Simulated editing sessions: a client that watches its regions itself, and a network between.

The client is the reference. It knows every edit at once and in order; the server gets messages
late, out of order and twice.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from prompt_format import PromptInput, TextRange
from server.data.reporting.variants import Variant
from server.data.settling.asks import predicted_of
from server.data.settling.buffers import WAIT_SECONDS, EditMessage, PlacedEdit
from server.data.settling.tracker import Tracker, TrackerConfig
from server.predictions import Ask, Caller, Document
from server.source_text import Unit

PATH = "shop.py"
VARIANT = Variant("stable", "control", "completion", "m1", "c1")
CALLER = Caller(user="ann", session="window")
START = "import math\n\n\ndef area(width, height):\n    return 1\n\n\n# ünïcode 🙂\nx = [1, 2]\n"
PIECES = ("a", "b", " ", "\n", "(", ")", "é", "🙂", "x = 1\n", "return", "aaa", "\n\n")
SETTLE_SECONDS = 10.0
MAX_LATENCY_SECONDS = 2.0
CLOSE_SECONDS = MAX_LATENCY_SECONDS + WAIT_SECONDS


@dataclass
class Watched:
    """A region as the client watches it: where it is, and when it was touched last."""

    start: int
    end: int
    touched: float
    text: str | None = None
    is_close: bool = False
    """It was touched so shortly before or after it settled that a network may tell otherwise."""

    def follow(self, start: int, end: int, new: str, now: float) -> None:
        if start == end:
            if start < self.start:
                self.start, self.end = self.start + len(new), self.end + len(new)
            elif start <= self.end:
                self.end += len(new)
                self.touched = now
        elif end <= self.start:
            growth = len(new) - (end - start)
            self.start, self.end = self.start + growth, self.end + growth
        elif start < self.end:
            self.end = max(self.end, end) + len(new) - (end - start)
            self.start = min(self.start, start)
            self.touched = now


@dataclass
class Session:
    """One window, its file, and everything on its way to the server."""

    source: random.Random
    sends_edits: bool
    text: str = START
    cursor: int = 40
    now: float = 0.0
    version: int = 0
    regions: dict[str, Watched] = field(default_factory=dict)
    sent: list[tuple[float, int, str, object]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=count)
    open_asks: dict[str, tuple[Ask, int]] = field(default_factory=dict)
    history: list[tuple[int, int, str]] = field(default_factory=list)

    def send(self, what: str, message: object, latency: float | None = None) -> None:
        delay = self.source.random() * MAX_LATENCY_SECONDS if latency is None else latency
        heapq.heappush(self.sent, (self.now + delay, next(self.order), what, message))

    def edit(self) -> None:
        """One thing that people do: type, delete, paste, jump."""
        if self.source.random() < 0.15:
            self.cursor = self.source.randrange(len(self.text) + 1)
        at, new = self.cursor, ""
        start = end = at
        if self.source.random() < 0.3:
            start = max(at - self.source.choice((1, 1, 1, 2, 7, 30)), 0)
        elif self.source.random() < 0.1:
            end = min(at + self.source.choice((1, 4, 20)), len(self.text))
            new = self.source.choice(PIECES)
        else:
            new = self.source.choice(PIECES)
        start, end, new = least(self.text, start, end, new)
        if start == end and not new:
            return
        message = EditMessage(
            (PlacedEdit(self.place(start), self.place(end), new, Unit.UTF_16),), self.version + 1
        )
        self.settle()
        self.text = self.text[:start] + new + self.text[end:]
        self.cursor = start + len(new)
        self.version += 1
        self.history.append((start, end, new))
        for region in self.regions.values():
            due = region.touched + SETTLE_SECONDS
            region.follow(start, end, new, self.now)
            if region.touched == self.now:
                region.is_close |= abs(self.now - due) < CLOSE_SECONDS
        if self.sends_edits:
            self.send("edit", message)
            if self.source.random() < 0.05:
                self.send("edit", message)

    def place(self, offset: int) -> tuple[int, int]:
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset), Unit.UTF_16.length(self.text[line_start:offset])

    def ask(self) -> None:
        """Ask for a prediction; it will be answered somewhat later."""
        request_id = f"r{next(self.order)}"
        given = PromptInput(
            cursor_path=PATH,
            cursor_excerpt=self.text,
            cursor_offset_in_excerpt=len(self.text[: self.cursor].encode()),
        )
        version = self.version if self.sends_edits else None
        document = Document(self.text, version=version)
        ask = Ask(request_id, given, CALLER, deadline=0.0, document=document)
        self.open_asks[request_id] = (ask, len(self.history))
        latency = None if self.sends_edits else 0.0
        self.send("ask", ask, latency)

    def answered(self, ask: Ask) -> tuple[TextRange, str | None] | None:
        """The client gets the answer: an edit of some region, or of none."""
        _ask, num_edits = self.open_asks.pop(ask.request_id)
        document = ask.document
        assert document is not None
        text = document.text
        start = self.source.randrange(len(text) + 1)
        end = min(start + self.source.choice((0, 3, 20, 60)), len(text))
        region = Watched(start, end, self.now)
        for edit in self.history[num_edits:]:
            region.follow(*edit, self.now)
        self.regions[ask.request_id] = region
        editable = TextRange(start=len(text[:start].encode()), end=len(text[:end].encode()))
        return editable, self.source.choice((None, "predicted\n"))

    def settle(self) -> None:
        """Regions that have been quiet for long enough, as the client sees it."""
        for region in self.regions.values():
            if region.text is None and self.now - region.touched >= SETTLE_SECONDS:
                region.text = self.text[region.start : region.end]


def least(text: str, start: int, end: int, new: str) -> tuple[int, int, str]:
    """What an editor reports of a replacement: the part that differs."""
    while start < end and new and text[start] == new[0]:
        start, new = start + 1, new[1:]
    while start < end and new and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    return start, end, new


def play(
    seed: int, *, sends_edits: bool
) -> tuple[dict[str, str | None], dict[str, str], list[str]]:
    """A session to its end: settled texts as the client and the server see them, and drops.

    None where it is too close to tell.
    """
    source = random.Random(seed)
    session = Session(source, sends_edits)
    dropped: list[str] = []
    tracker = Tracker(TrackerConfig(settle_seconds=SETTLE_SECONDS), dropped.append)
    by_server: dict[str, str] = {}
    moments = iter(_gaps(source))
    next_edit: float | None = next(moments)
    while session.sent or next_edit is not None:
        at = session.sent[0][0] if session.sent else float("inf")
        if next_edit is not None and next_edit <= at:
            session.now = next_edit
            session.edit()
            if not sends_edits or source.random() < 0.4:
                session.ask()
            next_edit = next(moments, None)
        else:
            session.now, _order, what, message = heapq.heappop(session.sent)
            _deliver(tracker, session, what, message)
        by_server |= {
            each.predicted.prediction_id: each.text for each in tracker.settled(session.now)
        }
    for _each in range(8):
        session.now += 5.0
        session.settle()
        by_server |= {
            each.predicted.prediction_id: each.text for each in tracker.settled(session.now)
        }
    by_client = {
        name: None if each.is_close else each.text for name, each in session.regions.items()
    }
    return by_client, by_server, dropped


def _deliver(tracker: Tracker, session: Session, what: str, message: object) -> None:
    if isinstance(message, EditMessage):
        tracker.edited(CALLER.session_key, PATH, message, session.now)
        return
    assert isinstance(message, Ask)
    if what == "ask":
        tracker.asked(message, session.now)
        session.send("answer", message, 0.05 + session.source.random())
        return
    found = session.answered(message)
    assert found is not None and message.document is not None
    editable, new_text = found
    predicted, span = predicted_of(
        message, message.document, message.request_id, VARIANT, editable, new_text
    )
    tracker.answered(message, predicted, span, session.now)


def _gaps(source: random.Random) -> Iterator[float]:
    """Bursts of typing with pauses that are clearly shorter, or longer, than settling takes."""
    now = 0.0
    for _each in range(source.randrange(5, 40)):
        now += source.choice((0.1, 0.2, 0.4, 1.0, 3.0, 25.0))
        yield now
