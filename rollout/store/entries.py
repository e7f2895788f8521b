"""States and entries as the text that every store keeps."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from rollout.errors import StoreUnavailable
from rollout.experiments.state import RolloutState
from rollout.store.base import AuditEntry

Kept = TypeVar("Kept", bound=BaseModel)


class UnreadableState(StoreUnavailable):
    """What the store holds means nothing to this version. The message does not quote it."""

    code = "rollout_state_unreadable"


def state_to_save(entry: AuditEntry) -> RolloutState:
    """The state that ``entry`` puts in force.

    Raises ``ValueError`` if it has none of its own, and ``UnreadableState`` if nobody could read it
    again: then the store would be of no use any more.
    """
    if entry.state is None or entry.state.revision != entry.revision:
        raise ValueError("an entry that is saved holds a state of the entry's revision")
    read_state(entry.state.model_dump_json())
    return entry.state


def read_state(text: str | bytes) -> RolloutState:
    """Raises ``UnreadableState``."""
    return _read(RolloutState, text)


def read_entry(text: str | bytes) -> AuditEntry:
    """Raises ``UnreadableState``."""
    return _read(AuditEntry, text)


def _read(kind: type[Kept], text: str | bytes) -> Kept:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        problems = {each["type"] for each in error.errors(include_input=False)}
        words = ", ".join(sorted(problems))
        raise UnreadableState(f"the store's {kind.__name__} cannot be read: {words}") from None
