"""``POST /v1/predict``: what an editor sends, and what it gets back.

Only ``path``, ``text`` and ``cursor`` are required. Offsets and columns count the declared
``unit``; rows are rows of the file. Fields are only ever added, with defaults; unknown ones are
ignored.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from server.source_text import Unit
from server.wire.shapes import Request

MAX_SYNTAX_RANGES = 128
MAX_EVENTS = 64
MAX_RELATED_FILES = 256
MAX_DIAGNOSTICS = 128


def _whole_characters(text: str) -> str:
    """Half a surrogate pair is valid JSON, but no text."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair") from None
    return text


Text = Annotated[str, AfterValidator(_whole_characters)]
Path = Annotated[Text, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00\r\n]+$")]
Id = Annotated[Text, StringConstraints(max_length=256)]


class PredictTrigger(StrEnum):
    """Why the editor asked."""

    BUFFER_EDIT = "buffer_edit"
    CURSOR_MOVED = "cursor_moved"
    EXPLICIT = "explicit"
    LSP_COMPLETION_ACCEPTED = "lsp_completion_accepted"
    PREDICTION_ACCEPTED = "prediction_accepted"
    PREDICTION_PARTIALLY_ACCEPTED = "prediction_partially_accepted"
    DIAGNOSTICS = "diagnostics"
    OTHER = "other"


class RowColumn(Request):
    """A place by row of the file (from 0) and column in the declared unit."""

    row: int = Field(ge=0)
    column: int = Field(ge=0)


Place = Annotated[int, Field(ge=0)] | RowColumn


class PlaceRange(Request):
    """From one place up to another, which is not part of it."""

    start: Place
    end: Place


class RecentEdit(Request):
    """One recent change as a unified diff; ``predicted`` if it came from an accepted prediction."""

    path: Path
    old_path: Path | None = None
    diff: Text
    predicted: bool = False


class RelatedRows(Request):
    """Whole rows of a related file; ``order`` 0 is the most relevant."""

    start_row: int = Field(ge=0)
    text: Text
    order: int = Field(default=0, ge=0)


class RelatedFileRows(Request):
    """Definitions and types from elsewhere that help at the cursor."""

    path: Path
    excerpts: list[RelatedRows]
    max_row: int | None = Field(default=None, ge=0, description="Row index of the file's last row.")


class DiagnosticAt(Request):
    """A diagnostic of the open file. Severity: 1 error, 2 warning, 3 information, 4 hint."""

    message: Text
    range: PlaceRange
    severity: int | None = Field(default=None, ge=1, le=4)


class PredictRequest(Request):
    """The context that an editor has at hand at a keystroke."""

    path: Path = Field(description="Path of the open file, from the project's root.")
    text: Text = Field(description="The whole file, or the part that starts at excerpt_start_row.")
    cursor: Place = Field(description="Offset into text in units, or row and column.")
    unit: Unit = Field(default=Unit.UTF_8, description="What offsets and columns count.")
    excerpt_start_row: int = Field(
        default=0, ge=0, description="Row of the file where text starts."
    )
    language: Id | None = None
    events: list[RecentEdit] = Field(
        default=[], max_length=MAX_EVENTS, description="Recent edits, oldest first."
    )
    related_files: list[RelatedFileRows] = Field(default=[], max_length=MAX_RELATED_FILES)
    diagnostics: list[DiagnosticAt] = Field(default=[], max_length=MAX_DIAGNOSTICS)
    syntax_ranges: list[PlaceRange] | None = Field(
        default=None,
        max_length=MAX_SYNTAX_RANGES,
        description="Syntax nodes around the cursor, innermost first.",
    )
    can_collect_data: bool = Field(default=False, description="The user agrees to data collection.")
    in_open_source_repo: bool = False
    repo_url: Annotated[Text, StringConstraints(max_length=2048)] | None = None
    project: Annotated[Text, StringConstraints(max_length=2048)] | None = Field(
        default=None, description="What consent was given for; by default the repo_url."
    )
    session: Id = Field(default="", description="One editor window; its newest request wins.")
    user: Id = Field(default="", description="Stable account or installation id.")
    trigger: PredictTrigger = PredictTrigger.OTHER
    version: int | None = Field(
        default=None,
        ge=0,
        description="Number of the last /v1/edits message about this file, from clients that send"
        " them.",
    )
    reports_settled: bool = Field(
        default=False,
        description="The client watches what becomes of the prediction itself, see /v1/settled.",
    )
    deadline_ms: int | None = Field(
        default=None, ge=1, le=60_000, description="After this an answer is of no use."
    )
    experiment: Id | None = Field(default=None, description="Prefer this running experiment.")
    prompt_format: Id | None = Field(default=None, description="Use this format, not the arm's.")


class Position(BaseModel):
    """One place in both notations, in the client's unit."""

    offset: int
    row: int
    column: int


class PositionRange(BaseModel):
    start: Position
    end: Position


class TextEditOut(BaseModel):
    """Replace ``range`` of the text that was sent by ``new_text``."""

    range: PositionRange
    new_text: str


class Timing(BaseModel):
    """Where the time went, in milliseconds."""

    type_through_ms: float = 0.0
    render_ms: float = 0.0
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    parse_ms: float = 0.0
    judge_ms: float = 0.0
    total_ms: float = 0.0


class Usage(BaseModel):
    """What the model did for this answer, in tokens."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    draft_tokens: int = 0
    accepted_draft_tokens: int = 0


class PredictResponse(BaseModel):
    """A prediction, or the reason why there is none.

    ``edits`` are minimal, ascending and do not overlap; all refer to the text that was sent.
    ``output`` replaces ``editable_range`` as a whole: the same prediction for clients that diff
    themselves; it is the unchanged text when there is nothing to show.
    """

    request_id: str
    prediction_id: str = Field(description="Names the prediction in /v1/outcomes and /v1/settled.")
    edits: list[TextEditOut]
    reason: str | None = Field(description="Why there are no edits; null when there are.")
    output: str | None
    editable_range: PositionRange | None
    cursor: Position | None = Field(description="Predicted cursor, in the text after the edits.")
    model_version: str
    experiment: str
    arm: str
    source: str = Field(
        description="model, or what spared it the work: typed_through, typed_ahead,"
        " repeated, shared, prefetched, nobody."
    )
    timing: Timing
    usage: Usage
