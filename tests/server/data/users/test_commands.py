"""``python -m server.data``, against a server that runs."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from model import FakeEngine
from server.app import create_app
from server.data import DataConfig
from server.settings import Settings
from tests.server.data.conftest import ASK, LICENSE, OpenData


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of one with a data folder; the environment says so, too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "data"
    settings = Settings(data=DataConfig(folder=folder, min_free_mb=0))
    app = create_app(settings, engine=FakeEngine(["width * height\n"]))
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    monkeypatch.setenv("FORETYPE_DATA_FOLDER", str(folder))
    monkeypatch.setenv("FORETYPE_SERVER_PORT", str(port))
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


def run(*arguments: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a command."""
    command = [sys.executable, "-m", "server.data", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_from_consent_to_erasure(server: str, tmp_path: Path) -> None:
    user = "ann/of the shop?"
    (tmp_path / "LICENSE").write_text(LICENSE)
    assert run("grant", user, "shop", "--license", str(tmp_path / "LICENSE"))[0] == 0
    status, shown, _error = run("consents", user)
    [consent] = json.loads(shown)["consents"]
    assert (status, consent["project"], consent["license"]) == (0, "shop", "MIT")
    assert consent["source"] == "command line"
    httpx.post(f"{server}/v1/predict", json=ASK | {"user": user}).raise_for_status()
    while "def area" not in run("export", user)[1]:
        pass
    assert run("revoke", user, "*", "--server", server)[0] == 0
    assert json.loads(run("consents", user)[1])["consents"] == []
    assert json.loads(run("erase", user)[1]) == {"erased": True}
    assert run("export", user) == (0, "", "")


def test_what_the_server_refuses(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETYPE_DATA_POLICY_VERSION", "2")
    status, shown, error = run("grant", "ann", "shop")
    assert (status, shown) == (1, "")
    assert json.loads(error)["error"]["code"] == "policy_changed"


def test_a_server_that_is_not_there(server: str) -> None:
    status, _shown, error = run("consents", "ann", "--server", "http://127.0.0.1:1")
    assert (status, error) == (2, "foretype: the server does not answer: ConnectError\n")


async def test_the_token_speaks_for_the_user(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_data() as data:
        monkeypatch.setenv("FORETYPE_DATA_FOLDER", str(data.folder))
        headers = {"authorization": f"Bearer {run('token', 'ann')[1].strip()}"}
        mine = await data.http.get("/v1/users/ann/consents", headers=headers)
        others = await data.http.get("/v1/users/bob/consents", headers=headers)
    assert (mine.status_code, others.status_code) == (200, 403)


def test_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORETYPE_DATA_FOLDER", raising=False)
    status, _shown, error = run("token", "ann")
    assert status == 2
    assert "FORETYPE_DATA_FOLDER" in error


def test_a_folder_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FORETYPE_DATA_FOLDER", str(tmp_path))
    assert run("consents", "ann")[0] == 2
    assert not list(tmp_path.iterdir())
