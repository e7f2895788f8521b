"""One run against one server: its figures, and what it cost the server."""

import asyncio

import httpx
import psutil

from benchmarks.replay.calling import Server
from benchmarks.replay.counters import Counted, counted_by
from benchmarks.replay.figures import Figures, figures_of
from benchmarks.replay.keystroke import Keystroke
from benchmarks.replay.pace import Pace
from benchmarks.replay.passage import Passage
from benchmarks.replay.replaying import replay
from benchmarks.replay.servers import Running
from benchmarks.replay.shares import Shares
from benchmarks.replay.typist import Typist

WARM_UPS = 3


def measure(server: Running, shares: Shares, pace: Pace, accepts: bool = True) -> Figures:
    """Type ``shares`` against a server that has answered before."""
    return asyncio.run(_measure(server, shares, pace, accepts))


async def _measure(running: Running, shares: Shares, pace: Pace, accepts: bool) -> Figures:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=running.url, limits=limits, timeout=None) as http:
        server = Server(http, running.protocol)
        await _warm_up(server, shares[-1][-1])
        processor, counted = processor_seconds(running.process), await counted_by(http)
        typed = await replay(server, shares, pace, accepts)
        spent, counted_after = processor_seconds(running.process), await counted_by(http)
    figures = figures_of(typed)
    if counted and counted_after:
        figures["server_counted"] = _work(counted_after.since(counted), figures)
    if processor is not None and spent is not None:
        milliseconds = (spent - processor) * 1000
        figures["server_cpu_ms_per_keystroke"] = round(milliseconds / len(typed.keys), 1)
        figures["server_cpu_ms_per_answer"] = round(milliseconds / max(1, figures["answered"]), 1)
    return figures


def _work(counted: Counted, figures: Figures) -> Figures:
    """By keystroke, what nobody got included as far as the server counts it."""
    received = figures["generated_tokens"]
    return {
        "model_steps_per_keystroke": round(counted.steps / figures["keystrokes"], 2),
        "prefilled_tokens_per_keystroke": round(counted.prefilled / figures["keystrokes"], 2),
        "generated_for_nothing": None if received is None else counted.generated - received,
    }


async def _warm_up(server: Server, passage: Passage) -> None:
    typist = Typist(passage, notice_seconds=0)
    for _ in range(min(WARM_UPS, passage.num_keys)):
        typist.press()
        await server.ask(typist.state(), "warm-up", Keystroke(0, 0))


def processor_seconds(process: psutil.Process | None) -> float | None:
    """Processor time of a process and its children so far; None if it is not known or has ended."""
    try:
        all_ = [process, *process.children(recursive=True)] if process else []
        times = [each.cpu_times() for each in all_]
    except psutil.Error:
        return None
    return sum(time.user + time.system for time in times) if times else None
