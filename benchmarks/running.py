"""Starts programs to be measured and calls them over loopback with as little client as possible."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psutil

READY_SECONDS = 120.0
END_SECONDS = 15.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def program(
    arguments: Sequence[str], port: int, ready: str, python: str = sys.executable, **env: str
) -> Iterator[psutil.Process]:
    """Run a Python program until ``GET ready`` answers 200; end it after the ``with`` block.

    One without a port is taken as ready at once.
    """
    process = subprocess.Popen(
        [python, *arguments],
        env=os.environ | env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if port:
            _wait_until_ready(process, port, ready)
        yield psutil.Process(process.pid)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:  # it may be at work that nobody can stop
        process.kill()
        process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, ready: str) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"the program ended with {process.returncode} before it was ready")
        try:
            with closing(Caller(port)) as caller:
                if caller.call("GET", ready)[0] == 200:
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise TimeoutError("the program did not get ready")


class Caller:
    """One kept-alive connection to a loopback port."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of one call."""
        self._connection.request(method, path, body, {"content-type": "application/json"})
        response = self._connection.getresponse()
        return response.status, response.read()

    def timed(self, path: str, body: bytes) -> tuple[float, Any]:
        """Seconds and the parsed answer of one POST that must succeed."""
        started = time.perf_counter()
        status, answer = self.call("POST", path, body)
        seconds = time.perf_counter() - started
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return seconds, json.loads(answer)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of all values lie."""
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """p50, p90 and p99 of durations in seconds; empty where there are too few to tell."""
    if len(values) < 2:
        return {}
    shares = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99}
    return {name: round(percentile(values, share) * 1000, 2) for name, share in shares.items()}
