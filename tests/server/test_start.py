"""``python -m server`` as an operator starts it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from eventlog.segments import SegmentLog

ROOT = Path(__file__).parents[2]


def start(**environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "server"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_prints_a_curl_that_works_and_stops_on_a_signal() -> None:
    port = free_port()
    process = start(FORETYPE_MODEL_ENGINE="fake", FORETYPE_SERVER_PORT=str(port))
    assert process.stdout and process.stderr
    try:
        printed = ""
        while "curl" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            printed += line
        curl = next(line for line in printed.splitlines() if line.startswith("curl"))
        answer = subprocess.run(curl, shell=True, capture_output=True, text=True, check=True)
        assert json.loads(answer.stdout)["request_id"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as ready:
            assert ready.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        output, logs = process.communicate(timeout=15)
    assert process.returncode == -signal.SIGTERM
    assert output == "" or output.isspace()
    assert all(json.loads(line)["event"] for line in logs.splitlines())


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"FORETYPE_SERVER_PROT": "1"}, "FORETYPE_SERVER_PROT"),
        ({"FORETYPE_SERVER_PORT": "x"}, "FORETYPE_SERVER_PORT"),
        ({"FORETYPE_ROLLOUT_PROMPT_FORMAT": "v9"}, "v9"),
        ({"FORETYPE_MODEL_PATH": "/no/such/model"}, "/no/such/model"),
    ],
    ids=["unknown-variable", "bad-value", "unknown-format", "no-model"],
)
def test_what_keeps_it_from_starting_is_one_line(environment: dict[str, str], said: str) -> None:
    engine = {} if "FORETYPE_MODEL_PATH" in environment else {"FORETYPE_MODEL_ENGINE": "fake"}
    process = start(**engine, **environment)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert output == ""
    [line] = errors.splitlines()
    assert line.startswith("foretype: cannot start: ")
    assert said in line


def test_a_data_folder_that_another_server_uses(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path / "log")
    log.start()
    try:
        process = start(FORETYPE_MODEL_ENGINE="fake", FORETYPE_DATA_FOLDER=str(tmp_path))
        output, said = process.communicate(timeout=30)
    finally:
        log.stop()
    assert process.returncode == 2
    assert said.startswith("foretype: cannot start: ")
    assert "another process writes there" in said
    assert said.count("\n") == 1
    assert not output
