"""``python -m rollout``: experiments by hand."""

import os
import pwd
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


@pytest.fixture
def made(store: str) -> None:
    """The store is there already, as a server makes it."""
    open_store(store).close()


@pytest.mark.usefixtures("made")
def test_a_ramp(run: Run, document: str) -> None:
    assert run("status") == (0, "revision 0, document version 0\n", "")
    planned = run("plan", document)[1].splitlines()
    assert planned[0] == "student-2: new, a draft until it is started"
    assert "student-2, draft" in run("apply", document, "--reason", "the second one")[1]
    status, shown, _errors = run("start", "student-2", "--actor", "ann")
    assert status == 0
    assert "student-2, running, stage 1 of 3, 15% of the users for each treatment" in shown
    assert "stage 2 of 3, 20%" in run("promote", "student-2", "--to", "0.20")[1]
    assert "held" in run("hold", "student-2")[1]
    assert "running" in run("resume", "student-2")[1]
    shown = run("promote", "student-2", "--to", "1", "--reason", "well done")[1]
    assert "student-2, promoted, treatment for 100% of the users" in shown
    assert 'promoted for everybody: {"prompt_format":"zeta1"}' in shown
    lines = run("history")[1].splitlines()
    assert [line.split("  ")[3] for line in lines if not line.startswith(" ")] == [
        "apply", "start", "promote", "hold", "resume", "promote",
    ]  # fmt: skip
    assert lines[1] == "    the second one"
    assert "  2  ann  start  student-2" in lines[2]
    assert lines[-2].endswith("promote  student-2  treatment")


def test_a_promotion_says_where_to(run: Run, document: str) -> None:
    """Repeated, it skips no stage."""
    run("apply", document)
    run("start", "student-2")
    refused = "rollout: refused: say to which share: the next stage is 0.2\n"
    assert run("promote", "student-2") == (1, "", refused)
    assert run("promote", "student-2", "--to", "0.2")[0] == 0
    assert "is at 0.2 already" in run("promote", "student-2", "--to", "0.2")[2]
    assert "stage 2 of 3" in run("status")[1]


def test_status_tells_what_was_noted_last(run: Run, document: str) -> None:
    run("apply", document)
    run("start", "student-2", "--actor", "ann", "--reason", "the second one")
    run("approve", "student-2", "--actor", "bob", "--reason", "looks well")
    lines = run("status")[1].splitlines()
    assert "20" not in lines[0] and "next stage approved" in lines[1]
    assert lines[2].endswith("  3  bob  approve  student-2: looks well")
    assert lines[3] == "  colder, draft"
    assert len(lines) == 4


def test_several_treatments_in_a_part_of_a_layer(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rollout.yaml"
    path.write_text("""
version: 1
experiments:
  - key: several
    salt: several-a
    layer_share: [0.0, 0.2]
    stages: [0.1, 0.3, 1.0]
    holdout: 0.05
    treatments:
      - {key: a, changes: {temperature: 0.1}}
      - {key: b, changes: {}}
""")
    run("apply", str(path))
    assert "stage 1 of 3, 2% of the users for each treatment" in run("start", "several")[1]
    assert "6% of the users" in run("promote", "several", "--to", "0.3")[1]
    assert ", b rolled back, " in run("rollback", "several", "--treatment", "b")[1]
    assert "several  b" in run("history")[1]
    assert "a for 99% of the users, b rolled back" in run("promote", "several", "--to", "1.0")[1]


@pytest.mark.usefixtures("made")
def test_releases_are_for_servers_to_check(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rollout.yaml"
    path.write_text(DOCUMENT.replace("prompt_format: zeta1", "release: second-student"))
    line = "release second-student: servers check it when they load it; GET /v1/models says what"
    for name in ("plan", "apply"):
        assert run(name, str(path))[1].splitlines()[-1].startswith(line)


def test_a_mistyped_file_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, document = tmp_path / "mistyped", tmp_path / "rollout.yaml"
    document.write_text(DOCUMENT)
    for arguments in (
        ["status"], ["kill"], ["history"], ["start", "student-2"], ["plan", str(document)],
    ):  # fmt: skip
        assert main([*arguments, "--store", str(path)]) == 2
        printed = capsys.readouterr()
        assert (printed.out, printed.err) == (
            "",
            f"rollout: there is no store {path}; servers and apply make one\n",
        )
    assert not path.exists()


def test_a_user_whom_the_machine_does_not_know(
    run: Run, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs as a number."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)

    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert run("apply", document)[0] == 0
    assert f"  1  {os.getuid()}  apply" in run("history")[1]


def test_all_at_once_taken_back(run: Run, document: str) -> None:
    run("apply", document)
    run("start", "colder")
    status, shown, _errors = run("kill", "--reason", "the service is slow")
    assert status == 0
    assert "colder, rolled back" in shown
    assert "the service is slow" in run("history")[1]
    assert run("kill") == (1, "", "rollout: refused: nothing runs\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("promote", "student-2", "--to", "0.2"), "student-2 is draft, not running"),
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
