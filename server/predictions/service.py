"""The life of a prediction: assign, render, generate, parse, judge, answer.

The service knows formats, engines and judgement by their protocols only. It is the one place that
counts predictions; nothing it logs or counts holds user code.
"""

import asyncio
import time
from dataclasses import replace
from functools import partial

import structlog

from model import (
    Chunk,
    Completion,
    Engine,
    FinishReason,
    GenerationRequest,
    GenerationStats,
    Sampling,
)
from prediction import (
    Standing,
    accepted,
    budget_for,
    draft_sources,
    is_same_state,
    objection_to,
    read_edit,
    request_for,
)
from prompt_format import Edit, NoEdit, PromptFormat, RenderedPrompt, TokenBudget, find_format
from quality import JudgeConfig, SuppressReason
from rollout import Arm, Assigner, Assignment
from server.metrics import Metrics
from server.predictions.answer import Answer
from server.predictions.generations import Generations
from server.predictions.prefetch import Prefetcher
from server.predictions.values import Ask, PolicyReason, Prediction, Reason, Region, Source
from server.sessions import (
    CancelCause,
    Session,
    Sessions,
    SessionsConfig,
    Shown,
    Superseded,
    Turn,
    Turns,
)

PREFETCH_SECONDS = 5.0
"""Deadline of an answer that is generated ahead."""

log = structlog.get_logger("foretype.predictions")


class PredictionService:
    """Answers one ``Ask`` with one ``Prediction``."""

    def __init__(
        self,
        *,
        engine: Engine,
        assigner: Assigner,
        judge_config: JudgeConfig,
        sessions_config: SessionsConfig,
        metrics: Metrics,
    ) -> None:
        self._engine = engine
        self._assigner = assigner
        self._judge_config = judge_config
        self._metrics = metrics
        self._turns = Turns()
        self._sessions = Sessions(sessions_config)
        self._generations = Generations(engine, sessions_config, metrics.abandoned_tokens.inc)
        self._prefetcher = Prefetcher(engine)
        self._does_prefetch = sessions_config.prefetch

    async def predict(self, ask: Ask) -> Prediction:
        """Make the prediction. Raises what the server's error table knows, and nothing else."""
        self._prefetcher.give_up()
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
        session = self._sessions.of(ask.caller.session_key)
        rest = self._rest(ask, answer, session)
        if rest is not None:
            self._prefetch(ask, rest, session)
            return rest
        ask = self._as_expected(ask, session)
        prediction = await self._ask_model(ask, answer, session, turn)
        if prediction.edit is not None:
            standing = Standing(ask.prompt_input, prediction.edit)
            session.show(Shown(standing, answer.assignment, answer.model_version))
            self._prefetch(ask, prediction, session)
        return prediction

    def _as_expected(self, ask: Ask, session: Session) -> Ask:
        """The question that was prefetched, if this is the state that was expected."""
        expected, session.expected = session.expected, None
        if expected is None or not is_same_state(expected, ask.prompt_input):
            return ask
        return replace(ask, prompt_input=expected, is_expected=True)

    def _prefetch(self, ask: Ask, prediction: Prediction, session: Session) -> None:
        """Have the answer ready for when the user accepts ``prediction``."""
        if self._does_prefetch and ask.caller.session_key and prediction.edit:
            work = partial(self._predict_ahead, ask, prediction.edit, session)
            self._prefetcher.begin(work)

    async def _predict_ahead(self, ask: Ask, edit: Edit, session: Session) -> None:
        session.expected = accepted(ask.prompt_input, edit)
        deadline = time.monotonic() + PREFETCH_SECONDS
        ahead = replace(ask, prompt_input=session.expected, deadline=deadline)
        answer = Answer(ahead, self._assign(ahead), self._engine.info.version)
        nobodys = Session(types_through=False)
        prediction = await self._ask_model(ahead, answer, nobodys, Turn())
        arm = prediction.assignment.arm.key
        self._metrics.prefetches.labels(arm).inc()
        self._metrics.observe_generation(arm, prediction.stats)

    def stop(self) -> None:
        """Give up what nobody has asked for."""
        self._prefetcher.give_up()

    def _rest(self, ask: Ask, answer: Answer, session: Session) -> Prediction | None:
        """What is left of the prediction shown, if the user is carrying it out."""
        with answer.watch.stage("type_through"):
            rest = session.rest(ask.prompt_input, answer.assignment, answer.model_version)
        if rest is None:
            return None
        answer.source = Source.TYPED_THROUGH
        answer.region = Region(rest.edit.editable_range, rest.region)
        return answer.something(rest.edit)

    async def _ask_model(
        self, ask: Ask, answer: Answer, session: Session, turn: Turn
    ) -> Prediction:
        prompt_format = find_format(answer.assignment.arm.prompt_format)
        with answer.watch.stage("render"):
            rendered = prompt_format.render(ask.prompt_input, self._budget(answer.assignment.arm))
        if isinstance(rendered, NoEdit):
            return answer.nothing(rendered.reason)
        answer.region = Region(rendered.editable_range, rendered.region)

        try:
            completion = await self._generate(ask, answer, rendered, session, turn)
        except Superseded:
            return answer.nothing(PolicyReason.SUPERSEDED)
        answer.stats = _stats(completion, answer.source)

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
        return budget_for(
            self._engine.tokenizer.count,
            self._engine.info.max_context_tokens,
            max_prompt_tokens=arm.max_prompt_tokens,
            max_output_tokens=arm.max_output_tokens,
        )

    async def _generate(
        self, ask: Ask, answer: Answer, rendered: RenderedPrompt, session: Session, turn: Turn
    ) -> Completion:
        """The model's answer. Raises ``Superseded``.

        A shared one may end at the deadline of whoever asked first; then it is asked for anew.
        """

        def follow(chunk: Chunk) -> None:
            turn.phase = chunk.phase

        request = self._request(ask, answer.assignment.arm, rendered, session)
        while True:
            async with self._generations.ask(request) as (generation, answer.source):
                try:
                    completion = await turn.run(generation.result(ask.deadline, follow))
                finally:
                    session.output_tokens = tuple(generation.tokens)
            if ask.is_expected and answer.source is not Source.MODEL:
                answer.source = Source.PREFETCHED
            is_cut = completion.finish_reason is FinishReason.DEADLINE
            if not is_cut or answer.source is Source.MODEL or time.monotonic() >= ask.deadline:
                return completion

    def _request(
        self, ask: Ask, arm: Arm, rendered: RenderedPrompt, session: Session
    ) -> GenerationRequest:
        draft = draft_sources(
            rendered,
            self._engine.tokenizer,
            events=ask.prompt_input.events,
            previous=session.output_tokens,
        )
        return request_for(
            rendered,
            self._engine.tokenizer,
            max_output_tokens=arm.max_output_tokens,
            sampling=Sampling(temperature=arm.temperature),
            session_key=ask.caller.session_key,
            deadline=ask.deadline,
            tenant=ask.caller.tenant,
            draft=draft,
        )

    def _parse(
        self, prompt_format: PromptFormat, rendered: RenderedPrompt, completion: Completion
    ) -> Edit | Reason:
        if completion.finish_reason is FinishReason.DEADLINE:
            return PolicyReason.DEADLINE_EXCEEDED
        return read_edit(prompt_format, rendered, completion.text, completion.finish_reason)

    def _judge(
        self, ask: Ask, rendered: RenderedPrompt, completion: Completion, edit: Edit
    ) -> SuppressReason | None:
        return objection_to(
            edit,
            ask.prompt_input,
            rendered,
            completion.text,
            completion.finish_reason,
            self._judge_config,
        )

    def _record(self, prediction: Prediction, turn: Turn) -> None:
        arm = prediction.assignment.arm.key
        if prediction.reason is PolicyReason.SUPERSEDED:
            self._metrics.cancellations.labels(CancelCause.SUPERSEDED, turn.phase).inc()
        self._metrics.predictions.labels(arm, prediction.result).inc()
        self._metrics.answers.labels(arm, prediction.source).inc()
        self._metrics.observe_stages(prediction.seconds)
        self._metrics.observe_generation(arm, prediction.stats)
        log.info(
            "prediction",
            request_id=prediction.request_id,
            arm=arm,
            model=prediction.model_version,
            result=prediction.result,
            source=prediction.source,
            prompt_tokens=prediction.stats.num_prompt_tokens,
            cached_tokens=prediction.stats.num_cached_tokens,
            generated_tokens=prediction.stats.num_generated_tokens,
            **{f"{stage}_ms": round(s * 1000, 2) for stage, s in prediction.seconds.items()},
        )


def _stats(completion: Completion, source: Source) -> GenerationStats:
    """What the answer cost: nothing if another question has paid for it."""
    if source is Source.MODEL:
        return completion.stats
    num_prompt = completion.stats.num_prompt_tokens
    return GenerationStats(num_prompt_tokens=num_prompt, num_cached_tokens=num_prompt)
