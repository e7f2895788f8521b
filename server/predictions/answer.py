"""A prediction in the making: what each step has added so far."""

from model import GenerationStats
from prediction import Standing
from prompt_format import Edit, PromptInput
from rollout import Assignment
from server.predictions.stopwatch import Stopwatch
from server.predictions.values import Ask, Prediction, Reason, Region, Source
from server.sessions import Shown


class Answer:
    """Gathers one prediction step by step; ``something`` or ``nothing`` ends it."""

    def __init__(self, ask: Ask, assignment: Assignment, model_version: str) -> None:
        self.ask = ask
        self.assignment = assignment
        self.model_version = model_version
        self.watch = Stopwatch()
        self.region: Region | None = None
        self.stats = GenerationStats()
        self.source = Source.NOBODY
        self.output = ""

    def shown(self, prompt_input: PromptInput, edit: Edit) -> Shown:
        """That ``edit`` of a state is shown, by the arm and model that answer here."""
        return Shown(Standing(prompt_input, edit), self.assignment, self.model_version)

    def something(self, edit: Edit) -> Prediction:
        return self._prediction(edit, None)

    def nothing(self, reason: Reason) -> Prediction:
        return self._prediction(None, reason)

    def _prediction(self, edit: Edit | None, reason: Reason | None) -> Prediction:
        generated = {
            "queue": self.stats.queue_seconds,
            "prefill": self.stats.prefill_seconds,
            "decode": self.stats.decode_seconds,
        }
        return Prediction(
            request_id=self.ask.request_id,
            assignment=self.assignment,
            model_version=self.model_version,
            edit=edit,
            reason=reason,
            region=self.region,
            stats=self.stats,
            seconds={**self.watch.seconds, **generated, "total": self.watch.total()},
            source=self.source,
            output=self.output,
        )
