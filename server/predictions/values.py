"""The values of one prediction: who asks for what, how far it came, what is answered."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from model import GenerationStats
from prediction import NoEditReason
from prompt_format import Edit, PromptInput, TextRange, find_format
from rollout import Arm, Assignment


class PolicyReason(StrEnum):
    """Why the server gave no edit although nothing is wrong with input, model or output."""

    SUPERSEDED = "superseded"
    """A newer request of the same session took this one's place."""
    DEADLINE_EXCEEDED = "deadline_exceeded"
    """The answer would have come after the client's deadline."""


Reason = NoEditReason | PolicyReason


class Source(StrEnum):
    """Where an answer comes from."""

    MODEL = "model"
    """A generation of its own."""
    TYPED_THROUGH = "typed_through"
    """The rest of the prediction shown before: the user is doing what it says."""
    TYPED_AHEAD = "typed_ahead"
    """The rest of a generation that was under way while the user typed the first part of it."""
    REPEATED = "repeated"
    """The same question was answered just before."""
    SHARED = "shared"
    """A generation that another request had begun."""
    PREFETCHED = "prefetched"
    """It was generated while the user looked at the prediction before it."""
    NOBODY = "nobody"
    """No model was asked, and none had been: there was nothing to ask."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the client says of data collection. Consent on record is checked elsewhere."""

    can_collect_data: bool = False
    in_open_source_repo: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``unit`` is whom an experiment assigns: the user, or the installation that the
    client gives as user. Who names neither is in no experiment: windows come and go, and one
    developer would be in both arms. A server that asks for others names them."""

    user: str = ""
    session: str = ""
    project: str = ""
    """What consent is given for."""
    consent: Consent = field(default_factory=Consent)

    @property
    def unit(self) -> str:
        return self.user

    @property
    def tenant(self) -> str:
        """Whose requests may share what was computed: a user's, else a session's."""
        return f"user {self.user}" if self.user else f"session {self.session}"

    @property
    def session_key(self) -> str:
        """Names one editor window of one user; empty when the client names no session."""
        return f"{self.user}\0{self.session}" if self.session else ""


@dataclass(frozen=True, slots=True)
class Document:
    """The text that a client sent: a file, or its part from ``start_row`` on.

    ``excerpt_start`` is where the prompt input's excerpt begins in it, in bytes. ``version`` is the
    number of the client's last message about edits of the file, if it sends such.
    """

    text: str
    excerpt_start: int = 0
    start_row: int = 0
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a prediction. ``deadline`` is an instant of the monotonic clock.

    ``document`` is there if what becomes of the prediction is to be watched. ``is_expected``: the
    state is the one that the session's prefetched answer is for. ``is_recorded``: somebody asks.
    """

    request_id: str
    prompt_input: PromptInput
    caller: Caller
    deadline: float
    experiment: str | None = None
    prompt_format: str | None = None
    document: Document | None = None
    is_expected: bool = False
    is_recorded: bool = True

    def in_its_format(self, arm: Arm) -> Arm:
        """The arm, in the prompt format that is asked for. Raises ``UnknownPromptFormat``."""
        if self.prompt_format is None:
            return arm
        name = find_format(self.prompt_format).name
        return arm if name == arm.prompt_format else replace(arm, prompt_format=name)


@dataclass(frozen=True, slots=True)
class Region:
    """The part of the excerpt that the model was asked to rewrite, and its text."""

    editable_range: TextRange
    text: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer: an edit, or the reason for none. ``seconds`` holds the time of each stage.

    ``prediction_id`` is what the client may say later what became of it by. ``output`` is the
    model's text before it was read. ``is_fallback``: the arm could not answer, or alone refused to,
    and the engine of ``model_version`` did, as everybody is served; it counts for the arm all the
    same.
    """

    request_id: str
    assignment: Assignment
    model_version: str
    edit: Edit | None
    reason: Reason | None
    region: Region | None
    stats: GenerationStats
    seconds: dict[str, float]
    source: Source
    output: str = ""
    prediction_id: str = ""
    is_fallback: bool = False

    @property
    def result(self) -> str:
        """The word for this outcome in answers, metrics and logs."""
        return str(self.reason) if self.reason else "edit"


class Meter(Protocol):
    """Who counts how arms do. Must not wait, nor raise."""

    def answered(self, assignment: Assignment, unit: str, seconds: float) -> None:
        """A request was answered after ``seconds``."""
        ...

    def failed(self, assignment: Assignment, unit: str) -> None:
        """A request was not answered, through our fault, or too late, or by another arm."""
        ...

    def given_up(self, assignment: Assignment, unit: str, seconds: float) -> None:
        """Nobody waits for it any more, after ``seconds``: the client has left, or asked again."""
        ...


class Follower(Protocol):
    """Who records predictions and watches what becomes of them. Must not wait, nor raise."""

    def asked(self, ask: Ask) -> None:
        """A request has arrived."""
        ...

    def answered(self, ask: Ask, prediction: Prediction) -> str:
        """It is about to be answered. The prediction's id."""
        ...

    def gave_up(self, ask: Ask) -> None:
        """It will not be answered: the client has asked for what cannot be."""
        ...

    def left(self, ask: Ask, assignment: Assignment, model_version: str, seconds: float) -> None:
        """The client has left, after ``seconds``."""
        ...

    def failed(self, ask: Ask, assignment: Assignment, model_version: str, code: str) -> None:
        """It will not be answered, through our fault: ``code`` is that of the error."""
        ...
