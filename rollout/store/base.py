"""What a store of the rollout can do. The same tests run against every one."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from ulid import ULID

from rollout.experiments.state import RolloutState


class AuditEntry(BaseModel):
    """One line of the history: who did what to which experiment, why, and by which numbers.

    ``treatment`` is the one that was rolled back alone, or that everybody got or had to give back.
    ``state`` is what it made of the rollout; None where it changed nothing, as a look that holds.
    ``entry_id`` names the entry for ever: one that is written again, after an answer was lost,
    is the same.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    entry_id: str = Field(default_factory=lambda: str(ULID()))
    time: AwareDatetime
    actor: str = Field(min_length=1)
    action: str = Field(min_length=1)
    experiment: str = ""
    treatment: str | None = None
    reasons: tuple[str, ...] = ()
    numbers: Mapping[str, Any] = Field(default_factory=dict)
    revision: int
    state: RolloutState | None = None


class RolloutStore(Protocol):
    """Durable, and safe to use from several threads and processes.

    All but ``close`` may raise ``StoreUnavailable``.
    """

    def load(self) -> RolloutState:
        """The state in force; an empty one at first."""
        ...

    def save(self, entry: AuditEntry) -> None:
        """Put ``entry.state`` in force and the entry into the history: both or neither.

        Its revision has to follow that of the state in force. Raises ``StaleRevision``. An entry
        that was written before is done, even if others followed it.
        """
        ...

    def note(self, entry: AuditEntry) -> None:
        """Add an entry that changes nothing to the history, of the state in force.

        Raises ``StaleRevision`` if that has another revision than the entry. One that was written
        before is done.
        """
        ...

    def history(self, limit: int = 100) -> Sequence[AuditEntry]:
        """The latest entries, newest first."""
        ...

    def wait_for_change(self, revision: int, seconds: float) -> bool:
        """Whether the state in force has another revision; waited for up to ``seconds``."""
        ...

    def lead(self, holder: str, seconds: float) -> bool:
        """Whether ``holder`` is the one leader for so long, counted from before the call.

        It may ask again before that ends. What keeps two leaders apart is ``save`` and ``note``,
        not the lease.
        """
        ...

    def resign(self, holder: str) -> None:
        """Let others lead at once, if ``holder`` does."""
        ...

    def close(self) -> None: ...
