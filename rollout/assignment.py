"""Who is served which arm: a pure function of a state and the unit, the same in every process.

A unit has a place in [0, 1) for each salt, by SHA-256. A stage of share ``c`` gives the first ``c``
of the places to the treatment and the last ``c`` to the control; so a stage that grows takes in
more, lets nobody go, and moves nobody from one to the other. Who is between them is served as
everybody, and not measured.

    0        c                                    1 - c       1
    ├─treatment─┼──────── as everybody ─────────────┼─control──┤

Several treatments begin at even distances from each other.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rollout.arms import CONTROL, STABLE, Arm, Assignment
from rollout.errors import UnknownExperiment
from rollout.experiments.document import (
    HOLDOUT,
    ArmChanges,
    ExperimentSpec,
    RolloutDocument,
    Treatment,
)
from rollout.experiments.state import Progress, RolloutState, Status

PLACES = 2**64


def place_of(salt: str, unit: str) -> float:
    """Where ``unit`` stands among all units, in [0, 1); for another salt, anywhere else."""
    digest = hashlib.sha256(f"{salt}\0{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / PLACES


@dataclass(frozen=True, slots=True)
class _Range:
    start: float
    end: float
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class ServedExperiment:
    """An experiment as it is served: who may be in it, and which places get which arm."""

    key: str
    salt: str
    layer: str
    layer_share: tuple[float, float]
    ranges: Sequence[_Range]
    preferred: Assignment
    """For whoever asks for this experiment by name."""

    def find(self, unit: str) -> Assignment | None:
        start, end = self.layer_share
        if (start, end) != (0.0, 1.0) and not start <= place_of(f"layer {self.layer}", unit) < end:
            return None
        place = place_of(self.salt, unit)
        for each in self.ranges:
            if each.start <= place < each.end:
                return each.assignment
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """A state made ready for assigning. Immutable: a change of the state is another plan."""

    revision: int
    stable: Assignment
    experiments: Sequence[ServedExperiment] = ()
    overrides: Mapping[str, Assignment] | None = None

    def assign(self, unit: str, preferred: str | None = None) -> Assignment:
        """The arm of ``unit``. An empty one is nobody's, and in no experiment.

        ``preferred`` picks an experiment, for a client that wants to try its treatment; what it
        then does is no evidence. Raises ``UnknownExperiment``.
        """
        if preferred is not None and preferred != STABLE:
            return self._preferred(preferred)
        if not unit:
            return self.stable
        if self.overrides and unit in self.overrides:
            return self.overrides[unit]
        for experiment in self.experiments:
            found = experiment.find(unit)
            if found is not None:
                return found
        return self.stable

    def only(self, can_serve: Callable[[Arm], bool]) -> "Plan":
        """Without the experiments of which some arm cannot be served: their users get the stable
        arm, and are not measured."""
        experiments = tuple(
            experiment
            for experiment in self.experiments
            if all(can_serve(each.assignment.arm) for each in experiment.ranges)
        )
        keys = {experiment.key for experiment in experiments}
        overrides = {
            unit: each for unit, each in (self.overrides or {}).items() if each.experiment in keys
        }
        return replace(self, experiments=experiments, overrides=overrides)

    def assignments(self) -> Iterator[Assignment]:
        """Every arm that somebody may be served."""
        yield self.stable
        for experiment in self.experiments:
            yield from (each.assignment for each in experiment.ranges)

    def _preferred(self, key: str) -> Assignment:
        for experiment in self.experiments:
            if experiment.key == key:
                return experiment.preferred
        known = ", ".join(sorted([STABLE, *(experiment.key for experiment in self.experiments)]))
        raise UnknownExperiment(f"no such experiment is running; running: {known}")


class Assigner:
    """The plan in force, and the one that is wanted: arms wait until what serves them is there.

    Whoever assigns sees one plan or the next, never a mixture. Changes may come from any thread.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = self.wanted = plan
        self._seen: set[str] = set()
        """Releases that have been ready since they were wanted."""
        self._lock = threading.Lock()

    def assign(self, unit: str, preferred: str | None = None) -> Assignment:
        """See ``Plan.assign``."""
        return self.plan.assign(unit, preferred)

    def want(self, plan: Plan, is_ready: Callable[[Arm], bool]) -> None:
        """Put a plan in force but for experiments of which an arm is not ready yet."""
        with self._lock:
            self.wanted = plan
            self._serve(is_ready)

    def refresh(self, is_ready: Callable[[Arm], bool]) -> None:
        """Look again at what was not ready."""
        with self._lock:
            if self.plan is not self.wanted:
                self._serve(is_ready)

    def _serve(self, is_ready: Callable[[Arm], bool]) -> None:
        """What was ready once stays served when its engine fails: how its users fare is evidence.

        What everybody is served has no salt before that, so that nobody is counted for it.
        """
        arms = [each.arm for each in self.wanted.assignments()]
        self._seen = {arm.release for arm in arms if arm.release in self._seen or is_ready(arm)}
        plan, stable = self.wanted.only(self._was_ready), self.wanted.stable
        if len(plan.experiments) == len(self.wanted.experiments):
            plan = self.wanted
        if not self._was_ready(stable.arm):
            plan = replace(plan, stable=replace(stable, salt=""))
        self.plan = plan

    def _was_ready(self, arm: Arm) -> bool:
        return arm.release in self._seen


Wanted = Callable[[str], ArmChanges]
"""How a release was trained to be asked: what an arm of it serves where nothing else is said."""


def _as_before(_release: str) -> ArmChanges:
    return ArmChanges()


def plan_of(stable: Arm, state: RolloutState | None = None, wanted_by: Wanted = _as_before) -> Plan:
    """What ``state`` serves whom. ``stable`` is the arm of the settings, before any promotion."""
    state = state or RolloutState()
    if state.document is None:
        return Plan(state.revision, Assignment(STABLE, stable.changed(CONTROL, state.stable)))
    return _Planner(stable, state, state.document, wanted_by).plan()


class _Planner:
    """Makes the plan of a state."""

    def __init__(
        self, stable: Arm, state: RolloutState, document: RolloutDocument, wanted_by: Wanted
    ) -> None:
        self._stable = stable
        self._state = state
        self._document = document
        self._wanted_by = cache(wanted_by)  # it may read a file
        self._control = self._changed(stable, CONTROL, state.stable)

    def plan(self) -> Plan:
        experiments = (*self._holdouts(), *self._live())
        last = self._state.promoted_last()
        salt = "" if last is None else last[0].salt
        everybody = Assignment(STABLE, self._control, salt=salt)
        return Plan(self._state.revision, everybody, experiments, self._overrides())

    def _changed(self, arm: Arm, key: str, changes: ArmChanges) -> Arm:
        if changes.release is not None:
            arm = arm.changed(key, self._wanted_by(changes.release))
        return arm.changed(key, changes)

    def _treated(self, treatment: Treatment) -> Arm:
        """Made as a promotion would make it."""
        changes = treatment.changes.over(self._state.stable)
        return self._changed(self._stable, treatment.key, changes)

    def _live(self) -> Iterator[ServedExperiment]:
        for spec, progress in self._state.live():
            ranges = tuple(self._ranges(spec, progress))
            yield _served(spec, ranges, ranges[0].assignment)

    def _ranges(self, spec: ExperimentSpec, progress: Progress) -> Iterator[_Range]:
        """Treatments first. The control is as large as each of them."""
        share = spec.stages[progress.stage]
        for number, treatment in enumerate(spec.treatments):
            if treatment.key not in progress.lost:
                start = number * spec.max_measured_share
                arm = self._treated(treatment)
                yield _Range(start, start + share, Assignment(spec.key, arm, True, spec.salt))
        yield _Range(1.0 - share, 1.0, Assignment(spec.key, self._control, True, spec.salt))

    def _holdouts(self) -> Iterator[ServedExperiment]:
        """Those who are served what everybody was before a promotion: so drift can be seen. Whoever
        asks for the experiment by name gets what it has made of it, which is what everybody has."""
        for spec in self._document.experiments:
            progress = self._state.of(spec.key)
            is_held = progress.status is Status.PROMOTED and spec.holdout > 0.0
            if is_held and progress.before is not None:
                arm = self._changed(self._stable, HOLDOUT, progress.before)
                held = Assignment(spec.key, arm, True, spec.salt)
                everybody = Assignment(STABLE, self._control)
                yield _served(spec, (_Range(1.0 - spec.holdout, 1.0, held),), everybody)

    def _overrides(self) -> Mapping[str, Assignment]:
        """As long as the experiment runs."""
        found: dict[str, Assignment] = {}
        live = {spec.key: (spec, progress) for spec, progress in self._state.live()}
        for override in self._document.overrides:
            if override.experiment not in live:
                continue
            spec, progress = live[override.experiment]
            treatment = spec.treatment(override.arm)
            if treatment is None:
                found[override.unit] = Assignment(spec.key, self._control)
            elif treatment.key not in progress.lost:
                arm = self._treated(treatment)
                found[override.unit] = Assignment(spec.key, arm)
        return found


def _served(
    spec: ExperimentSpec, ranges: Sequence[_Range], preferred: Assignment
) -> ServedExperiment:
    wanted = Assignment(preferred.experiment, preferred.arm)
    return ServedExperiment(spec.key, spec.salt, spec.layer, spec.layer_share, ranges, wanted)
