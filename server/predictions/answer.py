"""A prediction in the making: what each step has added so far."""

from model import Completion, GenerationStats
from prediction import Standing
from prompt_format import Edit, PromptInput
from rollout import Assignment
from server.predictions.responders import Responder
from server.predictions.stopwatch import Stopwatch
from server.predictions.values import Ask, Prediction, Reason, Region, Source
from server.sessions import Shown


class Answer:
    """Gathers one prediction step by step; ``something`` or ``nothing`` ends it.

    It counts for ``assignment``, whoever it is made ``by``. Raises ``EngineUnavailable`` while that
    one's engine cannot tell its version.
    """

    def __init__(
        self, ask: Ask, assignment: Assignment, by: Responder, watch: Stopwatch | None = None
    ) -> None:
        self.ask = ask
        self.assignment = assignment
        self.by = by
        self.model_version = by.model_version
        self.watch = watch or Stopwatch()
        self.region: Region | None = None
        self.stats = GenerationStats()
        self.source = Source.NOBODY
        self.output = ""

    def shown(self, prompt_input: PromptInput, edit: Edit) -> Shown:
        """That ``edit`` of a state is shown, by the arm and model that answer here."""
        return Shown(Standing(prompt_input, edit), self.by.assignment, self.model_version)

    @property
    def session_key(self) -> str:
        """Names what the editor window's session has of the arm and model that answer here.

        Tokens of one are nothing to another, which may have another vocabulary.
        """
        if not self.ask.caller.session_key:
            return ""
        by = self.by.assignment
        who = (by.experiment, by.arm.key, by.arm.release, self.model_version)
        return "\0".join((self.ask.caller.session_key, *who))

    def pay_for(self, completion: Completion) -> None:
        """Note what the answer cost: nothing if another question has paid for it."""
        if self.source is Source.MODEL:
            self.stats = completion.stats
        else:
            num_prompt = completion.stats.num_prompt_tokens
            self.stats = GenerationStats(num_prompt_tokens=num_prompt, num_cached_tokens=num_prompt)

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
            is_fallback=self.by.is_fallback,
        )
