"""Compares what was acknowledged, decided and served with what is on record."""

import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.rollout.crowd import Treated
from benchmarks.rollout.operator import STAGES, Truth
from benchmarks.rollout.watching import Sample
from rollout.controller.deciding import ACTOR
from rollout.controller.schedule import LOOK, SALT
from rollout.desk import Action
from rollout.experiments.state import RolloutState, Status
from rollout.store.base import AuditEntry

FOLLOW_SECONDS = 2.0
"""So long after a change is on record may a server still be on what was before."""
Downs = Sequence[tuple[float, float]]
"""When the store was away, in Unix time: nobody can follow it then."""


def saved(history: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Those entries that changed something."""
    return [entry for entry in history if entry.state is not None]


def record_figures(history: Sequence[AuditEntry], acknowledged: Sequence[str]) -> dict[str, Any]:
    """Whether the record is whole: ``history`` is all of it, oldest first."""
    changes = saved(history)
    marks = Counter(reason for entry in changes for reason in entry.reasons)
    return {
        "changes_on_record": len(changes),
        "revisions_in_a_row": [each.revision for each in changes]
        == list(range(1, len(changes) + 1)),
        "changes_acknowledged_to_the_operator": len(acknowledged),
        "of_them_lost": sum(marks[mark] == 0 for mark in acknowledged),
        "of_them_doubled": sum(marks[mark] > 1 for mark in acknowledged),
        "entries_on_record_twice": len(history) - len({entry.entry_id for entry in history}),
        "stages_skipped": _num_skipped(changes),
    }


def decision_figures(history: Sequence[AuditEntry], truths: Mapping[str, Truth]) -> dict[str, Any]:
    """What the controllers decided by themselves, and whether they were right."""
    decisions = [entry for entry in history if entry.actor == ACTOR]
    looks = Counter((entry.numbers.get(SALT), entry.numbers.get(LOOK)) for entry in decisions)
    ends = Counter((truths[entry.experiment], _end(entry)) for entry in saved(decisions))
    return {
        "decisions": dict(Counter(entry.action for entry in decisions)),
        "looks_decided_twice": sum(count > 1 for (_salt, look), count in looks.items() if look),
        "rolled_back_by_controllers": {
            str(truth): ends[truth, Status.ROLLED_BACK] for truth in Truth
        },
        "promoted_by_controllers": {str(truth): ends[truth, Status.PROMOTED] for truth in Truth},
    }


def serving_figures(
    history: Sequence[AuditEntry],
    samples: Sequence[Sample],
    treated: Sequence[Treated],
    downs: Downs,
) -> dict[str, Any]:
    """Whether servers served what is on record, and no longer than they may what was before."""
    changes = saved(history)
    times = [entry.time.timestamp() for entry in changes]
    states = {entry.revision: entry.state for entry in changes if entry.state is not None}
    taken_back = {
        entry.experiment: entry.time.timestamp()
        for entry in changes
        if entry.action == Action.ROLL_BACK
    }
    behind = [
        sample
        for sample in samples
        if sample.revision < bisect.bisect_right(times, sample.asked - FOLLOW_SECONDS)
        and not _could_not_follow(sample.asked, downs)
    ]
    late = [
        answer
        for answer in treated
        if answer.asked > taken_back.get(answer.experiment, answer.asked) + FOLLOW_SECONDS
        and not _could_not_follow(answer.asked, downs)
    ]
    return {
        "looks_at_servers": len(samples),
        "of_them_with_shares_not_on_record": sum(
            sample.shares != _shares(states.get(sample.revision, RolloutState()))
            for sample in samples
        ),
        "of_them_more_than_2_s_behind": len(behind),
        "answers_by_treatments": len(treated),
        "of_them_more_than_2_s_after_they_were_taken_back": len(late),
    }


def _could_not_follow(asked: float, downs: Downs) -> bool:
    """Time to follow counts from when the store was back."""
    return any(down < asked < up + FOLLOW_SECONDS for down, up in downs)


def _shares(state: RolloutState) -> dict[str, float]:
    begun = {key: each for key, each in state.progress.items() if each.status is not Status.DRAFT}
    return {
        key: 0.0 if each.status is Status.ROLLED_BACK else STAGES[each.stage]
        for key, each in begun.items()
    }


def _end(entry: AuditEntry) -> Status | None:
    assert entry.state is not None
    status = entry.state.of(entry.experiment).status
    return status if status.is_over else None


def _num_skipped(changes: Sequence[AuditEntry]) -> int:
    """Changes by which an experiment moved by more than one stage."""
    before: dict[str, int] = {}
    skipped = 0
    for entry in changes:
        assert entry.state is not None
        for key, progress in entry.state.progress.items():
            skipped += progress.stage > before.get(key, 0) + 1
            before[key] = progress.stage
    return skipped
