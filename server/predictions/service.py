"""The life of a prediction: assign, render, generate, parse, judge, answer.

The service knows formats, engines and judgement by their protocols only. It is the one place that
counts predictions; nothing it logs or counts holds user code.
"""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import structlog

from model import (
    Completion,
    DraftSources,
    Engine,
    GenerationRequest,
    GenerationStats,
    Sampling,
    num_open_tokens,
)
from prompt_format import (
    Edit,
    NoEdit,
    PromptFormat,
    RenderedPrompt,
    TokenBudget,
    find_format,
)
from quality import Candidate, JudgeConfig, SuppressReason, judge
from rollout import Arm, Assigner, Assignment
from server.metrics import Metrics
from server.predictions.answer import Answer
from server.predictions.turns import CancelCause, Superseded, Turn, Turns
from server.predictions.values import (
    Ask,
    PolicyReason,
    Prediction,
    Reason,
    reason_for_end,
)

log = structlog.get_logger("foretype.predictions")


class PredictionService:
    """Answers one ``Ask`` with one ``Prediction``."""

    def __init__(
        self, *, engine: Engine, assigner: Assigner, judge_config: JudgeConfig, metrics: Metrics
    ) -> None:
        self._engine = engine
        self._assigner = assigner
        self._judge_config = judge_config
        self._metrics = metrics
        self._turns = Turns()

    async def predict(self, ask: Ask) -> Prediction:
        """Make the prediction. Raises what the server's error table knows, and nothing else."""
        with (
            self._metrics.in_flight.track_inprogress(),
            self._turns.take(ask.caller.session_key) as turn,
        ):
            try:
                prediction = await self._steps(ask, turn)
            except asyncio.CancelledError:
                self._metrics.cancellations.labels(CancelCause.DISCONNECTED, turn.phase).inc()
                raise
            self._record(prediction, turn)
            return prediction

    async def _steps(self, ask: Ask, turn: Turn) -> Prediction:
        answer = Answer(ask, self._assign(ask), self._engine.info.version)
        prompt_format = find_format(answer.assignment.arm.prompt_format)

        with answer.watch.stage("render"):
            rendered = prompt_format.render(ask.prompt_input, self._budget(answer.assignment.arm))
        if isinstance(rendered, NoEdit):
            return answer.nothing(rendered.reason)
        answer.rendered = rendered

        try:
            completion = await turn.run(self._generate(ask, answer, rendered, turn))
        except Superseded:
            return answer.nothing(PolicyReason.SUPERSEDED)
        answer.stats = completion.stats

        with answer.watch.stage("parse"):
            parsed = self._parse(prompt_format, rendered, completion)
        if not isinstance(parsed, Edit):
            return answer.nothing(parsed)

        with answer.watch.stage("judge"):
            objection = self._judge(ask, rendered, completion, parsed)
        return answer.nothing(objection) if objection else answer.something(parsed)

    def _assign(self, ask: Ask) -> Assignment:
        assignment = self._assigner.assign(ask.caller.unit, ask.experiment)
        if ask.prompt_format is None:
            return assignment
        wanted = find_format(ask.prompt_format).name
        return replace(assignment, arm=replace(assignment.arm, prompt_format=wanted))

    def _budget(self, arm: Arm) -> TokenBudget:
        room = self._engine.info.max_context_tokens - arm.max_output_tokens
        return TokenBudget(
            count=self._engine.tokenizer.count, max_prompt_tokens=min(arm.max_prompt_tokens, room)
        )

    async def _generate(
        self, ask: Ask, answer: Answer, rendered: RenderedPrompt, turn: Turn
    ) -> Completion:
        arm = answer.assignment.arm
        tokenizer = self._engine.tokenizer
        encode = tokenizer.encode
        prompt_tokens = encode(rendered.text + rendered.prefill, rendered.special_tokens)
        num_open = num_open_tokens(tokenizer, prompt_tokens) if rendered.continues_text else 0
        request = GenerationRequest(
            prompt_tokens=prompt_tokens,
            max_tokens=arm.max_output_tokens,
            stop=rendered.stop,
            sampling=Sampling(temperature=arm.temperature),
            session_key=ask.caller.session_key,
            deadline=ask.deadline,
            draft=DraftSources(reference=encode(rendered.reference, rendered.special_tokens)),
            num_open_tokens=num_open,
        )
        texts: list[str] = []
        tokens: list[int] = []
        async with aclosing(self._engine.generate(request)) as stream:
            async for chunk in stream:
                turn.phase = chunk.phase
                texts.append(chunk.text)
                tokens.extend(chunk.tokens)
                if chunk.finish_reason is not None:
                    stats = chunk.stats or GenerationStats()
                    return Completion("".join(texts), tuple(tokens), chunk.finish_reason, stats)
        raise AssertionError("the engine ended its stream without a finish reason")

    def _parse(
        self, prompt_format: PromptFormat, rendered: RenderedPrompt, completion: Completion
    ) -> Edit | Reason:
        reason = reason_for_end(completion.finish_reason)
        if reason is PolicyReason.DEADLINE_EXCEEDED:
            return reason
        parsed = prompt_format.parse(rendered.prefill + completion.text, rendered)
        if isinstance(parsed, NoEdit):
            return reason or parsed.reason
        return parsed.ending_like(rendered.region)

    def _judge(
        self, ask: Ask, rendered: RenderedPrompt, completion: Completion, edit: Edit
    ) -> SuppressReason | None:
        candidate = Candidate(
            prompt_input=ask.prompt_input,
            rendered=rendered,
            edit=edit,
            raw_output=completion.text,
            truncated=reason_for_end(completion.finish_reason) is SuppressReason.TRUNCATED,
        )
        return judge(candidate, self._judge_config)

    def _record(self, prediction: Prediction, turn: Turn) -> None:
        arm = prediction.assignment.arm.key
        if prediction.reason is PolicyReason.SUPERSEDED:
            self._metrics.cancellations.labels(CancelCause.SUPERSEDED, turn.phase).inc()
        self._metrics.predictions.labels(arm, prediction.result).inc()
        self._metrics.observe_stages(prediction.seconds)
        self._metrics.observe_generation(arm, prediction.stats)
        log.info(
            "prediction",
            request_id=prediction.request_id,
            arm=arm,
            model=prediction.model_version,
            result=prediction.result,
            prompt_tokens=prediction.stats.num_prompt_tokens,
            cached_tokens=prediction.stats.num_cached_tokens,
            generated_tokens=prediction.stats.num_generated_tokens,
            **{f"{stage}_ms": round(s * 1000, 2) for stage, s in prediction.seconds.items()},
        )
