"""How much of an input a model is shown: what experiments vary."""

from dataclasses import dataclass

from prompt_format.inputs import EditEvent, PromptInput


@dataclass(frozen=True, slots=True)
class Observation:
    """The newest ``history_events`` and the first ``related_files``; None: all of them.

    ``typed_line``: whether the history shows the line at the cursor as it reads now, like every
    other; else its indentation alone. The prompt shows that line anyway, and where a key changes
    nothing above it, an engine has nothing else to read again.
    """

    history_events: int | None = None
    related_files: int | None = None
    diagnostics: bool = True
    typed_line: bool = True

    def of(self, given: PromptInput) -> PromptInput:
        """``given`` without what is not shown."""
        events, related = given.events, given.related_files
        if self.history_events is not None:
            events = events[max(0, len(events) - self.history_events) :]
        if events and not self.typed_line and events[-1].is_of(given.cursor_path):
            events = (*events[:-1], _without_line(events[-1], _cursor_line(given)))
        if self.related_files is not None and related is not None:
            related = related[: self.related_files]
        diagnostics = given.active_buffer_diagnostics if self.diagnostics else ()
        return given.model_copy(
            update={
                "events": events,
                "related_files": related,
                "active_buffer_diagnostics": diagnostics,
            }
        )


def _cursor_line(given: PromptInput) -> str:
    text, cursor = given.excerpt_bytes, given.cursor_offset_in_excerpt
    return (text[:cursor].rpartition(b"\n")[2] + text[cursor:].partition(b"\n")[0]).decode()


def _without_line(event: EditEvent, line: str) -> EditEvent:
    """``event`` with nothing but the indentation of ``line`` where that was added last."""
    indentation = line[: len(line) - len(line.lstrip())]
    before, found, behind = f"\n{event.diff}\n".rpartition(f"\n+{line}\n")
    if not found:
        return event
    return event.model_copy(update={"diff": f"{before}\n+{indentation}\n{behind}"[1:-1]})
