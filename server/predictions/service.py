"""The life of a prediction: assign, render, generate, parse, judge, answer.

The service knows formats, engines and judgement by their protocols only. It is the one place that
counts predictions; nothing it logs or counts holds user code.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

import structlog

from model import (
    Chunk,
    Completion,
    Engine,
    EngineUnavailable,
    FinishReason,
    GenerationStats,
    PromptTooLong,
    UnencodableText,
)
from prediction import accepted, is_same_state
from prompt_format import Edit, NoEdit, PromptFormatError, find_format
from quality import JudgeConfig
from rollout import Assigner, Assignment, RolloutError
from server.metrics import Metrics
from server.predictions.answer import Answer
from server.predictions.generations import Generation, Generations, Given
from server.predictions.prefetch import Prefetcher
from server.predictions.question import Question, question_of
from server.predictions.under_way import QuestionsUnderWay, UnderWay
from server.predictions.values import (
    Ask,
    Follower,
    PolicyReason,
    Prediction,
    Reason,
    Region,
    Source,
)
from server.sessions import CancelCause, Session, Sessions, SessionsConfig, Superseded, Turn, Turns

PREFETCH_SECONDS = 5.0
"""Deadline of an answer that is generated ahead."""

CLIENTS_FAULTS = (PromptFormatError, RolloutError, PromptTooLong, UnencodableText)
"""No arm is to be blamed for them."""

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
        follower: Follower,
    ) -> None:
        self._engine = engine
        self._assigner = assigner
        self._judge_config = judge_config
        self._metrics = metrics
        self._follower = follower
        self._turns = Turns()
        self._sessions = Sessions(sessions_config)
        self._generations = Generations(engine, sessions_config, metrics.abandoned_tokens.inc)
        self._under_way = QuestionsUnderWay()
        self._prefetcher = Prefetcher(engine)
        self._does_prefetch = sessions_config.prefetch

    async def predict(self, ask: Ask) -> Prediction:
        """Make the prediction. Raises what the server's error table knows, and nothing else."""
        self._prefetcher.give_up()
        self._follower.asked(ask)
        with (
            self._metrics.in_flight.track_inprogress(),
            self._turns.take(ask.caller.session_key) as turn,
        ):
            try:
                prediction = await self._steps(ask, turn)
            except asyncio.CancelledError:
                self._metrics.cancellations.labels(CancelCause.DISCONNECTED, turn.phase).inc()
                self._follower.gave_up(ask)
                raise
            except CLIENTS_FAULTS:
                self._follower.gave_up(ask)
                raise
            except Exception as error:
                code = str(getattr(error, "code", "internal"))
                self._follower.failed(ask, self._assign(ask), self._version(), code)
                raise
            self._record(prediction, turn)
            return replace(prediction, prediction_id=self._follower.answered(ask, prediction))

    def _version(self) -> str:
        """Of the model; empty while the engine cannot tell."""
        try:
            return self._engine.info.version
        except EngineUnavailable:
            return ""

    async def _steps(self, ask: Ask, turn: Turn) -> Prediction:
        answer = Answer(ask, self._assign(ask), self._engine.info.version)
        session = self._sessions.of(ask.caller.session_key)
        try:
            prediction = self._rest(ask, answer, session)
            if prediction is None:
                prediction = await self._rest_under_way(ask, answer, session, turn)
            if prediction is None:
                ask = self._as_expected(ask, session)
                prediction = await self._ask_model(ask, answer, session, turn)
                if prediction.edit is not None:
                    session.show(answer.shown(ask.prompt_input, prediction.edit))
        except Superseded:
            return answer.nothing(PolicyReason.SUPERSEDED)
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

    async def _rest_under_way(
        self, ask: Ask, answer: Answer, session: Session, turn: Turn
    ) -> Prediction | None:
        """What is left of the answer under way, if the user has typed its beginning meanwhile.

        Raises ``Superseded``.
        """
        under_way = self._under_way.of(ask.caller.session_key) if session.types_through else None
        if under_way is None or not under_way.is_by(answer.assignment, answer.model_version):
            return None
        may_say = under_way.says(ask.prompt_input)
        if may_say is None:
            return None
        completion = await self._follow(under_way, may_say, ask, turn)
        if completion is None:
            return None
        edit = self._read(under_way.question, completion, answer)
        if isinstance(edit, Edit):
            session.show(answer.shown(under_way.question.prompt_input, edit))
        rest = self._rest(ask, answer, session)
        if rest is None:
            self._metrics.abandoned_tokens.inc(len(completion.tokens))
            return None
        return replace(rest, source=Source.TYPED_AHEAD, stats=completion.stats)

    async def _follow(
        self, under_way: UnderWay, may_say: Callable[[str], bool], ask: Ask, turn: Turn
    ) -> Completion | None:
        generation = under_way.generation
        async with self._generations.join(generation):
            with self._under_way.wait(ask.caller.session_key, under_way):
                return await turn.run(generation.result_if(may_say, ask.deadline))

    async def _ask_model(
        self, ask: Ask, answer: Answer, session: Session, turn: Turn
    ) -> Prediction:
        arm = answer.assignment.arm
        with answer.watch.stage("render"):
            question = question_of(ask, arm, self._engine, session.output_tokens)
        if isinstance(question, NoEdit):
            return answer.nothing(question.reason)
        answer.region = Region(question.rendered.editable_range, question.rendered.region)
        completion = await self._generate(ask, answer, question, session, turn)
        answer.stats = _stats(completion, answer.source)
        edit = self._read(question, completion, answer)
        return answer.something(edit) if isinstance(edit, Edit) else answer.nothing(edit)

    def _read(self, question: Question, completion: Completion, answer: Answer) -> Edit | Reason:
        answer.output = completion.text
        with answer.watch.stage("parse"):
            parsed = question.parse(completion)
        if not isinstance(parsed, Edit):
            return parsed
        with answer.watch.stage("judge"):
            config = answer.assignment.arm.judge or self._judge_config
            objection = question.objection_to(parsed, completion, config)
        return objection or parsed

    def _assign(self, ask: Ask) -> Assignment:
        assignment = self._assigner.assign(ask.caller.unit, ask.experiment)
        if ask.prompt_format is None:
            return assignment
        wanted = find_format(ask.prompt_format).name
        return replace(assignment, arm=replace(assignment.arm, prompt_format=wanted))

    async def _generate(
        self, ask: Ask, answer: Answer, question: Question, session: Session, turn: Turn
    ) -> Completion:
        """The model's answer. Raises ``Superseded``.

        A shared one may end at the deadline of whoever asked first; then it is asked for anew.
        """

        def follow(chunk: Chunk) -> None:
            turn.phase = chunk.phase

        while True:
            async with self._generations.ask(question.request) as (generation, answer.source):
                try:
                    with self._found_by_session(ask, answer, question, generation):
                        completion = await turn.run(generation.result(ask.deadline, follow))
                finally:
                    session.output_tokens = tuple(generation.tokens)
            if ask.is_expected and answer.source is not Source.MODEL:
                answer.source = Source.PREFETCHED
            is_cut = completion.finish_reason is FinishReason.DEADLINE
            if not is_cut or answer.source is Source.MODEL or time.monotonic() >= ask.deadline:
                return completion

    def _found_by_session(
        self, ask: Ask, answer: Answer, question: Question, generation: Generation | Given
    ) -> AbstractContextManager[None]:
        if not ask.caller.session_key or isinstance(generation, Given):
            return nullcontext()
        under_way = UnderWay(question, generation, answer.assignment, answer.model_version)
        return self._under_way.wait(ask.caller.session_key, under_way)

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
