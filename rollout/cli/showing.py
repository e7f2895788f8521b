"""States and entries in words."""

from collections.abc import Mapping

from rollout.experiments.document import ExperimentSpec
from rollout.experiments.state import Progress, RolloutState, Status
from rollout.store.base import AuditEntry

FIRST_REASONS = 3


def state_lines(state: RolloutState, noted: Mapping[str, AuditEntry] | None = None) -> list[str]:
    """Every experiment, with what was ``noted`` of it last."""
    lines = [f"revision {state.revision}, document version {state.version}"]
    for spec in () if state.document is None else state.document.experiments:
        lines.append("  " + ", ".join(_words(spec, state.of(spec.key))))
        entry = (noted or {}).get(spec.key)
        if entry is not None:
            reasons = "; ".join(entry.reasons[:FIRST_REASONS])
            lines.append(f"    {_deed(entry)}" + (f": {reasons}" if reasons else ""))
    changed = state.stable.model_dump_json(exclude_none=True)
    if changed != "{}":
        lines.append(f"  promoted for everybody: {changed}")
    return lines


def entry_lines(entry: AuditEntry) -> list[str]:
    """A line of the history, and below it why."""
    return [_deed(entry), *(f"    {reason}" for reason in entry.reasons)]


def _deed(entry: AuditEntry) -> str:
    time = entry.time.isoformat(timespec="seconds")
    words = [time, str(entry.revision), entry.actor, entry.action, entry.experiment]
    return "  ".join([*words, entry.treatment] if entry.treatment else words)


def _words(spec: ExperimentSpec, progress: Progress) -> list[str]:
    words = [spec.key, progress.status.replace("_", " ")]
    share = f"{100 * spec.share_of_users(progress.stage):.4g}% of the users"
    if progress.status.is_live:
        words.append(f"stage {progress.stage + 1} of {len(spec.stages)}")
        words.append(f"{share} for each treatment")
    if progress.status is Status.PROMOTED:
        words.append(f"{progress.winner} for {share}")
    if progress.lost and progress.status is not Status.ROLLED_BACK:
        words.append(f"{' and '.join(progress.lost)} rolled back")
    if progress.has_approval and progress.status.is_live:
        words.append("next stage approved")
    if progress.since is not None:
        words.append(f"since {progress.since.isoformat(timespec='seconds')}")
    return words
