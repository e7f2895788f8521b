"""What a new document would change, in words, for whoever is about to apply it."""

from collections.abc import Iterator

from rollout.experiments.document import ExperimentSpec, RolloutDocument
from rollout.experiments.state import RolloutState


def differences(state: RolloutState, document: RolloutDocument) -> list[str]:
    """One line for each change; none if nothing but the version would change."""
    lines = []
    for spec in document.experiments:
        old = state.spec(spec.key)
        if old is None:
            lines.append(f"{spec.key}: new, a draft until it is started")
        else:
            lines += _changes(old, spec)
        if old is None or old.treatments != spec.treatments:
            lines += _without_changes(spec)
    kept = {spec.key for spec in document.experiments}
    before = () if state.document is None else state.document.experiments
    for spec in before:
        if spec.key not in kept:
            stays = "; it stays promoted: neither it nor what was before it can be taken back"
            lines.append(f"{spec.key}: left out{stays if spec.key in state.promoted else ''}")
    old_overrides = () if state.document is None else state.document.overrides
    if old_overrides != document.overrides:
        lines.append(f"overrides: {len(old_overrides)} before, {len(document.overrides)} then")
    return lines


def _changes(old: ExperimentSpec, new: ExperimentSpec) -> Iterator[str]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    for name in type(new).model_fields:
        if before[name] != after[name]:
            yield f"{new.key}.{name}: {_shown(before[name])} -> {_shown(after[name])}"


def _without_changes(spec: ExperimentSpec) -> Iterator[str]:
    for treatment in spec.treatments:
        if not treatment.changes.as_fields():
            yield f"{spec.key}.{treatment.key}: changes nothing: an A/A test"


def _shown(value: object) -> str:
    """Without what is unset."""
    if isinstance(value, dict):
        parts = (f"{name}: {_shown(each)}" for name, each in value.items() if each is not None)
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
