import json
from collections import Counter

import httpx
import pytest

from benchmarks.replay.calling import Server
from benchmarks.replay.figures import figures_of
from benchmarks.replay.pace import Pace
from benchmarks.replay.protocols import Completions, Native, Sweep, WireProtocol
from benchmarks.replay.replaying import Replay, replay
from model import ByteTokenizer, FakeEngine, FakePace, GenerationRequest
from prompt_format import find_format
from tests.benchmarks.replay.passages import OLD, passage
from tests.benchmarks.replay.peer import peer
from tests.server.conftest import MakeClient

LINE = "    return price * quantity"
TYPED = passage(OLD, OLD.replace("    return price", LINE))
COMPLETIONS = Completions(find_format("completion"), ByteTokenizer(), 700, 60)


def rest_of_line(request: GenerationRequest) -> str:
    """What a perfect model answers to a prompt that ends where the line is typed."""
    typed = ByteTokenizer().decode(request.prompt_tokens).decode().rpartition("\n")[2]
    return LINE.removeprefix(typed)


async def typed_at(url: str, protocol: WireProtocol, speed: float = 40) -> Replay:
    async with httpx.AsyncClient(base_url=url) as http:
        return await replay(Server(http, protocol), [[TYPED]], Pace(speed=speed))


async def test_a_right_answer_saves_keys(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(rest_of_line)) as client:
        run = await replay(Server(client.http, Native()), [[TYPED], [TYPED]], Pace())
    figures = figures_of(run)
    assert figures["accepted"] == 2 and figures["right"] >= 2
    assert figures["keys_without_predictions"] == 2 * len(" * quantity")
    assert 0 < figures["keystrokes_saved"] < 1
    outcomes = Counter(key.outcome for key in run.keys)
    assert figures["keystrokes"] == len(run.keys) == outcomes.total()
    assert figures["answered"] == len(run.keys) - outcomes["superseded"]


async def test_who_never_accepts_types_every_key(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(rest_of_line)) as client:
        server = Server(client.http, Native())
        run = await replay(server, [[TYPED]], Pace(speed=40), accepts=False)
    figures = figures_of(run)
    assert figures["keystrokes"] == TYPED.num_keys and figures["keystrokes_saved"] == 0


async def test_keys_come_whether_or_not_answers_do(make_client: MakeClient) -> None:
    slow = FakeEngine(rest_of_line, FakePace(prefill_seconds=0.5))
    async with make_client(slow) as client:
        run = await replay(Server(client.http, Native()), [[TYPED]], Pace(speed=40))
    outcomes = Counter(key.outcome for key in run.keys)
    assert outcomes == {"superseded": TYPED.num_keys - 1, "empty_output": 1}
    assert all(key.gap is not None for key in run.keys[:-1]) and run.keys[-1].gap is None


async def test_a_client_that_closes_counts_what_came_for_nothing() -> None:
    chunk = json.dumps({"choices": [{"text": "x", "finish_reason": None}]})
    async with (
        peer(f"data: {chunk}\n\n".encode(), hangs=True) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        server = Server(http, COMPLETIONS, hang_seconds=0.2)
        run = await replay(server, [[TYPED]], Pace(speed=4))
    closed = [key.num_wasted_tokens for key in run.keys if key.outcome == "closed"]
    assert max(closed) == 1 and figures_of(run)["tokens_seen_for_nothing"] >= sum(closed)
    assert run.keys[-1].outcome == "timeout"


@pytest.mark.parametrize(
    ("answer", "status", "outcome"),
    [(b"", 500, "status_500"), (b"<html>", 200, "bad_answer"), (b"busy", 503, "status_503")],
)
@pytest.mark.parametrize("protocol", [Native(), COMPLETIONS, Sweep()])
async def test_what_a_server_does_wrong_is_counted(
    protocol: WireProtocol, answer: bytes, status: int, outcome: str
) -> None:
    async with peer(answer, status=status) as url:
        figures = figures_of(await typed_at(url, protocol))
    assert set(figures["failed"]) == {outcome}
    assert figures["answered"] == 0 and figures["latency"] == {}
    assert figures["latency_if_waited_for"]["p50_ms"] is None


async def test_a_server_that_is_gone_is_counted() -> None:
    async with peer(b"") as url:
        pass
    figures = figures_of(await typed_at(url, Native()))
    assert figures["failed"] == {"ConnectError": TYPED.num_keys}
