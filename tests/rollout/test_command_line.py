"""``python -m rollout``: experiments by hand."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.redis_server import RedisServer
from rollout.__main__ import main
from rollout.store.opening import open_store

DOCUMENT = """
version: 1
experiments:
  - key: student-2
    salt: student-2-a
    treatments: [{key: treatment, changes: {prompt_format: zeta1}}]
  - key: colder
    salt: colder-a
    treatments: [{key: treatment, changes: {temperature: 0.0}}]
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "rollout.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
def run(store: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit status, standard output and standard error of a command on the store."""

    def call(name: str, *arguments: str) -> tuple[int, str, str]:
        status = main([name, "--store", store, *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "rollout.yaml"
    path.write_text(DOCUMENT)
    return str(path)


def test_a_ramp(run: Run, document: str) -> None:
    assert run("status") == (0, "revision 0, document version 0\n", "")
    planned = run("plan", document)[1].splitlines()
    assert planned[0] == "student-2: new, a draft until it is started"
    assert "student-2, draft" in run("apply", document, "--reason", "the second one")[1]
    status, shown, _errors = run("start", "student-2", "--actor", "ann")
    assert status == 0
    assert "student-2, running, stage 1 of 3, 15% of the users for each treatment" in shown
    assert "stage 2 of 3, 20%" in run("promote", "student-2")[1]
    assert "held" in run("hold", "student-2")[1]
    assert "running" in run("resume", "student-2")[1]
    shown = run("promote", "student-2", "--reason", "well done")[1]
    assert "student-2, promoted" in shown
    assert 'promoted for everybody: {"prompt_format":"zeta1"}' in shown
    lines = run("history")[1].splitlines()
    assert [line.split("  ")[3] for line in lines if not line.startswith(" ")] == [
        "apply", "start", "promote", "hold", "resume", "promote",
    ]  # fmt: skip
    assert lines[1] == "    the second one"
    assert "  2  ann  start  student-2" in lines[2]


def test_all_at_once_taken_back(run: Run, document: str) -> None:
    run("apply", document)
    run("start", "colder")
    status, shown, _errors = run("kill", "--reason", "the service is slow")
    assert status == 0
    assert "colder, rolled back" in shown
    assert "the service is slow" in run("history")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("promote", "student-2"), "student-2 is draft, not running"),
        (("start", "none"), "there are: student-2, colder"),
    ],
)
def test_what_is_refused(run: Run, document: str, arguments: tuple[str, ...], words: str) -> None:
    run("apply", document)
    status, printed, errors = run(*arguments)
    assert (status, printed) == (1, "")
    assert errors.startswith("rollout: refused: ") and words in errors
    assert errors.count("\n") == 1
    assert run("apply", document)[0] == 1


def test_what_cannot_be_done(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", str(tmp_path / "nowhere.yaml"))[0] == 2
    for address, status in (("redis://127.0.0.1:1/0", 2), ("ftp://x", 1), ("", 1)):
        assert main(["status", "--store", address]) == status
        assert capsys.readouterr().err.count("\n") == 1


def test_run_looks_and_lets_go_of_the_lead(
    run: Run, store: str, document: str, tmp_path: Path
) -> None:
    """An empty log: it holds, and says why."""
    run("apply", document)
    run("start", "student-2")
    (tmp_path / "log").mkdir()
    options = ["--store", store, "--log", str(tmp_path / "log"), "--look-hours", str(1 / 3600)]
    process = subprocess.Popen([sys.executable, "-m", "rollout", "run", *options])
    deadline = time.monotonic() + 60
    while "controller  hold  student-2" not in run("history")[1]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    opened = open_store(store)
    assert opened.lead("another", 5.0)
    opened.close()
    assert "more users are needed" in run("history")[1]
