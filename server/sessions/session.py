"""One editor window: the prediction that it was shown last, and what was generated for it."""

from dataclasses import dataclass

from cachetools import TTLCache

from prediction import Rest, Standing, rest_of
from prompt_format import PromptInput
from rollout import Assignment
from server.sessions.config import SessionsConfig


@dataclass(frozen=True, slots=True)
class Shown:
    """A prediction that was shown, and who made it."""

    standing: Standing
    assignment: Assignment
    model_version: str


class Session:
    """``types_through``: typing what was predicted is answered by the rest.

    ``output_tokens`` are the latest answer's, the next one is likely to repeat them.

    ``expected`` is the state after the prediction shown is accepted, if its answer was prefetched.
    """

    def __init__(self, types_through: bool) -> None:
        self.types_through = types_through
        self.output_tokens: tuple[int, ...] = ()
        self.expected: PromptInput | None = None
        self._shown: Shown | None = None

    def show(self, shown: Shown) -> None:
        """Remember what the user sees now."""
        self._shown = shown if self.types_through else None

    def rest(self, now: PromptInput, assignment: Assignment, model_version: str) -> Rest | None:
        """What is left of the prediction shown, if the same arm and model made it.

        Once contradicted, it is forgotten.
        """
        shown = self._shown
        if shown is None:
            return None
        rest = None
        if (shown.assignment, shown.model_version) == (assignment, model_version):
            rest = rest_of(shown.standing, now)
        if rest is None:
            self._shown = None
        return rest


class Sessions:
    """The sessions of a process, bounded in number and in time."""

    def __init__(self, config: SessionsConfig) -> None:
        self._sessions: TTLCache[str, Session] = TTLCache(
            maxsize=config.max_sessions, ttl=config.idle_seconds
        )
        self._types_through = config.type_through

    def __len__(self) -> int:
        return len(self._sessions)

    def of(self, session_key: str) -> Session:
        """The session of that key, used now; without a key, one that nobody will find again."""
        session = self._sessions.get(session_key) or Session(self._types_through)
        if session_key:
            self._sessions[session_key] = session
        return session
