"""One run against one server: its figures, and what it cost the server."""

import asyncio

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.replay.calling import Server
from benchmarks.replay.figures import Figures, figures_of
from benchmarks.replay.keystroke import Keystroke
from benchmarks.replay.pace import Pace
from benchmarks.replay.passage import Passage
from benchmarks.replay.replaying import replay
from benchmarks.replay.servers import Running
from benchmarks.replay.shares import Shares
from benchmarks.replay.typist import Typist

GENERATED = ("foretype_generated_tokens_total", "vllm:generation_tokens_total")
WARM_UPS = 3


def measure(server: Running, shares: Shares, pace: Pace, accepts: bool = True) -> Figures:
    """Type ``shares`` against a server that has answered before."""
    return asyncio.run(_measure(server, shares, pace, accepts))


async def _measure(running: Running, shares: Shares, pace: Pace, accepts: bool) -> Figures:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=running.url, limits=limits, timeout=None) as http:
        server = Server(http, running.protocol)
        await _warm_up(server, shares[0][0])
        processor, generated = processor_seconds(running.process), await _num_generated(http)
        typed = await replay(server, shares, pace, accepts)
        figures = figures_of(typed)
        spent = processor_seconds(running.process)
        for_nothing = _difference(await _num_generated(http), generated)
    figures["generated_for_nothing"] = _difference(for_nothing, figures["generated_tokens"])
    seconds = _difference(spent, processor)
    if seconds is not None:
        for name, count in (("keystroke", len(typed.keys)), ("answer", figures["answered"])):
            figures[f"server_cpu_ms_per_{name}"] = round(seconds * 1000 / max(1, count), 1)
    return figures


async def _warm_up(server: Server, passage: Passage) -> None:
    typist = Typist(passage, notice_seconds=0)
    for _ in range(WARM_UPS):
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


async def _num_generated(http: httpx.AsyncClient) -> float | None:
    """Tokens that the server has generated so far, if it counts them."""
    try:
        response = await http.get("/metrics", timeout=5)
    except httpx.HTTPError:
        return None
    if response.status_code != 200:
        return None
    return counted(response.text)


def counted(metrics: str) -> float | None:
    """Generated tokens in a page of Prometheus metrics."""
    samples = [s for family in text_string_to_metric_families(metrics) for s in family.samples]
    values = [sample.value for sample in samples if sample.name in GENERATED]
    return sum(values) if values else None


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
