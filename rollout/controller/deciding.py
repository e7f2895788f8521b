"""What becomes of an experiment after a look: moves that the controller wishes, or why it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollout.desk import Action, Wish
from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress
from rollout.judge.judgement import Decision, Judgement
from rollout.judge.metrics import Metric

ACTOR = "controller"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing moves. ``action`` is ``hold`` or ``needs_approval``."""

    action: str
    reasons: Sequence[str]
    numbers: Mapping[str, Any]


def decide(
    spec: ExperimentSpec,
    progress: Progress,
    judgements: Mapping[str, Judgement],
    look: Mapping[str, Any],
) -> Sequence[Wish] | Waiting:
    """``judgements`` are of each treatment that is left; ``look`` says which look it was.

    What harms goes at once, all of it. The others move together, when all of them may.
    """
    numbers = {**look, **_numbers(judgements)}
    harmed = [key for key, each in judgements.items() if each.decision is Decision.ROLL_BACK]
    if harmed:
        done = {harmed[-1]: look}  # whoever dies before that has not looked: the next leader does
        return [_taking_back(spec, key, judgements[key], done.get(key, {})) for key in harmed]
    waiting = {key: each for key, each in judgements.items() if each.decision is Decision.HOLD}
    if waiting:
        return Waiting("hold", _reasons(spec, waiting), numbers)
    if _needs_approval(spec, progress):
        reasons = ["everything is safe; the next stage waits for somebody to agree to it"]
        return Waiting("needs_approval", reasons, numbers)
    winner = _best(judgements) if _is_last(spec, progress) else None
    reasons = _reasons(spec, judgements)
    return [Wish(Action.PROMOTE, spec.key, ACTOR, reasons, winner, numbers=numbers)]


def _taking_back(
    spec: ExperimentSpec, key: str, judgement: Judgement, look: Mapping[str, Any]
) -> Wish:
    numbers = {**look, **_numbers({key: judgement})}
    return Wish(Action.ROLL_BACK, spec.key, ACTOR, judgement.reasons, key, numbers=numbers)


def _needs_approval(spec: ExperimentSpec, progress: Progress) -> bool:
    is_last = _is_last(spec, progress)
    wanted = spec.approval == "always" or (spec.approval == "last" and is_last)
    return wanted and not progress.has_approval


def _is_last(spec: ExperimentSpec, progress: Progress) -> bool:
    """Whether the next stage is everybody."""
    return progress.stage + 2 >= len(spec.stages)


def _best(judgements: Mapping[str, Judgement]) -> str:
    """The treatment of which most is kept; where that is not judged, the first."""

    def gain(key: str) -> float:
        found = [
            each.gain
            for each in judgements[key].findings
            if each.guardrail.metric is Metric.KEPT_RATE
        ]
        return found[0] if found else 0.0

    return max(judgements, key=gain)


def _reasons(spec: ExperimentSpec, judgements: Mapping[str, Judgement]) -> list[str]:
    """Of each treatment, which is named where there are several."""
    return [
        f"{key}: {reason}" if len(spec.treatments) > 1 else reason
        for key, judgement in judgements.items()
        for reason in judgement.reasons
    ]


def _numbers(judgements: Mapping[str, Judgement]) -> Mapping[str, Any]:
    """What the decision rests on, for the record."""
    treatments = {
        key: {
            str(each.guardrail.metric): {
                "standing": str(each.standing),
                "control": each.effect and each.effect.control,
                "treatment": each.effect and each.effect.treatment,
                "gain": each.gain,
                "lower": each.lower,
                "upper": each.upper,
                "missing_users": each.missing_users,
            }
            for each in judgement.findings
        }
        for key, judgement in judgements.items()
    }
    return {"treatments": treatments}
