"""Experiments and their arms: everything that may differ between two users' predictions."""

from dataclasses import asdict, dataclass

from rollout.config import RolloutConfig

CONTROL = "control"


@dataclass(frozen=True, slots=True)
class ArmDefaults:
    """How a model is asked unless settings say otherwise; these fit a bare base model on a CPU."""

    prompt_format: str = "completion"
    max_prompt_tokens: int = 1024
    max_output_tokens: int = 48
    temperature: float = 0.0
    typed_line: bool = True
    snapshot_rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant of the service: which prompt, how long, how sampled.

    ``typed_line``: see ``Observation``. ``snapshot_rate`` is the share of predictions that are
    recorded with their text, where that is allowed.
    """

    key: str
    prompt_format: str
    max_prompt_tokens: int
    max_output_tokens: int
    temperature: float
    typed_line: bool
    snapshot_rate: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named set of arms, the first of which is the control."""

    key: str
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The arm that a unit (a user, else an installation) was given in an experiment."""

    experiment: str
    arm: Arm


def stable_experiment(config: RolloutConfig, defaults: ArmDefaults | None = None) -> Experiment:
    """What everybody gets who is in no experiment: one arm, the control.

    ``defaults`` fill what ``config`` leaves unset.
    """
    values = asdict(defaults or ArmDefaults()) | config.model_dump(exclude_none=True)
    return Experiment(key="stable", arms=(Arm(key=CONTROL, **values),))
