"""What can be said of the images without building them."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pathspec
import pytest

from tests.deployment.chart import ROOT, container, render
from tests.deployment.processes import free_port, running, wait_until

DOCKERFILE = ROOT / "Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")
NOT_SERVED = {"training"}


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of this name, continued lines joined."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, flags=re.MULTILINE)


def context() -> Iterator[Path]:
    """The files, relative to the root, that ``.dockerignore`` lets into an image."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    ignored = pathspec.PathSpec.from_lines("gitignore", lines)
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not ignored.match_file(f"{here / name}/")]
        yield from (here / name for name in files if not ignored.match_file(here / name))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what ``COPY . .`` would put into an image."""
    copy = tmp_path_factory.mktemp("app")
    for path in context():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).symlink_to(ROOT / path)
    return copy


def packages() -> set[str]:
    """The packages that serving is made of."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return set(project["tool"]["importlinter"]["root_packages"]) - NOT_SERVED


def test_hadolint_finds_nothing_to_complain_about() -> None:
    done = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_base_image_is_pinned_by_digest() -> None:
    stages = {argument.split(" AS ")[1] for argument in instructions("FROM")}
    bases = {argument.split(" AS ")[0] for argument in instructions("FROM")} - stages
    assert bases
    for base in bases:
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+\S*@sha256:[0-9a-f]{64}", base)


def test_every_image_ends_as_the_user_that_the_chart_asks_for() -> None:
    [template] = [d for d in render() if d["kind"] == "Deployment"]
    identity = template["spec"]["template"]["spec"]["securityContext"]
    user = f"{identity['runAsUser']}:{identity['runAsGroup']}"
    assert instructions("USER") == [user] * 3


def test_every_file_that_is_copied_is_there_and_let_in() -> None:
    let_in = {path.parts[0] for path in context()}
    sources = {
        source
        for arguments in instructions("COPY")
        if not arguments.startswith("--from")
        for source in arguments.split()[:-1]
    }
    assert sources >= {"pyproject.toml", "constraints.txt", "model", "."}
    assert sources - {"."} <= let_in


def test_an_image_holds_every_served_package_and_no_other(tree: Path) -> None:
    assert {path.name for path in tree.iterdir() if path.is_dir()} == packages()
    assert not list(tree.rglob("__pycache__"))
    for package in packages():
        ours = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py")}
        assert ours == {path.relative_to(tree) for path in (tree / package).rglob("*.py")}


def test_the_router_is_the_one_that_is_tested() -> None:
    [pinned] = re.findall(r"vllm-router==\S+", DOCKERFILE.read_text())
    assert pinned in (ROOT / "constraints.txt").read_text().splitlines()


def test_the_images_are_the_ones_that_the_chart_asks_for() -> None:
    stages = {argument.split(" AS ")[1] for argument in instructions("FROM")}
    documents = render({"pool": {"enabled": True}})
    wanted = {container(documents, part)["image"] for part in ("api", "pool", "router")}
    assert {image.split(":")[0].removeprefix("foretype-") for image in wanted} <= stages


def is_healthy(port: int) -> bool:
    """What the image's own health check says of a server on ``port``."""
    [check] = instructions("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python"
    environment = os.environ | {"FORETYPE_SERVER_PORT": str(port)}
    done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("engine", ["fake", pytest.param("embedded", marks=pytest.mark.model)])
def test_the_server_serves_from_the_tree_of_the_image(
    tree: Path, tmp_path: Path, engine: str
) -> None:
    port = free_port()
    assert not is_healthy(port)
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "FORETYPE_MODEL_ENGINE": engine,
        "FORETYPE_SERVER_PORT": str(port),
    }
    [start] = [json.loads(command) for command in instructions("CMD")]
    log = tmp_path / "log"
    command = [sys.executable, *start[1:]]
    with running(command, log=log, cwd=tree, environment=environment):
        wait_until(lambda: is_healthy(port), log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            wait_until(lambda: http.get("/readyz").status_code == 200, log)
            answer = http.post("/v1/predict", json={"path": "a.py", "text": "x = ", "cursor": 4})
    assert answer.status_code == 200
