"""How a state becomes another one. Pure: each change is made whole, or refused in words.

draft ──start──▶ running ──promote──▶ running at the next stage … ──▶ promoted
                    │ ▲                 at the last stage the arm is what everybody gets
               hold │ │ resume
                    ▼ │
                   held           running, held, promoted ──roll back──▶ rolled back
"""

import math
from collections.abc import Mapping
from datetime import datetime

from rollout.errors import InvalidDocument, RefusedChange
from rollout.experiments.document import ExperimentSpec, RolloutDocument, Treatment
from rollout.experiments.state import Progress, RolloutState, Status

MAY_CHANGE = {"approval", "min_users", "min_stage_hours", "stages"}
"""Of an experiment that runs; of the stages those that it has not reached. Its arms, its users and
what it is judged by were chosen before there were data, and stay."""


def apply(state: RolloutState, document: RolloutDocument) -> RolloutState:
    """Take a new document. Raises ``InvalidDocument`` for one that does not follow the last."""
    if document.version != state.version + 1:
        raise InvalidDocument(
            f"version {document.version} does not follow: {state.version + 1} would"
        )
    for spec in document.experiments:
        owner = state.used_salts.get(spec.salt)
        if owner is not None and owner != spec.key:
            raise InvalidDocument(f"{spec.key}: salt {spec.salt} was that of {owner}: take another")
        _check_attempt(state, spec)
        if _is_new_attempt(state, spec) and _is_undoable(state, spec):
            raise InvalidDocument(
                f"{spec.key} was promoted last: tried again, it could not be taken back any more;"
                " give the new attempt a key of its own"
            )
    kept = {spec.key for spec in document.experiments}
    for old in () if state.document is None else state.document.experiments:
        if state.of(old.key).status.is_live and old.key not in kept:
            raise InvalidDocument(f"{old.key} runs: roll it back before it is left out")
        if old.key not in kept and _is_undoable(state, old):
            raise InvalidDocument(
                f"{old.key} was promoted last: left out, it could not be taken back any more"
            )
    progress = {
        spec.key: Progress() if _is_new_attempt(state, spec) else state.of(spec.key)
        for spec in document.experiments
    }
    promoted = _still_undoable(state.promoted, progress)
    changed = _with(state, document=document, progress=progress, promoted=promoted)
    _check_layers([spec for spec, _progress in changed.live()])
    return changed


def start(state: RolloutState, key: str, now: datetime) -> RolloutState:
    """Give the treatments their first stage."""
    spec, progress = _known(state, key)
    if progress.status is not Status.DRAFT:
        raise RefusedChange(f"{key} is {_words(progress)}: a new attempt needs a new salt")
    if spec.salt in state.used_salts:
        raise RefusedChange(f"{key}: salt {spec.salt} was used already: take another")
    try:
        _check_layers([*(each for each, _progress in state.live()), spec])
    except InvalidDocument as error:
        raise RefusedChange(str(error)) from None
    changed = _moved(state, key, Progress(status=Status.RUNNING, since=now, started=now))
    return _with(changed, used_salts={**state.used_salts, spec.salt: key})


def promote(
    state: RolloutState,
    key: str,
    now: datetime,
    winner: str | None = None,
    to: float | None = None,
) -> RolloutState:
    """The next stage; after the last one the treatment is what everybody gets.

    ``winner`` has to be named for the last one, if several treatments are left. ``to`` is the share
    of the stage that is meant, for whoever may not know at which stage it is.
    """
    spec, progress = _live(state, key)
    stage = progress.stage + 1
    if to is not None and not _is_share(to, spec.stages[stage]):
        is_there = _is_share(to, spec.stages[progress.stage])
        where = f"is at {to:.6g} already" if is_there else f"cannot go to {to:.6g} now"
        raise RefusedChange(f"{key} {where}: the next stage is {spec.stages[stage]:.6g}")
    if stage < len(spec.stages) - 1:
        if winner is not None:
            raise RefusedChange(f"{key}: all treatments go to the next stage; one is for everybody")
        moved = {"stage": stage, "since": now, "has_approval": False, "status": Status.RUNNING}
        return _moved(state, key, progress.model_copy(update=moved))
    treatment = _winner(spec, progress, winner)
    over = progress.model_copy(
        update={
            "status": Status.PROMOTED,
            "stage": stage,
            "since": now,
            "winner": treatment.key,
            "before": state.stable,
        }
    )
    stable, promoted = treatment.changes.over(state.stable), (*state.promoted, key)
    return _with(_moved(state, key, over), stable=stable, promoted=promoted)


def next_share(state: RolloutState, key: str) -> float:
    """Of the stage that comes next. Raises ``RefusedChange`` if none does."""
    spec, progress = _live(state, key)
    return spec.stages[progress.stage + 1]


def approve(state: RolloutState, key: str) -> RolloutState:
    """Agree to the next stage, for when the numbers allow it."""
    _spec, progress = _live(state, key)
    if progress.has_approval:
        raise RefusedChange(f"{key}: the next stage is approved already")
    return _moved(state, key, progress.model_copy(update={"has_approval": True}))


def hold(state: RolloutState, key: str) -> RolloutState:
    """Serve on as it is, and do not move by itself."""
    _spec, progress = _live(state, key)
    return _moved(state, key, progress.model_copy(update={"status": Status.HELD}))


def resume(state: RolloutState, key: str) -> RolloutState:
    """Move by itself again."""
    _spec, progress = _live(state, key)
    return _moved(state, key, progress.model_copy(update={"status": Status.RUNNING}))


def roll_back(
    state: RolloutState, key: str, now: datetime, treatment: str | None = None
) -> RolloutState:
    """Serve a treatment to nobody any more; the experiment is over when none is left.

    One that was promoted is taken back from everybody, as long as nothing was promoted after it.
    """
    spec, progress = _known(state, key)
    if progress.status is Status.PROMOTED:
        if treatment not in (None, progress.winner):
            raise RefusedChange(f"{key} is promoted: everybody has {progress.winner}")
        return _taken_from_everybody(state, spec, progress, now)
    spec, progress = _live(state, key)
    left = progress.left(spec)
    if treatment is not None and treatment not in left:
        raise RefusedChange(f"{key} has no such treatment left; there are: {', '.join(left)}")
    lost = (*progress.lost, *([treatment] if treatment else left))
    is_over = len(lost) == len(spec.treatments)
    status = {"status": Status.ROLLED_BACK, "since": now} if is_over else {}
    return _moved(state, key, progress.model_copy(update={"lost": lost, **status}))


def _taken_from_everybody(
    state: RolloutState, spec: ExperimentSpec, progress: Progress, now: datetime
) -> RolloutState:
    if spec.key not in state.promoted:
        raise RefusedChange(
            f"{spec.key} is promoted, and so was something after it that the document has no more:"
            " it cannot be taken back"
        )
    if not _is_undoable(state, spec):
        last = state.promoted[-1]
        raise RefusedChange(f"{spec.key} is promoted, and so was {last} after it: that first")
    lost = (*progress.lost, progress.winner)
    over = {"status": Status.ROLLED_BACK, "since": now, "lost": lost}
    changed = _moved(state, spec.key, progress.model_copy(update=over))
    return _with(changed, stable=progress.before, promoted=state.promoted[:-1])


def _is_undoable(state: RolloutState, spec: ExperimentSpec) -> bool:
    return state.promoted[-1:] == (spec.key,)


def _still_undoable(promoted: tuple[str, ...], progress: Mapping[str, Progress]) -> tuple[str, ...]:
    """Those promoted after the last one that is left out or tried anew: what was before that one
    could not be brought back without it."""
    kept = promoted
    for number, key in enumerate(promoted, start=1):
        if progress.get(key, Progress()).status is not Status.PROMOTED:
            kept = promoted[number:]
    return kept


def _is_share(wanted: float, share: float) -> bool:
    """As people write it, who round."""
    return math.isclose(wanted, share, rel_tol=1e-5)


def _winner(spec: ExperimentSpec, progress: Progress, wanted: str | None) -> Treatment:
    left = progress.left(spec)
    if wanted is None and len(left) > 1:
        raise RefusedChange(f"{spec.key}: one of {', '.join(left)} has to be chosen for everybody")
    found = spec.treatment(wanted or left[0])
    if found is None or found.key not in left:
        raise RefusedChange(f"{spec.key} has no such treatment left; there are: {', '.join(left)}")
    return found


def _known(state: RolloutState, key: str) -> tuple[ExperimentSpec, Progress]:
    spec = state.spec(key)
    if spec is None:
        known = () if state.document is None else state.document.experiments
        names = ", ".join(each.key for each in known) or "none"
        raise RefusedChange(f"there is no such experiment; there are: {names}")
    return spec, state.of(key)


def _live(state: RolloutState, key: str) -> tuple[ExperimentSpec, Progress]:
    spec, progress = _known(state, key)
    if not progress.status.is_live:
        raise RefusedChange(f"{key} is {_words(progress)}, not running")
    return spec, progress


def _words(progress: Progress) -> str:
    return progress.status.replace("_", " ")


def _moved(state: RolloutState, key: str, progress: Progress) -> RolloutState:
    return _with(state, progress={**state.progress, key: progress})


def _with(state: RolloutState, **changes: object) -> RolloutState:
    return state.model_copy(update=changes)


def _is_new_attempt(state: RolloutState, spec: ExperimentSpec) -> bool:
    old = state.spec(spec.key)
    return old is not None and old.salt != spec.salt and state.of(spec.key).status.is_over


def _check_attempt(state: RolloutState, spec: ExperimentSpec) -> None:
    old, progress = state.spec(spec.key), state.of(spec.key)
    if old is None:
        if spec.salt in state.used_salts:
            raise InvalidDocument(f"{spec.key}: salt {spec.salt} was used already: take another")
        return
    if progress.status is Status.DRAFT:
        if spec.salt in state.used_salts:
            raise InvalidDocument(f"{spec.key}: salt {spec.salt} was used already: take another")
        return
    differ = [name for name in type(spec).model_fields if getattr(spec, name) != getattr(old, name)]
    if progress.status.is_over:
        if differ and "salt" not in differ:
            raise InvalidDocument(
                f"{spec.key} is {_words(progress)}: a new attempt needs a new salt,"
                " or the same users are tried again"
            )
        if "salt" in differ and spec.salt in state.used_salts:
            raise InvalidDocument(f"{spec.key}: salt {spec.salt} was used already: take another")
        return
    fixed = sorted(set(differ) - MAY_CHANGE)
    if fixed:
        raise InvalidDocument(f"{spec.key} runs: {', '.join(fixed)} cannot be changed")
    reached = progress.stage + 1
    if spec.stages[:reached] != old.stages[:reached]:
        raise InvalidDocument(f"{spec.key} runs: stages that were reached cannot be changed")


def _check_layers(live: list[ExperimentSpec]) -> None:
    """An arm is a whole choice of what is served, so nobody may be in two experiments."""
    for number, one in enumerate(live):
        for other in live[:number]:
            if one.layer != other.layer:
                raise InvalidDocument(
                    f"{one.key} and {other.key} would run at the same time in different layers,"
                    " where users may be in both: put them in one"
                )
            (a, b), (c, d) = one.layer_share, other.layer_share
            if a < d and c < b:
                raise InvalidDocument(f"{one.key} and {other.key} want the same share of the layer")
