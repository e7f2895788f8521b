"""The records of the event log. Versioned; a reader keeps fields that it does not know.

Fields are only ever added, with a default, so that every version reads every other. ``user`` and
``session`` are opaque ids. What may hold code, paths or names stands in ``Snapshot`` and in
``SettledRecord.text``, nowhere else, and is absent without consent.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from eventlog.consent import ConsentSnapshot
from prompt_format import PromptInput, TextRange

SCHEMA_VERSION = 1
ANY_PROJECT = "*"

Ulid = Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]


class _Record(BaseModel):
    """``event_id`` names the event for ever: one that comes twice is the same event."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1)
    event_id: Ulid
    time: AwareDatetime
    user: str = Field(min_length=1)


class Snapshot(BaseModel):
    """Everything present at a prediction, and what came of it; redacted before it is written.

    ``editable_range`` is the region, in bytes of the excerpt, of the format that really was used.
    ``new_text`` replaces it, the predicted cursor at byte ``cursor_offset`` of it; both are absent
    where no edit could be read. ``output`` is the model's text before parsing.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    prompt_input: PromptInput
    editable_range: TextRange | None = None
    output: str = ""
    new_text: str | None = None
    cursor_offset: int | None = None


class PredictionRecord(_Record):
    """One answer of the server. ``project`` is what consent is given for.

    ``failed``: there was none, and ``reason`` is the error's code; ``client_gone``: nobody waited
    for it. ``reversal_ratio`` is the share
    of the edit that undoes what the user just did.
    """

    kind: Literal["prediction"] = "prediction"
    prediction_id: str = Field(min_length=1)
    session: str = ""
    project: str = ""
    experiment: str = ""
    arm: str = ""
    prompt_format: str = ""
    model_version: str = ""
    config_version: str = ""
    source: str = Field(default="", description="Where the answer came from: model, repeated, …")
    reason: str | None = Field(default=None, description="Why no edit was shown; None: one was.")
    failed: bool = False
    is_fallback: bool = Field(default=False, description="The stable arm answered in its place.")
    reversal_ratio: float | None = None
    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_generated_tokens: int = 0
    num_draft_tokens: int = 0
    num_accepted_tokens: int = 0
    seconds: dict[str, float] = Field(default_factory=dict, description="Of each stage, and total.")
    sampling_rate: float = Field(default=1.0, description="Share of snapshots kept in this arm.")
    consent: ConsentSnapshot = ConsentSnapshot()
    snapshot: Snapshot | None = None


class ExposureRecord(_Record):
    """A user was served by an arm of an experiment, or would have been but for a failure.

    The first one says from when on all that the user does counts for the arm; more may come.
    ``salt`` tells an experiment's attempts apart.
    """

    kind: Literal["exposure"] = "exposure"
    experiment: str = Field(min_length=1)
    salt: str = Field(min_length=1)
    arm: str = Field(min_length=1)


class _Attributed(_Record):
    """What followed a prediction, with whom it is to be credited to."""

    prediction_id: str = Field(min_length=1)
    experiment: str = ""
    arm: str = ""
    prompt_format: str = ""
    model_version: str = ""
    config_version: str = ""


class OutcomeRecord(_Attributed):
    """What the user did with a prediction. Several may come: shown, then accepted, then rated."""

    kind: Literal["outcome"] = "outcome"
    outcome: Literal[
        "shown", "accepted", "partially_accepted", "rejected", "replaced", "discarded", "rated"
    ]
    reject_reason: str | None = Field(default=None, description="A word of the client's protocol.")
    was_shown: bool | None = None
    num_accepted_chars: int | None = None
    rating: Literal["positive", "negative"] | None = None
    e2e_seconds: float | None = None


class EditCounts(BaseModel):
    """Kept rate and its parts, in UTF-8 bytes: predicted against settled, from the old text."""

    model_config = ConfigDict(frozen=True, extra="allow")

    candidate_new_bytes: int = 0
    reference_new_bytes: int = 0
    candidate_deleted_bytes: int = 0
    reference_deleted_bytes: int = 0
    kept_bytes: int = 0
    correctly_deleted_bytes: int = 0
    discarded_bytes: int = 0
    context_bytes: int = 0
    kept_rate: float | None = None
    recall_rate: float | None = None


class SettledRecord(_Attributed):
    """Where a predicted region came to rest.

    ``editable_range``, in bytes of the prediction's excerpt, is the tracked region where that is
    not the one of the prediction. ``text`` is what it became.
    """

    kind: Literal["settled"] = "settled"
    source: Literal["client", "server"]
    seconds_to_settle: float | None = None
    num_syntax_errors_before: int | None = None
    num_syntax_errors_after: int | None = None
    counts: EditCounts = EditCounts()
    consent: ConsentSnapshot = ConsentSnapshot()
    editable_range: TextRange | None = None
    text: str | None = None


class ConsentRecord(_Record):
    """A user allowed, or no longer allows, to learn from a project's code."""

    kind: Literal["consent"] = "consent"
    action: Literal["grant", "revoke"]
    project: str = Field(default=ANY_PROJECT, description="*: all of the user's projects.")
    policy_version: str = ""
    source: str = ""
    license: str | None = Field(default=None, description="SPDX id read from the licence's text.")


class DeletionRecord(_Record):
    """All data of the user up to ``time``, of one project or of all, must be forgotten."""

    kind: Literal["deletion"] = "deletion"
    project: str = ANY_PROJECT


Record = (
    PredictionRecord
    | ExposureRecord
    | OutcomeRecord
    | SettledRecord
    | ConsentRecord
    | DeletionRecord
)

KINDS = frozenset({"prediction", "exposure", "outcome", "settled", "consent", "deletion"})

_ADAPTER: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def parse_record(fields: Mapping[str, Any]) -> Record:
    """The record of a line. Raises ``ValueError`` for an unknown kind or a wrong field."""
    return _ADAPTER.validate_python(fields)
