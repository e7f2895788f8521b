"""The loop that decides. Whoever holds the lease looks; what it decides of a state is made of that
state or not at all, so that a leader that was asleep can do no harm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from rollout.controller.breaker import Limits, trouble
from rollout.controller.schedule import LOOK, SALT, Schedule
from rollout.desk import Action, RolloutDesk, Wish
from rollout.errors import RefusedChange, RolloutError, StaleRevision, StoreUnavailable
from rollout.experiments.document import CONTROL, HOLDOUT, ExperimentSpec
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.health.counts import ArmName, Counts, HealthTable
from rollout.judge.judgement import Decision, Evidence, Judgement, judge
from rollout.judge.metrics import Metric
from rollout.store.base import AuditEntry, RolloutStore

ACTOR = "controller"
LEASE_SECONDS = 60.0
"""Longer than it takes to read a log of some millions of records."""
HISTORY_LINES = 500

Measure = Callable[[ExperimentSpec, Progress, datetime], Mapping[str, Evidence]]
"""What there is on each treatment, by its key. Raises ``EvidenceMissing``."""

log = structlog.get_logger("foretype.rollout")


class EvidenceMissing(RolloutError):
    """The log cannot be read at present. The message says why."""

    code = "evidence_missing"


class Controller:
    """``step`` is to be called every few seconds, by every process; one of them leads."""

    def __init__(
        self,
        store: RolloutStore,
        desk: RolloutDesk,
        measure: Measure,
        health: HealthTable,
        holder: str,
        look_seconds: float,
        limits: Limits | None = None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store = store
        self._desk = desk
        self._measure = measure
        self._health = health
        self._holder = holder
        self._schedule = Schedule(look_seconds)
        self._limits = limits or Limits()
        self._lease_seconds = lease_seconds
        self._missed: set[tuple[str, int]] = set()
        self._leads = False

    def step(self, now: datetime | None = None) -> None:
        """Look at whatever is due, if this is the leader. Raises ``StoreUnavailable``."""
        now = now or datetime.now(UTC)
        leads = self._store.lead(self._holder, self._lease_seconds)
        if leads and not self._leads:
            self._schedule.recall(self._store.history(HISTORY_LINES))
        self._leads = leads
        if not leads:
            return
        state = self._store.load()
        last = state.promoted_last()
        if last is not None:
            self._guarded(self._watch, *last, now)
        for attend in (self._break, self._look):  # what is broken waits for nobody's look
            for spec, progress in state.live():
                self._guarded(attend, spec, progress, now)

    def stop(self) -> None:
        """Let others lead."""
        if self._leads:
            self._store.resign(self._holder)
            self._leads = False

    def _guarded(
        self,
        attend: Callable[[RolloutState, ExperimentSpec, Progress, datetime], None],
        spec: ExperimentSpec,
        progress: Progress,
        now: datetime,
    ) -> None:
        """One experiment that fails must not keep the others. Raises ``StoreUnavailable``."""
        try:
            state = self._store.load()
            if (state.spec(spec.key), state.of(spec.key)) == (spec, progress):
                attend(state, spec, progress, now)
        except StoreUnavailable:
            raise
        except (StaleRevision, RefusedChange):
            return  # somebody else has changed it: the next step looks at what it is then
        except Exception as error:
            log.error("rollout look", experiment=spec.key, exception=type(error).__qualname__)

    def _look(
        self, state: RolloutState, spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> None:
        look = self._schedule.due(spec, progress, now)
        if look is None or progress.status is not Status.RUNNING:
            return
        try:
            evidence = self._measure(spec, progress, now)
        except EvidenceMissing as error:
            self._schedule.put_off(spec.salt, now)
            self._miss(state, spec, look, str(error))
            return
        judgements = {key: judge(evidence[key], spec.demands) for key in progress.left(spec)}
        self._decide(state, spec, progress, look, judgements)
        self._schedule.took(spec.salt, look)

    def _break(
        self, state: RolloutState, spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> None:
        """Take back what is plainly broken."""
        counts = self._counts(now)
        control = counts.get((spec.salt, CONTROL), Counts())
        for key in progress.left(spec):
            reason = trouble(counts.get((spec.salt, key), Counts()), control, self._limits)
            if reason is not None:
                wish = Wish(Action.ROLL_BACK, spec.key, ACTOR, [reason], key)
                state = self._carry_out(state, wish)

    def _watch(
        self, state: RolloutState, spec: ExperimentSpec, progress: Progress, now: datetime
    ) -> None:
        """The same of what everybody has, as long as a holdout tells whose fault it is.

        Before the promotion the control's counts were those of the experiment's control.
        """
        counts = self._counts(now, progress.since)
        held = counts.get((spec.salt, HOLDOUT), Counts())
        everybody = counts.get((spec.salt, CONTROL), Counts())
        reason = trouble(everybody, held, self._limits)
        if reason is not None and held.users >= self._limits.min_control:
            self._carry_out(state, Wish(Action.ROLL_BACK, spec.key, ACTOR, [reason]))

    def _counts(self, now: datetime, after: datetime | None = None) -> Mapping[ArmName, Counts]:
        """Of the latest minutes that are over, and that began after an instant."""
        first = int(now.timestamp() // 60) - self._limits.minutes
        if after is not None:
            first = max(first, int(after.timestamp() // 60) + 1)
        return self._health.since(first)

    def _decide(
        self,
        state: RolloutState,
        spec: ExperimentSpec,
        progress: Progress,
        look: int,
        judgements: Mapping[str, Judgement],
    ) -> None:
        harmed = [k for k, each in judgements.items() if each.decision is Decision.ROLL_BACK]
        for key in harmed:
            numbers = _numbers(spec, look, {key: judgements[key]})
            reasons = judgements[key].reasons
            wish = Wish(Action.ROLL_BACK, spec.key, ACTOR, reasons, key, numbers)
            state = self._carry_out(state, wish)
        if harmed:
            return
        numbers = _numbers(spec, look, judgements)
        waiting = [each for each in judgements.values() if each.decision is Decision.HOLD]
        if waiting:
            reasons = [reason for each in waiting for reason in each.reasons]
            self._note(state, spec, "hold", reasons, numbers)
            return
        if _needs_approval(spec, progress):
            reasons = ["everything is safe; the next stage waits for somebody to agree to it"]
            self._note(state, spec, "needs_approval", reasons, numbers)
            return
        reasons = [reason for each in judgements.values() for reason in each.reasons]
        wish = Wish(Action.PROMOTE, spec.key, ACTOR, reasons, None, numbers)
        if _is_last(spec, progress):
            wish = replace(wish, treatment=_best(judgements))
        self._carry_out(state, wish)

    def _miss(self, state: RolloutState, spec: ExperimentSpec, look: int, reason: str) -> None:
        """The next step tries again; the record says it once."""
        if (spec.salt, look) not in self._missed:
            self._missed.add((spec.salt, look))
            numbers = {"missed": look, SALT: spec.salt}
            self._note(state, spec, "hold", [reason], numbers)

    def _carry_out(self, state: RolloutState, wish: Wish) -> RolloutState:
        changed = self._desk.carry_out_at(state, wish)
        log.info(
            "rollout moved",
            experiment=wish.experiment,
            action=wish.action,
            treatment=wish.treatment,
            reasons=list(wish.reasons),
            revision=changed.revision,
        )
        return changed

    def _note(
        self,
        state: RolloutState,
        spec: ExperimentSpec,
        action: str,
        reasons: Sequence[str],
        numbers: Mapping[str, Any],
    ) -> None:
        self._store.note(
            AuditEntry(
                time=datetime.now(UTC),
                actor=ACTOR,
                action=action,
                experiment=spec.key,
                reasons=tuple(reasons),
                numbers=numbers,
                revision=state.revision,
            )
        )


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


def _numbers(
    spec: ExperimentSpec, look: int, judgements: Mapping[str, Judgement]
) -> Mapping[str, Any]:
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
    return {LOOK: look, SALT: spec.salt, "treatments": treatments}
