"""What is counted and logged of predictions, in one place. Nothing of it holds user code."""

import structlog

from model import Phase
from rollout import Assignment
from server.metrics import Metrics
from server.predictions.values import Meter, PolicyReason, Prediction
from server.sessions import CancelCause

NOT_READY = "not_ready"
"""Why another one answers: the arm's own engine is not there. If that fails, the error's code."""
REFUSED = "refused"
"""Why another one answers: the arm alone does not take what it is asked."""

log = structlog.get_logger("foretype.predictions")


class Accounts:
    """Each request ends in ``made``, ``failed`` or ``left``, or is the client's own fault."""

    def __init__(self, metrics: Metrics, meter: Meter) -> None:
        self._metrics = metrics
        self._meter = meter

    def made(self, prediction: Prediction, unit: str, phase: Phase) -> None:
        """It is answered; ``phase`` is how far the model was."""
        seconds = prediction.seconds["total"]
        arm = prediction.assignment.arm.key
        if prediction.reason is PolicyReason.SUPERSEDED:
            self._metrics.cancellations.labels(CancelCause.SUPERSEDED, phase).inc()
            self._meter.given_up(prediction.assignment, unit, seconds)
        elif prediction.is_fallback or prediction.reason is PolicyReason.DEADLINE_EXCEEDED:
            self._meter.failed(prediction.assignment, unit)
        else:
            self._meter.answered(prediction.assignment, unit, seconds)
        self._metrics.predictions.labels(arm, prediction.result).inc()
        self._metrics.answers.labels(arm, prediction.source).inc()
        self._metrics.observe_stages(prediction.seconds)
        self._metrics.observe_generation(arm, prediction.stats)
        log.info(
            "prediction",
            request_id=prediction.request_id,
            arm=arm,
            model=prediction.model_version,
            result=prediction.result,
            source=prediction.source,
            is_fallback=prediction.is_fallback,
            prompt_tokens=prediction.stats.num_prompt_tokens,
            cached_tokens=prediction.stats.num_cached_tokens,
            generated_tokens=prediction.stats.num_generated_tokens,
            **{f"{stage}_ms": round(s * 1000, 2) for stage, s in prediction.seconds.items()},
        )

    def made_ahead(self, prediction: Prediction) -> None:
        """Nobody has asked for it yet."""
        arm = prediction.assignment.arm.key
        self._metrics.prefetches.labels(arm).inc()
        self._metrics.observe_generation(arm, prediction.stats)

    def fell_back(self, assignment: Assignment, cause: str) -> None:
        """The arm could not answer, or refused to, and another one is asked."""
        labels = (assignment.experiment, assignment.arm.key, cause)
        self._metrics.fallbacks.labels(*labels).inc()

    def failed(self, assignment: Assignment, unit: str) -> None:
        """It will not be answered, through our fault."""
        self._meter.failed(assignment, unit)

    def left(self, assignment: Assignment, unit: str, phase: Phase, seconds: float) -> None:
        """The client has, after ``seconds``."""
        self._meter.given_up(assignment, unit, seconds)
        self._metrics.cancellations.labels(CancelCause.DISCONNECTED, phase).inc()
