"""What a process remembers of an editor window. Losing it costs speed, never a right answer."""

from server.sessions.config import SessionsConfig
from server.sessions.session import Session, Sessions, Shown
from server.sessions.turns import CancelCause, Superseded, Turn, Turns

__all__ = [
    "CancelCause",
    "Session",
    "Sessions",
    "SessionsConfig",
    "Shown",
    "Superseded",
    "Turn",
    "Turns",
]
