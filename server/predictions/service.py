"""The life of a prediction: assign, render, generate, parse, judge, answer.

The service knows formats, engines and judgement by their protocols only.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from model import (
    Chunk,
    Completion,
    EngineOverloaded,
    Engines,
    EngineUnavailable,
    FinishReason,
)
from prediction import accepted, is_same_state
from prompt_format import Edit, NoEdit, PromptFormatError
from quality import JudgeConfig
from rollout import Arm, Assigner, Assignment, RolloutError
from server.metrics import Metrics
from server.predictions.accounts import NOT_READY, REFUSED, Accounts
from server.predictions.answer import Answer
from server.predictions.generations import Generation, Generations, Given
from server.predictions.prefetch import Prefetcher
from server.predictions.question import Question, question_of
from server.predictions.responders import REFUSALS, Responder, Responders
from server.predictions.stopwatch import Stopwatch
from server.predictions.under_way import QuestionsUnderWay, UnderWay
from server.predictions.values import (
    Ask,
    Follower,
    Meter,
    PolicyReason,
    Prediction,
    Reason,
    Region,
    Source,
)
from server.sessions import Session, Sessions, SessionsConfig, Superseded, Turn, Turns

PREFETCH_SECONDS = 5.0
"""Deadline of an answer that is generated ahead."""

CLIENTS_FAULTS = (PromptFormatError, RolloutError, *REFUSALS)
"""No arm is to be blamed for them where everybody's refuses as well."""


class PredictionService:
    """Answers one ``Ask`` with one ``Prediction``."""

    def __init__(
        self,
        *,
        engines: Engines,
        assigner: Assigner,
        settings_arm: Arm,
        judge_config: JudgeConfig,
        sessions_config: SessionsConfig,
        metrics: Metrics,
        follower: Follower,
        meter: Meter,
    ) -> None:
        self._engines = engines
        self._assigner = assigner
        self._responders = Responders(engines, assigner, settings_arm)
        self._judge_config = judge_config
        self._metrics = metrics
        self._follower = follower
        self._accounts = Accounts(metrics, meter)
        self._turns = Turns()
        self._sessions = Sessions(sessions_config)
        self._generations = Generations(sessions_config, metrics.abandoned_tokens.inc)
        self._under_way = QuestionsUnderWay()
        self._prefetcher = Prefetcher(engines)
        self._does_prefetch = sessions_config.prefetch

    async def predict(self, ask: Ask) -> Prediction:
        """Make the prediction. Raises what the server's error table knows, and nothing else."""
        started = time.monotonic()
        self._prefetcher.give_up()
        self._follower.asked(ask)
        with (
            self._metrics.in_flight.track_inprogress(),
            self._turns.take(ask.caller.session_key) as turn,
        ):
            try:
                prediction = await self._steps(ask, turn)
            except asyncio.CancelledError:
                self._note_leaving(ask, turn, time.monotonic() - started)
                raise
            except CLIENTS_FAULTS:
                self._follower.gave_up(ask)
                raise
            except Exception as error:
                self._note_failure(ask, str(getattr(error, "code", "internal")))
                raise
            self._accounts.made(prediction, ask.caller.unit, turn.phase)
            return replace(prediction, prediction_id=self._follower.answered(ask, prediction))

    def _note_leaving(self, ask: Ask, turn: Turn, seconds: float) -> None:
        try:
            assignment = self._assign(ask)
        except CLIENTS_FAULTS:
            self._follower.gave_up(ask)
            return
        self._accounts.left(assignment, ask.caller.unit, turn.phase, seconds)
        self._follower.left(ask, assignment, self._version(), seconds)

    def _note_failure(self, ask: Ask, code: str) -> None:
        assignment = self._assign(ask)
        self._accounts.failed(assignment, ask.caller.unit)
        self._follower.failed(ask, assignment, self._version(), code)

    def _version(self) -> str:
        """Of the model that is asked last; empty while its engine cannot tell."""
        try:
            return self._engines.base.info.version
        except EngineUnavailable:
            return ""

    async def _steps(self, ask: Ask, turn: Turn) -> Prediction:
        """By the first who can answer.

        No engine is asked again for what it failed at, and nobody for what everybody's arm refuses.
        """
        assignment, watch = self._assign(ask), Stopwatch()
        by, *others = self._responders.of(ask, assignment)
        if by.is_fallback:
            self._accounts.fell_back(assignment, NOT_READY)
        was_refused = False
        while True:
            try:
                prediction = await self._steps_by(by, ask, assignment, turn, watch)
            except (EngineUnavailable, EngineOverloaded) as error:
                others = [each for each in others if each.engine is not by.engine]
                if not others:
                    raise
                self._accounts.fell_back(assignment, error.code)
            except REFUSALS:
                if by.is_everybodys:
                    raise
                was_refused = True
            else:
                if was_refused:
                    self._accounts.fell_back(assignment, REFUSED)
                return prediction
            by, *others = others

    async def _steps_by(
        self, by: Responder, ask: Ask, assignment: Assignment, turn: Turn, watch: Stopwatch
    ) -> Prediction:
        answer = Answer(ask, assignment, by, watch)
        session = self._sessions.of(answer.session_key)
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
        self._prefetch(ask, prediction, answer, session)
        return prediction

    def _as_expected(self, ask: Ask, session: Session) -> Ask:
        """The question that was prefetched, if this is the state that was expected."""
        expected, session.expected = session.expected, None
        if expected is None or not is_same_state(expected, ask.prompt_input):
            return ask
        return replace(ask, prompt_input=expected, is_expected=True)

    def _prefetch(self, ask: Ask, prediction: Prediction, answer: Answer, session: Session) -> None:
        """Have the answer ready for when the user accepts ``prediction``, by the same arm."""
        if self._does_prefetch and ask.caller.session_key and prediction.edit:
            work = partial(self._predict_ahead, ask, prediction.edit, answer, session)
            self._prefetcher.begin(work)

    async def _predict_ahead(self, ask: Ask, edit: Edit, before: Answer, session: Session) -> None:
        session.expected = accepted(ask.prompt_input, edit)
        deadline = time.monotonic() + PREFETCH_SECONDS
        ahead = replace(ask, prompt_input=session.expected, deadline=deadline)
        answer = Answer(ahead, before.assignment, before.by)
        nobodys = Session(types_through=False)
        self._accounts.made_ahead(await self._ask_model(ahead, answer, nobodys, Turn()))

    def stop(self) -> None:
        """Give up what nobody has asked for."""
        self._prefetcher.give_up()

    def _rest(self, ask: Ask, answer: Answer, session: Session) -> Prediction | None:
        """What is left of the prediction shown, if the user is carrying it out."""
        with answer.watch.stage("type_through"):
            rest = session.rest(ask.prompt_input, answer.by.assignment, answer.model_version)
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
        if under_way is None or not under_way.is_by(answer):
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
        with answer.watch.stage("render"):
            question = question_of(ask, answer.by, session.output_tokens)
        if isinstance(question, NoEdit):
            return answer.nothing(question.reason)
        answer.region = Region(question.rendered.editable_range, question.rendered.region)
        completion = await self._generate(ask, answer, question, session, turn)
        answer.pay_for(completion)
        edit = self._read(question, completion, answer)
        return answer.something(edit) if isinstance(edit, Edit) else answer.nothing(edit)

    def _read(self, question: Question, completion: Completion, answer: Answer) -> Edit | Reason:
        answer.output = completion.text
        with answer.watch.stage("parse"):
            parsed = question.parse(completion)
        if not isinstance(parsed, Edit):
            return parsed
        with answer.watch.stage("judge"):
            config = answer.by.arm.judge or self._judge_config
            objection = question.objection_to(parsed, completion, config)
        return objection or parsed

    def _assign(self, ask: Ask) -> Assignment:
        assignment = self._assigner.assign(ask.caller.unit, ask.experiment)
        return replace(assignment, arm=ask.in_its_format(assignment.arm))

    async def _generate(
        self, ask: Ask, answer: Answer, question: Question, session: Session, turn: Turn
    ) -> Completion:
        """The model's answer. Raises ``Superseded``.

        A shared one may end at the deadline of whoever asked first; then it is asked for anew.
        """

        def follow(chunk: Chunk) -> None:
            turn.phase = chunk.phase

        while True:
            asked = self._generations.ask(answer.by, question.request)
            async with asked as (generation, answer.source):
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
        under_way = UnderWay(question, generation, answer.by, answer.model_version)
        return self._under_way.wait(ask.caller.session_key, under_way)
