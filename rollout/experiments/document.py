"""The document that says which experiments there are: one versioned text, taken or refused whole.

Each treatment says only what it changes of what everybody is served.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from quality import JudgeConfig
from rollout.config import MAX_HOURS, MAX_OUTPUT_TOKENS, MAX_PROMPT_TOKENS
from rollout.errors import InvalidDocument
from rollout.judge.effects import Scale
from rollout.judge.guardrails import DEFAULT_GUARDRAILS, Guardrail
from rollout.judge.judgement import HOUR_SECONDS, Demands
from rollout.judge.metrics import Metric

CONTROL = "control"
HOLDOUT = "holdout"
STABLE = "stable"
MAX_SHOWN = 10_000
"""Of the events or files of one request."""
MAX_USERS = 1_000_000_000
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Share = Annotated[float, Field(gt=0.0, le=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False
    )


class ArmChanges(_Part):
    """What an arm serves differently. Unset: as everybody."""

    release: str | None = Field(default=None, min_length=1, description="By name or path.")
    prompt_format: str | None = None
    max_prompt_tokens: int | None = Field(default=None, ge=64, le=MAX_PROMPT_TOKENS)
    max_output_tokens: int | None = Field(default=None, ge=1, le=MAX_OUTPUT_TOKENS)
    history_events: int | None = Field(
        default=None, ge=0, le=MAX_SHOWN, description="Newest events shown."
    )
    related_files: int | None = Field(
        default=None, ge=0, le=MAX_SHOWN, description="First files shown."
    )
    diagnostics: bool | None = Field(default=None, description="Whether they are shown.")
    typed_line: bool | None = None
    temperature: float | None = Field(default=None, ge=0.0, le=2.0)
    drafts: bool | None = Field(default=None, description="Whether answers are drafted.")
    judge: JudgeConfig | None = Field(default=None, description="What is not shown.")
    snapshot_rate: float | None = Field(default=None, ge=0.0, le=1.0)

    def over(self, below: "ArmChanges") -> "ArmChanges":
        """These changes made on top of others. A release is asked as it was trained, not as the
        one below it was."""
        kept = below.as_fields()
        if self.release is not None:
            kept = {name: value for name, value in kept.items() if name not in OF_RELEASE}
        return ArmChanges(**kept | self.as_fields())

    def as_fields(self) -> dict[str, Any]:
        """Those that are set."""
        return {
            name: value
            for name in type(self).model_fields
            if (value := getattr(self, name)) is not None
        }


OF_RELEASE = frozenset(
    {"prompt_format", "max_prompt_tokens", "max_output_tokens", "temperature", "typed_line"}
)
"""What a release was trained with."""


class Treatment(_Part):
    """An arm that is tried against the control."""

    key: Name
    changes: ArmChanges


class GuardrailSpec(_Part):
    """See ``Guardrail``."""

    metric: Metric
    margin: float = Field(ge=0.0001, lt=1.0)
    scale: Scale = Scale.ABSOLUTE
    required: bool = True


class ExperimentSpec(_Part):
    """One experiment. ``salt`` decides who is in which arm: a new attempt takes a new one."""

    key: Name
    salt: Name
    treatments: tuple[Treatment, ...] = Field(min_length=1, max_length=8)
    layer: Name = "default"
    layer_share: tuple[float, float] = (0.0, 1.0)
    stages: tuple[Share, ...] = (0.15, 0.20, 1.0)
    holdout: float = Field(default=0.0, ge=0.0, le=0.2)
    guardrails: tuple[GuardrailSpec, ...] = tuple(
        GuardrailSpec(metric=e.metric, margin=e.margin, scale=e.scale, required=e.required)
        for e in DEFAULT_GUARDRAILS
    )
    min_users: int = Field(
        default=200, ge=2, le=MAX_USERS, description="In each arm, before it is judged."
    )
    min_stage_hours: float = Field(default=24.0, ge=0.0, le=MAX_HOURS)
    approval: Literal["never", "last", "always"] = Field(
        default="never", description="Which stages a person has to agree to."
    )

    @property
    def demands(self) -> Demands:
        """What the judge asks of it."""
        return Demands(
            guardrails=tuple(
                Guardrail(each.metric, each.margin, each.scale, each.required)
                for each in self.guardrails
            ),
            min_users=self.min_users,
            min_stage_seconds=self.min_stage_hours * HOUR_SECONDS,
            num_treatments=len(self.treatments),
        )

    @property
    def max_measured_share(self) -> float:
        """The largest share that a treatment may have while others have theirs, and the control."""
        return 1.0 / (len(self.treatments) + 1)

    def share_of_users(self, stage: int) -> float:
        """Of all users, the part that each treatment has at a stage. ``stages`` and ``holdout`` are
        parts of the experiment's part of its layer; but what is promoted all users have, without
        the holdout."""
        start, end = self.layer_share
        if stage == len(self.stages) - 1:
            return 1.0 - self.holdout * (end - start)
        return self.stages[stage] * (end - start)

    def treatment(self, key: str) -> Treatment | None:
        return next((each for each in self.treatments if each.key == key), None)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        keys = [each.key for each in self.treatments]
        if len(set(keys)) < len(keys) or {CONTROL, HOLDOUT} & set(keys):
            raise ValueError(f"arms need names of their own; {CONTROL} and {HOLDOUT} are taken")
        if not self.stages or list(self.stages) != sorted(set(self.stages)):
            raise ValueError("stages must grow")
        if self.stages[-1] != 1.0 or len(self.stages) < 2:
            raise ValueError("the last stage is everybody, 1.0, and another one comes before it")
        if self.stages[-2] > self.max_measured_share:
            most = f"{self.max_measured_share:.2f} at most before everybody"
            raise ValueError(f"a stage leaves no room for a control as large: {most}")
        if self.holdout > self.stages[0]:
            raise ValueError("a holdout is a part of the first stage's control: make it smaller")
        start, end = self.layer_share
        if not 0.0 <= start < end <= 1.0:
            raise ValueError("layer_share goes from a number to a larger one, from 0 to 1")
        metrics = [each.metric for each in self.guardrails]
        if not metrics or len(set(metrics)) < len(metrics):
            raise ValueError("each guardrail once, and at least one")
        return self


class Override(_Part):
    """A unit that gets an arm whatever its bucket says, and is not measured."""

    unit: str = Field(min_length=1)
    experiment: Name
    arm: Name


class RolloutDocument(_Part):
    """All experiments. ``version`` is one more each time."""

    version: int = Field(ge=1)
    experiments: tuple[ExperimentSpec, ...] = ()
    overrides: tuple[Override, ...] = ()

    def experiment(self, key: str) -> ExperimentSpec | None:
        return next((each for each in self.experiments if each.key == key), None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for what in ("key", "salt"):
            names = [getattr(each, what) for each in self.experiments]
            if len(set(names)) < len(names):
                raise ValueError(f"two experiments share a {what}")
        if STABLE in (each.key for each in self.experiments):
            raise ValueError(f"{STABLE} is what everybody gets: no name for an experiment")
        for override in self.overrides:
            experiment = self.experiment(override.experiment)
            if experiment is None or not _has_arm(experiment, override.arm):
                raise ValueError("an override names an arm that there is not")
        return self


class _StrictLoader(yaml.SafeLoader):
    """YAML takes the last of two fields of one name without a word; this refuses both."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key in (key for key, _value in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                line = key.start_mark.line + 1
                raise InvalidDocument(f"{key.value} is there twice, again at line {line}")
            seen.add(key.value)
        return node


def read_document(text: str) -> RolloutDocument:
    """From YAML or JSON. Raises ``InvalidDocument``, which names every place that is wrong."""
    try:
        fields = yaml.load(text, _StrictLoader)
    except RecursionError:
        raise InvalidDocument("the document is too deep") from None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        at = f" at line {place.line + 1}" if place else ""
        raise InvalidDocument(f"the document is neither YAML nor JSON{at}") from None
    if not isinstance(fields, Mapping):
        raise InvalidDocument("the document is no mapping of fields")
    return read_fields(fields)


def read_fields(fields: Mapping[str, Any]) -> RolloutDocument:
    """From what was read already. Raises ``InvalidDocument``."""
    try:
        return RolloutDocument.model_validate(fields)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, each['loc'])) or 'document'}: {each['msg']}"
            for each in error.errors()
        )
        raise InvalidDocument("; ".join(problems)) from None


def _has_arm(experiment: ExperimentSpec, arm: str) -> bool:
    return arm == CONTROL or experiment.treatment(arm) is not None
