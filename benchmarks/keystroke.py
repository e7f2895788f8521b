"""Replays a typing session against a server with the embedded model.

    python -m benchmarks.keystroke [KEYS PER SECOND]

Three passes over the same keystrokes: *paced*, as a person types, each keystroke sent without
waiting for the one before; *reusing*, one after the other in one session; *cold*, each in a session
of its own, the baseline that has nothing to reuse. A person who types code also types its
indentation with one key: leading spaces of a line count as one keystroke.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import httpx

from benchmarks.running import Caller, free_port, milliseconds, program
from benchmarks.typing_session import SESSION


def keystrokes() -> list[bytes]:
    """One request body per keystroke, without a session."""
    typed = SESSION.typed
    stops = [
        number
        for number in range(1, len(typed) + 1)
        if not (typed[number - 1] == " " and typed[number : number + 1] == " ")
    ]
    bodies = []
    for number in stops:
        text, cursor = SESSION.at(number)
        bodies.append({"path": SESSION.path, "text": text, "cursor": cursor})
    return [json.dumps(body | {"deadline_ms": 30_000}).encode() for body in bodies]


def in_session(body: bytes, session: str) -> bytes:
    return json.dumps(json.loads(body) | {"session": session}).encode()


async def paced(port: int, bodies: list[bytes], keys_per_second: float) -> dict[str, Any]:
    """Latency of each keystroke that was answered for its own sake, and how many were not."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

        async def press(body: bytes) -> tuple[float, dict[str, Any]]:
            started = time.perf_counter()
            response = await http.post(
                "/v1/predict", content=body, headers={"content-type": "application/json"}
            )
            return time.perf_counter() - started, response.json()

        presses = []
        for body in bodies:
            presses.append(asyncio.create_task(press(in_session(body, "paced"))))
            await asyncio.sleep(1 / keys_per_second)
        answers = await asyncio.gather(*presses)
    superseded = [seconds for seconds, a in answers if a["reason"] == "superseded"]
    answered = [seconds for seconds, a in answers if a["reason"] != "superseded"]
    shown = sum(bool(answer["edits"]) for _seconds, answer in answers)
    return {
        "keys_per_second": keys_per_second,
        "keystrokes": len(answers),
        "answered": milliseconds(answered),
        "superseded": len(superseded),
        "shown": shown,
        "sources": Counter(answer["source"] for _seconds, answer in answers),
    }


def one_by_one(port: int, bodies: list[bytes], session: str) -> tuple[list[float], float]:
    """Latencies, and prompt tokens that were prefilled per keystroke."""
    caller = Caller(port)
    seconds, num_prefilled = [], 0
    for number, body in enumerate(bodies):
        took, answer = caller.timed("/v1/predict", in_session(body, session.format(number)))
        seconds.append(took)
        usage = answer["usage"]
        num_prefilled += usage["prompt_tokens"] - usage["cached_tokens"]
    return seconds, num_prefilled / len(bodies)


def main(keys_per_second: float) -> dict[str, Any]:
    """Figures of all three passes against one server."""
    port = free_port()
    bodies = keystrokes()
    started = time.perf_counter()
    with program(["-m", "server"], port, "/readyz", FORETYPE_SERVER_PORT=str(port)) as server:
        ready_seconds = time.perf_counter() - started
        typing = asyncio.run(paced(port, bodies, keys_per_second))
        every_fourth = bodies[::4]
        reusing, reusing_prefill = one_by_one(port, bodies, "reusing")
        cold, cold_prefill = one_by_one(port, every_fourth, "cold-{}")
        resident = server.memory_info().rss
    return {
        "benchmark": "keystroke",
        "ready_seconds": round(ready_seconds, 2),
        "resident_mb": round(resident / 1e6),
        "paced": typing,
        "reusing": milliseconds(reusing) | {"prefilled_tokens": round(reusing_prefill, 1)},
        "cold": milliseconds(cold) | {"prefilled_tokens": round(cold_prefill, 1)},
        "ratio": {
            "prefilled_tokens": round(reusing_prefill / cold_prefill, 3),
            "p50": round(milliseconds(reusing)["p50_ms"] / milliseconds(cold)["p50_ms"], 3),
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0), indent=2))
