"""How much of an input a model is shown: what experiments vary."""

from dataclasses import dataclass

from prompt_format.inputs import PromptInput


@dataclass(frozen=True, slots=True)
class Observation:
    """The newest ``history_events`` and the first ``related_files``; None: all of them."""

    history_events: int | None = None
    related_files: int | None = None
    diagnostics: bool = True

    def of(self, given: PromptInput) -> PromptInput:
        """``given`` without what is not shown."""
        events, related = given.events, given.related_files
        if self.history_events is not None:
            events = events[max(0, len(events) - self.history_events) :]
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
