"""Changes of a rollout, by people and by the controller: each on record with who, what and why.

One change at a time: what was decided by looking at a state is made of that state, or refused.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rollout.errors import RefusedChange, StaleRevision
from rollout.experiments import transitions
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.differences import differences
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry, RolloutStore

APPLY = "apply"
MAX_TRIES = 5
RECENT_LINES = 200


class Action(StrEnum):
    """What can be done to an experiment. See ``transitions``."""

    START = "start"
    PROMOTE = "promote"
    APPROVE = "approve"
    HOLD = "hold"
    RESUME = "resume"
    ROLL_BACK = "rollback"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what done, why, and by which numbers.

    ``treatment`` is the one that goes on alone, or is rolled back alone. ``to`` is the share of the
    stage that a promotion is meant to reach: asked for twice, it is made once.
    """

    action: Action
    experiment: str
    actor: str
    reasons: Sequence[str] = ()
    treatment: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    to: float | None = None


_TRANSITIONS: Mapping[Action, Callable[[RolloutState, Wish, datetime], RolloutState]] = {
    Action.START: lambda state, wish, now: transitions.start(state, wish.experiment, now),
    Action.PROMOTE: lambda state, wish, now: transitions.promote(
        state, wish.experiment, now, wish.treatment, wish.to
    ),
    Action.APPROVE: lambda state, wish, _now: transitions.approve(state, wish.experiment),
    Action.HOLD: lambda state, wish, _now: transitions.hold(state, wish.experiment),
    Action.RESUME: lambda state, wish, _now: transitions.resume(state, wish.experiment),
    Action.ROLL_BACK: lambda state, wish, now: transitions.roll_back(
        state, wish.experiment, now, wish.treatment
    ),
}

OF_ONE_TREATMENT = frozenset({Action.PROMOTE, Action.ROLL_BACK})


class RolloutDesk:
    """All methods may raise ``StoreUnavailable``."""

    def __init__(self, store: RolloutStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def state(self) -> RolloutState:
        """What is in force."""
        return self._store.load()

    def history(self, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        return self._store.history(limit)

    def noted_last(self) -> Mapping[str, AuditEntry]:
        """What the history has of each experiment last, unless that is long ago."""
        oldest_first = reversed(self._store.history(RECENT_LINES))
        return {entry.experiment: entry for entry in oldest_first}

    def plan(self, document: RolloutDocument) -> list[str]:
        """What applying it would change. Raises ``InvalidDocument`` if it would be refused."""
        state = self._store.load()
        self._catalogue.check(document)
        transitions.apply(state, document)
        return differences(state, document)

    def apply(
        self, document: RolloutDocument, actor: str, reasons: Sequence[str] = ()
    ) -> RolloutState:
        """Put a document in force. Raises ``InvalidDocument`` and ``StaleRevision``."""
        self._catalogue.check(document)
        state = self._store.load()
        entry = _entry(state, transitions.apply(state, document), APPLY, actor, reasons)
        return self._save(entry)

    def carry_out(self, wish: Wish) -> RolloutState:
        """Raises ``RefusedChange``, and ``StaleRevision`` if others change something meanwhile.

        Rolling back is never wrong for that, and tried again. A promotion has to say where ``to``:
        whoever asks has not looked at the state that it is made of.
        """
        if wish.action is Action.PROMOTE and wish.to is None:
            share = transitions.next_share(self._store.load(), wish.experiment)
            raise RefusedChange(f"say to which share: the next stage is {share:.6g}")
        num_tries = MAX_TRIES if wish.action is Action.ROLL_BACK else 1
        for _each in range(num_tries - 1):
            try:
                return self.carry_out_at(self._store.load(), wish)
            except StaleRevision:
                continue
        return self.carry_out_at(self._store.load(), wish)

    def kill(self, actor: str, reasons: Sequence[str] = ()) -> RolloutState:
        """Roll back all that runs. Raises ``RefusedChange`` if nothing does."""
        live = self._store.load().live()
        if not live:
            raise RefusedChange("nothing runs")
        for spec, _progress in live:
            with suppress(RefusedChange):  # somebody else has just taken it back
                self.carry_out(Wish(Action.ROLL_BACK, spec.key, actor, reasons))
        return self._store.load()

    def carry_out_at(self, state: RolloutState, wish: Wish) -> RolloutState:
        """The same, of a state that was looked at; it must be in force still."""
        if wish.treatment is not None and wish.action not in OF_ONE_TREATMENT:
            raise RefusedChange(f"{wish.action} is of an experiment, not of one treatment")
        if wish.to is not None and wish.action is not Action.PROMOTE:
            raise RefusedChange(f"{wish.action} goes to no share")
        changed = _TRANSITIONS[wish.action](state, wish, _now())
        entry = _entry(state, changed, wish.action, wish.actor, wish.reasons)
        details = {
            "experiment": wish.experiment,
            "treatment": wish.treatment or changed.of(wish.experiment).winner,
            "numbers": wish.numbers,
        }
        return self._save(entry.model_copy(update=details))

    def _save(self, entry: AuditEntry) -> RolloutState:
        assert entry.state is not None
        self._store.save(entry)
        return entry.state


def _entry(
    before: RolloutState, after: RolloutState, action: str, actor: str, reasons: Sequence[str]
) -> AuditEntry:
    revision = before.revision + 1
    return AuditEntry(
        time=_now(),
        actor=actor,
        action=action,
        reasons=tuple(reasons),
        revision=revision,
        state=after.model_copy(update={"revision": revision}),
    )


def _now() -> datetime:
    return datetime.now(UTC)
