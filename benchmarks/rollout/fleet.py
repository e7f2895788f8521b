"""Servers that share a Redis, a collector of their log, and controllers that judge by it.

All are real processes, started anew whenever they end.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.redis_server import RedisServer
from benchmarks.restarting import Restarting
from benchmarks.running import free_port

OPERATORS_TOKEN = "token-of-the-operator-alone"
ADMIN_TOKEN = "token-of-all-users"


@dataclass
class Redis:
    """Notes when it was away, in Unix time."""

    folder: Path
    downs: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = RedisServer(self.folder)
        self.url = self._server.url

    def kill(self) -> None:
        """And start it anew, with all that it had acknowledged."""
        killed = time.time()
        self._server.kill()
        self._server.start()
        self.downs.append((killed, time.time()))

    def end(self) -> None:
        self._server.kill()


@dataclass(frozen=True)
class Fleet:
    """``look_seconds`` lie between looks at an experiment."""

    redis: Redis
    servers: Sequence[Restarting]
    collector: Restarting
    controllers: Sequence[Restarting]

    @property
    def programs(self) -> Sequence[Restarting]:
        return (*self.servers, self.collector, *self.controllers)


def build_fleet(
    folder: Path,
    num_servers: int,
    num_controllers: int,
    look: Mapping[str, str],
    settings: Mapping[str, str],
) -> Fleet:
    """``look`` are options of ``python -m rollout run``, ``settings`` those of the servers."""
    redis = Redis(folder / "redis")
    log_folder = folder / "log"
    log_folder.mkdir()
    options = ["--store", redis.url, "--log", str(log_folder)]
    options += [part for pair in look.items() for part in pair]
    collect = ["-m", "eventlog", "collect", redis.url, str(log_folder), "--follow"]
    return Fleet(
        redis,
        [_server(redis.url, folder, number, settings) for number in range(num_servers)],
        Restarting(collect, 0, ""),
        [Restarting(["-m", "rollout", "run", *options], 0, "") for _each in range(num_controllers)],
    )


def _server(redis_url: str, folder: Path, number: int, settings: Mapping[str, str]) -> Restarting:
    port = free_port()
    return Restarting(
        ["-m", "server"],
        port,
        "/readyz",
        FORETYPE_SERVER_PORT=str(port),
        FORETYPE_DATA_REDIS=redis_url,
        FORETYPE_DATA_MASTER_KEY=f"file:{folder / 'master.key'}",
        FORETYPE_DATA_ADMIN_TOKEN=ADMIN_TOKEN,
        FORETYPE_EXPERIMENTS_STORE=redis_url,
        FORETYPE_EXPERIMENTS_LAST_GOOD=str(folder / f"last-good-{number}.json"),
        FORETYPE_EXPERIMENTS_ADMIN_TOKEN=OPERATORS_TOKEN,
        **settings,
    )


@contextmanager
def at_work(works: Sequence[Callable[[threading.Event], None]]) -> Iterator[None]:
    """Each on a thread, told when it is over at the end of the block."""
    is_over = threading.Event()
    threads = [threading.Thread(target=work, args=(is_over,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
