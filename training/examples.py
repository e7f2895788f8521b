"""The record that all stages share: an example of an edit, in sections that they fill one by one.

``spec`` carries the field names of the reference pipeline (see ``ExampleSpec``); a line written by
that pipeline, with the fields of the spec at the top, is read as well. Every value is frozen: a
stage answers a new example. Unknown fields are an error, so that a misspelt one is found.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from prompt_format import PromptInput


class Record(BaseModel):
    """A frozen value of a JSONL line."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class OpenedFile(Record):
    """A file that was opened or looked at; ``cursor_position`` in bytes."""

    path: str
    cursor_position: int | None = None


class Telemetry(Record):
    """Which request an example came from, and what its user did."""

    request_id: str = ""
    device_id: str = ""
    time: str = ""
    rejection_reason: str = ""
    was_shown: bool = False


class HumanFeedback(Record):
    """What a person wrote about a prediction."""

    message: str


class ExampleSpec(Record):
    """What an example is, before any stage has run.

    ``cursor_position`` is an excerpt with the cursor marker in it. ``edit_history`` holds unified
    diffs one after another, a line ``// User accepted prediction:`` before one that the user
    accepted. Each of ``expected_patches`` is one right answer: a unified diff of the cursor file
    with the predicted cursor marked inside an added line. A patch without a hunk says that no edit
    is right; no patch at all says that the right answer is not known yet.
    """

    name: str = ""
    repository_url: str = ""
    revision: str = ""
    tags: tuple[str, ...] = ()
    reasoning: str | None = None
    uncommitted_diff: str = ""
    recently_opened_files: tuple[OpenedFile, ...] = ()
    recently_viewed_files: tuple[OpenedFile, ...] = ()
    uncommitted_diff_contains_edit_history: bool = False
    cursor_path: str = ""
    cursor_position: str = ""
    edit_history: str = ""
    expected_patches: tuple[str, ...] = ()
    rejected_patch: str | None = None
    telemetry: Telemetry | None = None
    human_feedback: tuple[HumanFeedback, ...] = ()
    rating: Literal["positive", "negative"] | None = None


class ActualCursor(Record):
    """Where a prediction leaves the cursor. Rows and columns count from 0; columns are bytes."""

    path: str
    row: int
    column: int
    offset: int
    editable_region_offset: int | None = None


class Prediction(Record):
    """One answer of a teacher or student. ``actual_patch`` is absent where none could be read.

    ``provider`` names who answered (``teacher``, ``repair``, ``student`` …), ``source`` in full:
    model, template and repetition. ``reason`` says why there is no patch, or why it is empty.
    ``answers`` is the index of the prediction that a repair mends.
    """

    provider: str
    actual_patch: str | None = None
    actual_output: str = ""
    actual_cursor: ActualCursor | None = None
    error: str | None = None
    reason: str | None = None
    source: dict[str, str | int | float] = Field(default_factory=dict)
    answers: int | None = None
    num_tokens: int | None = None
    seconds: FiniteFloat | None = None
    cumulative_logprob: float | None = None
    avg_logprob: float | None = None


class Finding(Record):
    """One heuristic that objects to a prediction, with the number that made it."""

    check: str
    value: float
    message: str


class CheckResult(Record):
    """The findings about one prediction; none means that it is good."""

    findings: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.findings


class Adopted(Record):
    """Whose prediction an expected patch is: parallel to ``spec.expected_patches``.

    ``prediction`` is its index when it was adopted; ``num_agreeing`` predictions say the same.
    """

    prediction: int
    provider: str
    model: str = ""
    template: str = ""
    was_repaired: bool = False
    num_agreeing: int = 1


class Score(Record):
    """Metrics of one prediction against its best reference, by name; None where one says nothing.

    ``reference`` is the index of that expected patch. ``reason`` says why there was no patch to
    apply, where the prediction counts as no edit for it.
    """

    metrics: dict[str, FiniteFloat | None] = Field(default_factory=dict)
    reference: int | None = None
    reason: str | None = None


class Settled(Record):
    """Where the code of a region came to rest, and how near samples of the student came.

    ``region_start`` and ``region_end`` are bytes of the excerpt; ``text`` is what it became.
    ``distances`` are normalised Levenshtein distances, 0 to 1, parallel to ``samples``.
    """

    region_start: int
    region_end: int
    text: str
    seconds_to_settle: float | None = None
    distances: tuple[float, ...] = ()
    closest: int | None = None
    zone: Literal["obvious", "middle", "noise"] | None = None


class Sample(Record):
    """One text that the student would put in place of the region."""

    text: str
    error: str | None = None


class Stamp(Record):
    """A stage that a row went through: enough to say how the row came to be."""

    stage: str
    version: int
    parameters: dict[str, Any] = Field(default_factory=dict)
    input_sha256: str = ""
    model: str | None = None
    template: str | None = None


class Example(Record):
    """One line. ``checks`` and ``scores`` run parallel to ``predictions``."""

    spec: ExampleSpec
    prompt_inputs: PromptInput | None = None
    predictions: tuple[Prediction, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    scores: tuple[Score, ...] = ()
    adopted: tuple[Adopted, ...] = ()
    samples: tuple[Sample, ...] = ()
    settled: Settled | None = None
    split: str | None = None
    license: str | None = None
    language: str | None = None
    session: str | None = None
    step: int | None = None
    provenance: tuple[Stamp, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _gather_flat_spec(cls, given: Any) -> Any:
        """A line of the reference pipeline has the fields of the spec at its top."""
        if not isinstance(given, dict) or "spec" in given:
            return given
        spec = {name: given[name] for name in ExampleSpec.model_fields if name in given}
        rest = {name: value for name, value in given.items() if name not in spec}
        return {"spec": spec, **rest}
