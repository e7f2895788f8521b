"""Engines of releases come and go beside the base; what goes wrong with one concerns no other."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from model import (
    Chunk,
    Engines,
    EngineUnavailable,
    FakeAnswer,
    FakeEngine,
    FakePace,
    GenerationRequest,
    ModelCard,
    ModelFilesError,
)

RETRY_SECONDS = 0.05
WAIT_SECONDS = 5.0
CARD = ModelCard("foretype-span", max_prompt_tokens=500, max_output_tokens=90)


class Watched(FakeEngine):
    """Notes in ``events`` what becomes of it."""

    def __init__(self, name: str, events: list[str], answer: FakeAnswer, pace: FakePace) -> None:
        super().__init__([answer], pace, version=name, card=CARD)
        self._name = name
        self._events = events

    async def start(self) -> None:
        self._events.append(f"start {self._name}")
        await super().start()

    async def stop(self) -> None:
        self._events.append(f"stop {self._name}")
        await super().stop()

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        self._events.append(f"ask {self._name}")
        async for chunk in super().generate(request):
            yield chunk


@dataclass
class Shelf:
    """Where releases come from: ``missing`` ones are not there, others answer what ``says`` has."""

    events: list[str] = field(default_factory=list)
    missing: dict[str, Exception] = field(default_factory=dict)
    says: dict[str, FakeAnswer] = field(default_factory=dict)
    pace: FakePace = field(default_factory=FakePace)

    def build(self, release: str) -> Watched:
        if release in self.missing:
            self.events.append(f"no {release}")
            raise self.missing[release]
        answer = self.says.get(release, FakeAnswer(release))
        return Watched(release, self.events, answer, self.pace)


@asynccontextmanager
async def started(shelf: Shelf, base: FakeEngine | None = None) -> AsyncIterator[Engines]:
    engines = Engines(base or FakeEngine(["base"]), shelf.build, retry_seconds=RETRY_SECONDS)
    await engines.start()
    try:
        yield engines
    finally:
        await engines.stop()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not is_so():
            await asyncio.sleep(0.005)


async def text(engines: Engines, release: str) -> str:
    engine = engines.of(release)
    assert engine is not None
    request = GenerationRequest(prompt_tokens=(1, 2, 3), max_tokens=50)
    return "".join([chunk.text async for chunk in engine.generate(request)])


async def test_the_base_is_there_from_the_start_to_the_end() -> None:
    shelf = Shelf()
    async with started(shelf) as engines:
        assert engines.of("") is engines.base
        assert engines.of("one") is None
        await engines.keep(["", ""])
        assert await text(engines, "") == "base"
        assert list(engines.served) == [""]
    assert shelf.events == []
    with pytest.raises(EngineUnavailable):
        await text(engines, "")


async def test_releases_are_loaded_one_after_the_other_each_warmed_up() -> None:
    shelf = Shelf(pace=FakePace(step_seconds=0.01))
    async with started(shelf) as engines:
        keeping = asyncio.create_task(engines.keep(["one", "", "two"]))
        given = []
        while not keeping.done():
            given.append((*engines.served, *shelf.events[-1:]))
            await asyncio.sleep(0)
        assert ("", "ask one") in given and ("", "one", "ask two") in given
        assert ("", "one", "start one") not in given
        assert shelf.events == ["start one", "ask one", "start two", "ask two"]
        assert [await text(engines, release) for release in ("one", "two")] == ["one", "two"]
        await engines.keep(["one", "two"])
        assert "start one" not in shelf.events[4:]
        assert not engines.problems


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModelFilesError("its files are missing"), "its files are missing"),
        (OSError("/secret"), "loading it failed: OSError"),
    ],
)
async def test_what_cannot_be_loaded_is_told_and_tried_again(error: Exception, words: str) -> None:
    shelf = Shelf(missing={"bad": error})
    async with started(shelf) as engines:
        await engines.keep(["bad", "good"])
        assert engines.problems == {"bad": words}
        assert engines.of("bad") is None
        assert await text(engines, "good") == "good"
        await engines.keep(["bad", "good"])
        assert shelf.events.count("no bad") == 1
        await until(lambda: shelf.events.count("no bad") == 3)
        shelf.missing.clear()
        await until(lambda: engines.of("bad") is not None)
        assert not engines.problems
        assert await text(engines, "bad") == "bad"


async def test_one_that_does_not_answer_its_warm_up_is_given_out_to_nobody() -> None:
    shelf = Shelf(says={"bad": FakeAnswer(error=EngineUnavailable("it broke"))})
    async with started(shelf) as engines:
        await engines.keep(["bad"])
        assert (engines.of("bad"), engines.problems) == (None, {"bad": "it broke"})
        assert shelf.events == ["start bad", "ask bad", "stop bad"]
        shelf.says.clear()
        await until(lambda: engines.of("bad") is not None)


async def test_a_problem_that_nobody_wants_solved_is_forgotten() -> None:
    shelf = Shelf(missing={"bad": ModelFilesError("missing")})
    async with started(shelf) as engines:
        await engines.keep(["bad"])
        await engines.keep([])
        assert not engines.problems
        num_tries = len(shelf.events)
        await asyncio.sleep(3 * RETRY_SECONDS)
        assert len(shelf.events) == num_tries


async def test_what_is_not_wanted_any_more_answers_who_has_asked_before_it_stops() -> None:
    shelf = Shelf(pace=FakePace(step_tokens=1, step_seconds=0.03))
    async with started(shelf) as engines:
        await engines.keep(["one"])
        running = asyncio.create_task(text(engines, "one"))
        await asyncio.sleep(0.02)
        dropping = asyncio.create_task(engines.keep(["two"]))
        await asyncio.sleep(0.02)
        assert engines.of("one") is None
        assert "stop one" not in shelf.events
        assert await running == "one"
        await dropping
        assert shelf.events[-3:] == ["stop one", "start two", "ask two"]
        assert list(engines.served) == ["", "two"]


async def test_a_later_wish_takes_the_place_of_the_one_under_way() -> None:
    shelf = Shelf(pace=FakePace(step_seconds=0.05))
    async with started(shelf) as engines:
        first = asyncio.create_task(engines.keep(["one", "two"]))
        await until(lambda: "ask one" in shelf.events)
        await engines.keep(["three"])
        await first
        assert list(engines.served) == ["", "three"]
        assert "start two" not in shelf.events and "stop one" in shelf.events


async def test_the_end_stops_all_of_them_whatever_one_of_them_does() -> None:
    class Stubborn(Watched):
        async def stop(self) -> None:
            await super().stop()
            raise RuntimeError("it does not want to")

    shelf = Shelf(missing={"bad": ModelFilesError("missing")})
    stubborn = Stubborn("stubborn", shelf.events, FakeAnswer("x"), FakePace())
    base = Watched("base", shelf.events, FakeAnswer("base"), FakePace())
    engines = Engines(base, lambda name: stubborn if name == "stubborn" else shelf.build(name))
    await engines.start()
    await engines.keep(["stubborn", "one", "bad"])
    await engines.stop()
    assert shelf.events[-3:] == ["stop stubborn", "stop one", "stop base"]
    assert (list(engines.served), dict(engines.problems)) == ([""], {})
    await engines.stop()


async def test_one_given_up_while_it_loads_is_stopped() -> None:
    shelf = Shelf(pace=FakePace(step_seconds=10))
    async with started(shelf) as engines:
        keeping = asyncio.create_task(engines.keep(["one"]))
        await until(lambda: "ask one" in shelf.events)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
        assert shelf.events[-1] == "stop one"
        assert not engines.problems and list(engines.served) == [""]


async def test_a_release_that_the_base_serves_is_served_by_the_base() -> None:
    base = FakeEngine(["base"])
    engines = Engines(base, lambda _release: base)
    await engines.start()
    await engines.keep(["its-own"])
    assert engines.of("its-own") is base and not base.requests
    await engines.keep([])
    assert engines.of("its-own") is None
    assert await text(engines, "") == "base"
    await engines.stop()


async def test_cards_are_known_before_a_release_is_served() -> None:
    shelf = Shelf(missing={"bad": ModelFilesError("missing")})
    async with started(shelf, FakeEngine()) as engines:
        assert (engines.card_of(""), engines.card_of("bad")) == (None, None)
        assert engines.card_of("one") == CARD
        await engines.keep(["one"])
        assert engines.card_of("one") == CARD
        assert engines.of("one") is not None


async def test_idle_means_all_of_them() -> None:
    shelf = Shelf(pace=FakePace(step_seconds=0.03))
    async with started(shelf) as engines:
        await engines.keep(["one"])
        assert engines.is_idle
        running = asyncio.create_task(text(engines, "one"))
        await asyncio.sleep(0.01)
        assert engines.base.is_idle and not engines.is_idle
        await running
        assert engines.is_idle
