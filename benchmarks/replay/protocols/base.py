"""What every protocol does: ask about an editor's state, and read the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from benchmarks.replay.typist import EditorState

EDIT = "edit"
SUPERSEDED = "superseded"
MODEL = "model"
TYPED_AHEAD = "typed_ahead"
EDITOR = "editor"


class UnreadableAnswer(Exception):
    """The server answered what its protocol does not know; holds a word for it."""


@contextmanager
def understood() -> Iterator[None]:
    """Raise ``UnreadableAnswer`` for JSON that is none, or is of another shape than expected."""
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise UnreadableAnswer("bad_answer") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is the file after the edit; None, and ``outcome`` says why, where there is none.

    ``source``: who answered. Numbers of tokens are None where the server does not tell them.
    """

    text: str | None
    outcome: str
    source: str = MODEL
    num_prefilled: int | None = None
    num_generated: int | None = None
    num_steps: int | None = None

    @property
    def is_without_model(self) -> bool:
        """Whether the answer took no step of the model, for this key or one before it."""
        return self.source not in (MODEL, TYPED_AHEAD) or (
            self.num_prefilled == 0 and self.num_steps == 0
        )


class Question(Protocol):
    """A request in the making: ``body`` is sent, and the whole body that comes back is read."""

    @property
    def body(self) -> bytes: ...

    def read(self, answer: bytes) -> Answer:
        """Raises ``UnreadableAnswer``."""
        ...

    def num_tokens_in(self, part: bytes) -> int:
        """Tokens in what had come of an answer when the client left."""
        ...


class WireProtocol(Protocol):
    """How a kind of server is spoken to. ``client_closes``: who drops a superseded request."""

    @property
    def path(self) -> str: ...

    @property
    def client_closes(self) -> bool: ...

    def ask(self, state: EditorState, session: str) -> Question | Answer:
        """What to send; an answer where the editor itself can tell that there is none."""
        ...


def apply(text: bytes, start: int, end: int, new_text: str) -> str:
    """``text`` with bytes ``start`` to ``end`` replaced. Raises ``UnreadableAnswer``."""
    if not 0 <= start <= end <= len(text):
        raise UnreadableAnswer("range_outside_text")
    try:
        return (text[:start] + new_text.encode() + text[end:]).decode()
    except UnicodeDecodeError:
        raise UnreadableAnswer("range_splits_character") from None
