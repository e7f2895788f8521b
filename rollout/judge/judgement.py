"""One look at an experiment: promote, hold or roll back, with the numbers and the reason in words.

A pure function of what was measured. It moves nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rollout.judge.guardrails import Alphas, Bound, Finding, Guardrail, Standing, look
from rollout.judge.metrics import ArmMoments
from rollout.judge.moments import Moments
from rollout.judge.sample_ratio import is_mismatch
from rollout.judge.sequences import half_width
from rollout.judge.words import describe

HOUR_SECONDS = 3600.0
SILENT_SECONDS = 24 * HOUR_SECONDS
MAX_ELSEWHERE = 0.05
"""Share of their requests that other arms than the users' may be asked for. More of it hides harm:
of what is worse by five points somebody with a tenth of it sees half a point."""
EARLY = 0.02
"""Of a stage's least time. A look that reads for long starts the stage late, and the next one would
be too early by that."""
HEARD_HOURS, HEARD = 4.0, 0.5
"""Hours of a stage, or part of its least time if that is less, of which predictions must be on
record. Nights and weekends are silent; but a stage that nobody was seen at has shown nothing."""


class Decision(StrEnum):
    """What is to become of an experiment's stage."""

    PROMOTE = "promote"
    HOLD = "hold"
    ROLL_BACK = "rollback"


@dataclass(frozen=True, slots=True)
class Demands:
    """What an experiment has to show before it may move on.

    ``min_users`` in each arm, before any guardrail is asked; ``min_stage_seconds`` at a stage.
    ``num_treatments`` share the chance of a false alarm.
    """

    guardrails: Sequence[Guardrail]
    min_users: int = 200
    min_stage_seconds: float = 24 * HOUR_SECONDS
    alphas: Alphas = field(default_factory=Alphas)
    num_treatments: int = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of a treatment and its control, of matured events only.

    ``num_users`` were exposed (control, treatment), ``num_in_several`` of them to both, which
    cannot be. ``elsewhere`` is the part of a user's requests that other arms were asked for. The
    stage has lasted for ``stage_seconds``, in ``hours_heard`` of them users made predictions;
    anything was heard last ``silent_seconds`` ago.
    """

    control: ArmMoments
    treatment: ArmMoments
    num_users: tuple[int, int]
    stage_seconds: float
    silent_seconds: float = 0.0
    num_in_several: int = 0
    elsewhere: tuple[float, float] = (0.0, 0.0)
    hours_heard: float = math.inf


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision, why, and what it rests on."""

    decision: Decision
    reasons: Sequence[str]
    findings: Sequence[Finding] = ()

    @property
    def missing_users(self) -> int | None:
        """In each arm, until all that has to be safe would be; None if no number would do."""
        missing = [each.missing_users for each in self.findings if each.guardrail.required]
        known = [number for number in missing if number is not None]
        return max(known, default=None) if len(known) == len(missing) else None


def judge(evidence: Evidence, demands: Demands, bound: Bound = half_width) -> Judgement:
    """The decision for one treatment. ``bound`` is how sure an estimate is taken to be."""
    findings = [_find(guardrail, evidence, demands, bound) for guardrail in demands.guardrails]
    doubts = _doubts(evidence, demands)
    if doubts:
        return Judgement(Decision.HOLD, doubts, findings)
    harmed = [each for each in findings if each.is_harmed]
    if harmed:
        return Judgement(Decision.ROLL_BACK, [describe(each) for each in harmed], findings)
    waits = [
        describe(each)
        for each in findings
        if each.guardrail.required and each.standing is not Standing.SAFE
    ]
    waits += _needs(evidence, demands)
    if waits:
        return Judgement(Decision.HOLD, waits, findings)
    return Judgement(Decision.PROMOTE, [describe(each) for each in findings], findings)


def _find(guardrail: Guardrail, evidence: Evidence, demands: Demands, bound: Bound) -> Finding:
    return look(
        guardrail,
        evidence.control.get(guardrail.metric, Moments.none()),
        evidence.treatment.get(guardrail.metric, Moments.none()),
        demands.alphas,
        len(demands.guardrails) * demands.num_treatments,
        bound,
    )


def _needs(evidence: Evidence, demands: Demands) -> list[str]:
    """What is missing besides numbers; harm would show all the same."""
    needs = []
    missing = (1 - EARLY) * demands.min_stage_seconds - evidence.stage_seconds
    if missing > 0:
        needs.append(f"the stage lasts for another {missing / HOUR_SECONDS:.1f} hours at least")
    wanted = min(HEARD_HOURS, HEARD * demands.min_stage_seconds / HOUR_SECONDS)
    if evidence.hours_heard < wanted:
        needs.append(
            f"users were seen in {evidence.hours_heard:.0f} hours of the stage,"
            f" {wanted:.1f} are needed"
        )
    for arm, share in zip(("control", "treatment"), evidence.elsewhere, strict=True):
        if share > MAX_ELSEWHERE:
            needs.append(
                f"another arm was asked for {share:.0%} of what users of the {arm} wanted: servers"
                " do not have this one, or users name others"
            )
    return needs


def _doubts(evidence: Evidence, demands: Demands) -> list[str]:
    """Why the numbers cannot be believed yet, or at all."""
    doubts = []
    control, treatment = evidence.num_users
    if is_mismatch((control, treatment), (0.5, 0.5)):
        doubts.append(
            f"{treatment:,} users in the treatment and {control:,} in the control cannot be chance:"
            " something tells the arms apart before they are counted"
        )
    if evidence.num_in_several:
        doubts.append(f"{evidence.num_in_several:,} users were in more than one arm")
    if evidence.silent_seconds > SILENT_SECONDS:
        hours = evidence.silent_seconds / HOUR_SECONDS
        doubts.append(f"nobody was served for {hours:.0f} hours")
    missing = demands.min_users - min(control, treatment)
    if missing > 0:
        doubts.append(f"{missing:,} more users are needed in an arm before anything is judged")
    return doubts
