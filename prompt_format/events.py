"""The edit-history section: the newest changes that fit, oldest first."""

from collections.abc import Sequence

from prompt_format.budget import TokenCounter
from prompt_format.inputs import EditEvent
from prompt_format.special_tokens import contains_special_token

MAX_EVENTS = 6
ACCEPTED_LINE = "// User accepted prediction:\n"


def render_event(event: EditEvent) -> str:
    """One change as a unified diff with its file header."""
    accepted = ACCEPTED_LINE if event.predicted else ""
    return f"{accepted}--- a/{event.old_path}\n+++ b/{event.path}\n{event.diff}"


def history_section(
    events: Sequence[EditEvent],
    header: str,
    max_tokens: int,
    count: TokenCounter,
    special_tokens: Sequence[str] = (),
) -> str:
    """``header`` and the newest events, up to six, within ``max_tokens``; empty if none fits.

    Events that hold one of ``special_tokens`` are left out.
    """
    total = count(header)
    if total >= max_tokens:
        return ""
    chosen: list[str] = []
    for event in reversed(events[-MAX_EVENTS:]):
        text = render_event(event)
        if contains_special_token(text, special_tokens):
            continue
        total += count(text)
        if total > max_tokens:
            break
        chosen.append(text)
    return header + "".join(reversed(chosen)) if chosen else ""
