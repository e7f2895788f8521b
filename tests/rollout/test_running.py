"""The controller as a program of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.redis_server import RedisServer
from benchmarks.running import free_port
from rollout.__main__ import main
from rollout.controller.loop import STEP_SECONDS
from rollout.store.base import RolloutStore
from rollout.store.opening import open_store

WAIT_SECONDS = 60.0
TAKEN_BY_ANOTHER_THREAD = """
import signal, sys, threading
from rollout.__main__ import main

def end():
    sys.stdin.read()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

signal.signal(signal.SIGTERM, signal.default_int_handler)
threading.Thread(target=end, daemon=True).start()
sys.exit(main())
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@contextmanager
def running(store: str, log: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    options = ["--store", store, "--log", str(log), "--metrics-port", str(port)]
    command = [sys.executable, "-m", "rollout", "run", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def until_leading(port: int) -> None:
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        try:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        except httpx.TransportError:
            page = ""
        for family in text_string_to_metric_families(page):
            if family.name == "foretype_rollout_leads" and family.samples[0].value == 1:
                return
        time.sleep(0.1)
    raise TimeoutError("nobody leads")


def can_lead(store: RolloutStore) -> bool:
    return store.lead("another one", 0.1)


def test_it_leads_until_it_is_told_to_end(tmp_path: Path, log: Path) -> None:
    address, port = str(tmp_path / "rollout.sqlite"), free_port()
    store = open_store(address)
    with running(address, log, port) as process:
        until_leading(port)
        assert not can_lead(store)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) == 130
        assert can_lead(store)


def test_it_ends_though_the_signal_wakes_nobody(tmp_path: Path, log: Path) -> None:
    """It may come just before the main thread waits; here another thread takes it."""
    address, port = str(tmp_path / "rollout.sqlite"), free_port()
    store = open_store(address)
    options = ["--store", address, "--log", str(log), "--metrics-port", str(port)]
    command = [sys.executable, "-c", TAKEN_BY_ANOTHER_THREAD, "run", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        try:
            until_leading(port)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(WAIT_SECONDS) == 130
            assert can_lead(store)
        finally:
            process.kill()


def test_it_waits_for_a_file_that_is_not_there_yet(tmp_path: Path, log: Path) -> None:
    """It makes none: the name may be mistyped."""
    file, port = tmp_path / "rollout.sqlite", free_port()
    with running(str(file), log, port) as process:
        assert process.stderr is not None
        told = process.stderr.readline()
        assert told.startswith("rollout: guard: there is no store")
        time.sleep(3 * STEP_SECONDS)
        assert not file.exists()
        open_store(str(file)).close()
        until_leading(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) == 130
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("option", "wrong", "words"),
    [
        ("--look-hours", ("0", "-1", "nan", "inf", "9000", "soon"), "hours"),
        ("--objective-ms", ("0", "-300", "0.5"), "milliseconds"),
        ("--mature-seconds", ("-1", "nan", "inf", "1e12"), "seconds"),
        ("--metrics-port", ("-1", "0", "65536", "http"), "port"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    log: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    wrong: tuple[str, ...],
    words: str,
) -> None:
    for number in wrong:
        with pytest.raises(SystemExit) as ended:
            main(["run", "--store", "redis://127.0.0.1:1/0", "--log", str(log), option, number])
        assert ended.value.code == 2
        told = capsys.readouterr().err.splitlines()[-1]
        assert f"argument {option}: {number!r} is not " in told
        assert words in told


def test_it_waits_for_a_redis_that_is_not_there_yet(redis_server: RedisServer, log: Path) -> None:
    redis_server.kill()
    port = free_port()
    with running(redis_server.url, log, port) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("rollout: guard: ")
        redis_server.start()
        until_leading(port)


def test_an_address_that_could_never_be_a_store_is_refused(log: Path) -> None:
    with running("http://127.0.0.1/0", log, free_port()) as process:
        assert process.wait(WAIT_SECONDS) == 1
        assert process.stderr is not None
        assert "refused" in process.stderr.read()
