"""What the model is asked, and how its answer is read."""

from dataclasses import dataclass

from model import Completion, DraftSources, FinishReason, GenerationRequest, Sampling
from prediction import budget_for, draft_sources, objection_to, read_edit, request_for
from prompt_format import (
    Edit,
    NoEdit,
    Observation,
    PromptFormat,
    PromptInput,
    RenderedPrompt,
    find_format,
)
from quality import JudgeConfig, SuppressReason
from server.predictions.responders import Responder
from server.predictions.values import Ask, PolicyReason, Reason


@dataclass(frozen=True, slots=True)
class Question:
    """A state of the editor as the prompt of an arm, and the request that goes to the engine."""

    prompt_input: PromptInput
    prompt_format: PromptFormat
    rendered: RenderedPrompt
    request: GenerationRequest

    def parse(self, completion: Completion) -> Edit | Reason:
        """The edit that the model answered, or why there is none."""
        if completion.finish_reason is FinishReason.DEADLINE:
            return PolicyReason.DEADLINE_EXCEEDED
        return read_edit(
            self.prompt_format, self.rendered, completion.text, completion.finish_reason
        )

    def objection_to(
        self, edit: Edit, completion: Completion, config: JudgeConfig
    ) -> SuppressReason | None:
        """Why ``edit``, read out of ``completion``, is better not shown; None if it may be."""
        return objection_to(
            edit,
            self.prompt_input,
            self.rendered,
            completion.text,
            completion.finish_reason,
            config,
        )


def question_of(ask: Ask, by: Responder, previous: tuple[int, ...]) -> Question | NoEdit:
    """The question, or why there can be none. ``previous``: the session's latest answer's tokens.

    Raises ``SpecialTokenInInput``, ``UnencodableText`` and ``EngineUnavailable``.
    """
    arm, engine = by.arm, by.engine
    prompt_format = find_format(arm.prompt_format)
    budget = budget_for(
        engine.tokenizer.count,
        engine.info.max_context_tokens,
        max_prompt_tokens=arm.max_prompt_tokens,
        max_output_tokens=arm.max_output_tokens,
    )
    observation = Observation(
        history_events=arm.history_events,
        related_files=arm.related_files,
        diagnostics=arm.diagnostics,
        typed_line=arm.typed_line,
    )
    rendered = prompt_format.render(observation.of(ask.prompt_input), budget)
    if isinstance(rendered, NoEdit):
        return rendered
    draft = DraftSources()
    if arm.drafts:
        draft = draft_sources(
            rendered, engine.tokenizer, events=ask.prompt_input.events, previous=previous
        )
    request = request_for(
        rendered,
        engine.tokenizer,
        max_output_tokens=arm.max_output_tokens,
        sampling=Sampling(temperature=arm.temperature),
        session_key=ask.caller.session_key,
        deadline=ask.deadline,
        tenant=ask.caller.tenant,
        draft=draft,
    )
    return Question(ask.prompt_input, prompt_format, rendered, request)
