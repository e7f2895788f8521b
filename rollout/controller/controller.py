"""The loop that decides. Whoever holds the lease looks; what it decides of a state is made of that
state or not at all, so that a leader that was asleep can do no harm."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog

from rollout.controller.breaker import Limits, trouble
from rollout.controller.deciding import ACTOR, Waiting, decide
from rollout.controller.metrics import ControllerMetrics
from rollout.controller.schedule import Schedule
from rollout.desk import Action, RolloutDesk, Wish
from rollout.errors import RefusedChange, RolloutError, StaleRevision, StoreUnavailable
from rollout.experiments.document import CONTROL, HOLDOUT, ExperimentSpec
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.health.counts import ArmName, Counts, HealthTable
from rollout.judge.judgement import Evidence, judge
from rollout.store.base import AuditEntry, RolloutStore

LEASE_SECONDS = 10.0
"""So long nobody leads after a leader was killed. It is asked for anew every few seconds."""
HISTORY_LINES = 500

Measure = Callable[[ExperimentSpec, Progress, datetime], Mapping[str, Evidence]]
"""What there is on each treatment, by its key. Raises ``EvidenceMissing``."""

log = structlog.get_logger("foretype.rollout")


class EvidenceMissing(RolloutError):
    """The log cannot be read at present. The message says why."""

    code = "evidence_missing"


class Controller:
    """Every process calls ``guard`` and ``look`` every few seconds; one of them leads.

    Each on a thread of its own: a look may read for minutes, and what is broken waits for none.
    """

    def __init__(
        self,
        store: RolloutStore,
        desk: RolloutDesk,
        measure: Measure,
        health: HealthTable,
        metrics: ControllerMetrics,
        holder: str,
        look_seconds: float,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._desk = desk
        self._measure = measure
        self._health = health
        self._metrics = metrics
        self._holder = holder
        self._schedule = Schedule(look_seconds)
        self._limits = limits or Limits()
        self._noted: dict[str, str] = {}
        """The latest note of each attempt."""
        self._leads = False
        self._is_over = False

    def guard(self, now: datetime | None = None) -> None:
        """Lead if nobody else does, and take back what is broken. Raises ``RolloutError``."""
        now = now or datetime.now(UTC)
        leads = not self._is_over and self._store.lead(self._holder, LEASE_SECONDS)
        if leads and self._is_over:  # it was stopped meanwhile
            self._store.resign(self._holder)
            leads = False
        if leads and not self._leads:
            self._schedule.recall(self._store.history(HISTORY_LINES))
        self._leads = leads
        state = self._store.load()
        looked: dict[str, datetime] = {}
        if leads:
            last = state.promoted_last()
            if last is not None:
                self._metrics.watches(last[0].key)
                self._guarded(self._watch, *last, now)
            for spec, progress in state.live():
                self._metrics.watches(spec.key)
                self._guarded(self._break, spec, progress, now)
                if progress.status is Status.RUNNING:
                    looked[spec.key] = self._schedule.last(spec, progress) or now
        self._metrics.stepped(now, leads, looked)

    def look(self, now: datetime | None = None) -> None:
        """Look at whatever is due, if this is the leader. Raises ``StoreUnavailable``."""
        if not self._leads:
            return
        for spec, progress in self._store.load().live():
            begun = now or datetime.now(UTC)
            if not self._guarded(self._look, spec, progress, begun):
                self._schedule.put_off(spec.salt, begun)

    def stop(self) -> None:
        """Let others lead, for good."""
        self._is_over = True
        if self._leads:
            self._store.resign(self._holder)
            self._leads = False

    def _guarded(
        self,
        attend: Callable[[RolloutState, ExperimentSpec, Progress, datetime], None],
        spec: ExperimentSpec,
        progress: Progress,
        now: datetime,
    ) -> bool:
        """Whether nothing went wrong that nobody has thought of: one experiment that fails must not
        keep the others. Raises ``StoreUnavailable``."""
        try:
            state = self._store.load()
            if (state.spec(spec.key), state.of(spec.key)) == (spec, progress):
                attend(state, spec, progress, now)
        except StoreUnavailable:
            raise
        except (StaleRevision, RefusedChange):
            return True  # somebody else has changed it: the next step looks at what it is then
        except Exception as error:
            log.error("rollout look", experiment=spec.key, exception=type(error).__qualname__)
            return False
        return True

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
            missed = Waiting("hold", [str(error)], {})
            self._note(state, spec, f"missed {look.due.isoformat()}", missed)
            return
        judgements = {key: judge(evidence[key], spec.demands) for key in progress.left(spec)}
        numbers = self._schedule.numbers(spec.salt, look, now)
        decided = decide(spec, progress, judgements, numbers)
        if isinstance(decided, Waiting):
            self._note(state, spec, f"look {look.due.isoformat()}", decided)
        else:
            for wish in decided:
                state = self._carry_out(state, wish)
        self._schedule.took(spec.salt, look, now)
        missing = {key: judgement.missing_users for key, judgement in judgements.items()}
        self._metrics.looked(spec.key, missing)

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

    def _carry_out(self, state: RolloutState, wish: Wish) -> RolloutState:
        changed = self._desk.carry_out_at(state, wish)
        self._metrics.decided(wish.experiment, wish.action)
        log.info(
            "rollout moved",
            experiment=wish.experiment,
            action=wish.action,
            treatment=wish.treatment,
            reasons=list(wish.reasons),
            revision=changed.revision,
        )
        return changed

    def _note(self, state: RolloutState, spec: ExperimentSpec, look: str, waiting: Waiting) -> None:
        """Once for each look at a state, though others think that they lead, or it is repeated."""
        entry_id = f"{spec.salt} {look} {state.revision}"
        if self._noted.get(spec.salt) == entry_id:
            return
        self._store.note(
            AuditEntry(
                entry_id=entry_id,
                time=datetime.now(UTC),
                actor=ACTOR,
                action=waiting.action,
                experiment=spec.key,
                reasons=tuple(waiting.reasons),
                numbers=waiting.numbers,
                revision=state.revision,
            )
        )
        self._noted[spec.salt] = entry_id
        self._metrics.decided(spec.key, waiting.action)
