"""The real router with the chart's arguments."""

import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.deployment.chart import ALL_VALUES, container, render
from tests.deployment.processes import free_port

ROUTER = Path(sys.executable).with_name("vllm-router")


def router_command(port: int, urls: Sequence[str]) -> list[str]:
    """The chart's router, on the loopback interface and for these workers."""
    rendered: list[str] = container(render(ALL_VALUES["fleet"]), "router")["args"]
    changed = {
        "--host": "127.0.0.1",
        "--prometheus-host": "127.0.0.1",
        "--port": str(port),
        "--prometheus-port": str(free_port()),
    }
    flags = [argument.partition("=") for argument in rendered[: rendered.index("--worker-urls")]]
    kept = [f"{name}={changed.get(name, value)}" for name, _, value in flags]
    assert changed.keys() <= {name for name, _, _ in flags}
    return [str(ROUTER), *kept, "--worker-urls", *urls]


def healthy_workers(http: httpx.Client) -> int:
    """How many workers the router sends requests to; none while it does not answer."""
    try:
        return int(http.get("/readiness").json()["healthy_workers"])
    except httpx.TransportError:
        return 0
