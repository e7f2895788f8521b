"""Arms: everything that may differ between two users' predictions."""

from dataclasses import asdict, dataclass, replace

from quality import JudgeConfig
from rollout.config import RolloutConfig
from rollout.experiments.document import CONTROL, STABLE, ArmChanges


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
    """One variant of the service: which model, which prompt, how long, how sampled, what is shown.

    ``release`` is empty for the model that the server was started with. ``history_events``,
    ``related_files``, ``diagnostics`` and ``typed_line``: see ``Observation``. ``judge`` says what
    is not shown to users; None: as the settings have it. ``snapshot_rate`` is the share of
    predictions that are recorded with their text, where that is allowed.
    """

    key: str
    prompt_format: str
    max_prompt_tokens: int
    max_output_tokens: int
    temperature: float
    typed_line: bool
    snapshot_rate: float
    release: str = ""
    history_events: int | None = None
    related_files: int | None = None
    diagnostics: bool = True
    drafts: bool = True
    judge: JudgeConfig | None = None

    def changed(self, key: str, changes: ArmChanges) -> "Arm":
        """The arm that serves differently what ``changes`` says, and all else as this one."""
        return replace(self, key=key, **changes.as_fields())


@dataclass(frozen=True, slots=True)
class Assignment:
    """The arm that a unit (a user, else an installation) was given in an experiment.

    ``is_measured``: the unit's place put it there, so that what it does is evidence; ``salt`` is
    that of the attempt. What everybody is served has the salt of the promotion that made it so.
    """

    experiment: str
    arm: Arm
    is_measured: bool = False
    salt: str = ""


def stable_arm(config: RolloutConfig, defaults: ArmDefaults | None = None) -> Arm:
    """What everybody gets who is in no experiment, before anything was promoted.

    ``defaults`` fill what ``config`` leaves unset.
    """
    values = asdict(defaults or ArmDefaults()) | config.model_dump(exclude_none=True)
    return Arm(key=CONTROL, **values)


__all__ = ["CONTROL", "STABLE", "Arm", "ArmDefaults", "Assignment", "stable_arm"]
