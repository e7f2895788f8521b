"""The pod that judges the experiments of several servers, and that its commands really do."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.redis_server import RedisServer
from eventlog.opening import segments_of
from rollout import ExperimentsConfig
from rollout.__main__ import main as rollout
from rollout.store.opening import open_store
from server.data.config import DataConfig
from tests.deployment.chart import (
    ALL_VALUES,
    ROOT,
    Document,
    Values,
    container,
    containers,
    find,
    known_settings,
    pod_templates,
    render,
    settings_of,
)
from tests.deployment.processes import free_port, running, wait_until

JUDGED = ALL_VALUES["judged"]
LOG = "/srv/log"
SETTINGS = {
    "FORETYPE_EXPERIMENTS_LOOK_HOURS": 0.001,
    "FORETYPE_EXPERIMENTS_MATURE_SECONDS": 0,
    "FORETYPE_EXPERIMENTS_OBJECTIVE_MS": 500,
    "FORETYPE_DATA_TEXT_DAYS": 7,
    "FORETYPE_DATA_COUNTS_DAYS": 90,
}
DOCUMENT = """
version: 1
experiments:
  - key: warmer
    salt: warmer-a
    treatments: [{key: treatment, changes: {temperature: 0.2}}]
    stages: [0.5, 1.0]
    min_users: 200
"""
MIN_USERS = 200
NUM_USERS = 12
SERVER_LOG = "server.txt"
IS_FOLLOWED = "foretype_rollout_revision 2.0"


def environment_of(container: Document, secret: Mapping[str, str]) -> dict[str, str]:
    """A container's variables, of a Secret with these keys. ``KeyError``: it would not start."""
    found = {}
    for variable in container.get("env", []):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        elif reference and not (reference["optional"] and reference["key"] not in secret):
            found[variable["name"]] = secret[reference["key"]]
    return found


def command_of(container: Document, environment: Mapping[str, str]) -> list[str]:
    """What is started: Kubernetes writes variables that there are in the place of ``$(NAME)``."""

    def value(match: re.Match[str]) -> str:
        return environment.get(match[1], match[0])

    return [
        re.sub(r"\$\((\w+)\)", value, each) for each in container["command"] + container["args"]
    ]


def options_of(container: Document) -> dict[str, str]:
    """The options that have a value."""
    pairs = (each.partition("=") for each in container["args"])
    return {name: value for name, is_one, value in pairs if is_one}


def judge_of(values: Values = JUDGED) -> tuple[Document, Document]:
    """Who collects, and who judges."""
    found = containers(render(values), "judge")
    assert found.keys() == {"collect", "run"}
    return found["collect"], found["run"]


@pytest.mark.parametrize("name", ["defaults", "shared data", "data on a volume", "elsewhere"])
def test_nobody_judges_where_servers_judge_themselves_or_there_is_nothing_to(name: str) -> None:
    documents = render(ALL_VALUES[name])
    assert not containers(documents, "judge")
    assert not [each for each in documents if each["metadata"]["name"].endswith("judge")]


def test_a_volume_needs_no_pod_to_judge() -> None:
    values = {**ALL_VALUES["data on a volume"], "experiments": {"enabled": True}}
    assert not containers(render(values), "judge")


def test_servers_have_experiments_where_somebody_judges_them() -> None:
    name = "FORETYPE_EXPERIMENTS_STORE"
    for values in (ALL_VALUES["shared data"], JUDGED):
        documents = render(values)
        variables = {each["name"]: each for each in container(documents, "api")["env"]}
        assert (name in variables) == bool(containers(documents, "judge"))
    assert variables[name]["valueFrom"]["secretKeyRef"]["optional"] is False
    elsewhere = {**JUDGED, "experiments": {"enabled": True, "judge": {"enabled": False}}}
    assert container(render(elsewhere), "api") == container(render(JUDGED), "api")
    assert not containers(render(elsewhere), "judge")


def test_what_is_collected_outlives_pod_and_release() -> None:
    spec = find(render(JUDGED), "StatefulSet", "judge")["spec"]
    [claim] = [claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]]
    assert spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"
    for each, is_read_only in zip(judge_of(), (False, True), strict=True):
        [mount] = [mount for mount in each["volumeMounts"] if mount["name"] == claim]
        assert (mount["mountPath"], mount.get("readOnly", False)) == (LOG, is_read_only)


def test_two_releases_take_nothing_from_each_other() -> None:
    groups = {
        options_of(containers(render(JUDGED, release), "judge")["collect"])["--group"]
        for release in ("blue", "green")
    }
    assert len(groups) == 2
    assert "collect" not in groups  # the usual one


@pytest.mark.parametrize("values", [JUDGED, ALL_VALUES["fleet"]], ids=["judged", "fleet"])
def test_the_judge_runs_the_image_of_the_servers(values: Values) -> None:
    documents = render(values)
    wanted = container(documents, "api")["image"]
    assert {each["image"] for each in containers(documents, "judge").values()} == {wanted}


def test_the_judge_holds_no_key_and_no_token() -> None:
    everything = dict.fromkeys(known_settings(), "")
    collect, run = (set(environment_of(each, everything)) for each in judge_of())
    assert collect == {"FORETYPE_DATA_REDIS", "FORETYPE_DATA_LOG"}
    assert run == {"FORETYPE_EXPERIMENTS_STORE"}
    [spec] = [t["spec"] for name, t in pod_templates(render(JUDGED)) if name.endswith("judge")]
    assert not [volume for volume in spec["volumes"] if "secret" in volume]


@pytest.mark.parametrize("stores", [[], [{"ports": [{"port": 6379}]}]], ids=["any", "named"])
def test_the_judge_is_asked_by_nobody_and_reaches_what_servers_share(stores: list[Any]) -> None:
    documents = render({**JUDGED, "networkPolicy": {"stores": stores}})
    policy = find(documents, "NetworkPolicy", "judge")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    assert policy["egress"] == find(documents, "NetworkPolicy", "api")["spec"]["egress"]
    assert policy["egress"][1:] == (stores or [{}])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"FORETYPE_DATA_SETTLE_SECONDS": 20},
        {"FORETYPE_DATA_SETTLE_SECONDS": "2.5", "FORETYPE_DATA_SETTLE_TTL_SECONDS": 60},
        {"FORETYPE_DATA_SETTLE_SECONDS": 20, "FORETYPE_EXPERIMENTS_MATURE_SECONDS": 0},
        {"FORETYPE_EXPERIMENTS_MATURE_SECONDS": 12.5},
    ],
    ids=lambda given: ",".join(f"{name[9:]}={value}" for name, value in given.items()),
)
def test_predictions_are_judged_at_the_age_that_servers_would_take(given: dict[str, Any]) -> None:
    _collect, run = judge_of({**JUDGED, "settings": given})
    data = {
        name.removeprefix("FORETYPE_DATA_").lower(): value
        for name, value in given.items()
        if name.startswith("FORETYPE_DATA_")
    }
    wanted = ExperimentsConfig(mature_seconds=given.get("FORETYPE_EXPERIMENTS_MATURE_SECONDS"))
    age = wanted.mature_seconds
    expected = DataConfig(**data).mature_seconds if age is None else age
    assert float(options_of(run)["--mature-seconds"]) == expected


def test_settings_are_the_servers_own() -> None:
    documents = render({**JUDGED, "settings": SETTINGS})
    collect, run = judge_of({**JUDGED, "settings": SETTINGS})
    settings = settings_of(documents, "api")
    for name, option in (("LOOK_HOURS", "look-hours"), ("OBJECTIVE_MS", "objective-ms")):
        assert options_of(run)[f"--{option}"] == settings[f"FORETYPE_EXPERIMENTS_{name}"]
    for name in ("TEXT_DAYS", "COUNTS_DAYS"):
        option = "--" + name.lower().replace("_", "-")
        assert options_of(collect)[option] == settings[f"FORETYPE_DATA_{name}"]


@pytest.mark.parametrize(
    ("given", "collected"),
    [
        ({"FORETYPE_DATA_REDIS": "redis://r"}, "redis://r"),
        (
            {"FORETYPE_DATA_REDIS": "redis://r", "FORETYPE_DATA_LOG": "kafka://k/a b"},
            "kafka://k/a b",
        ),
    ],
    ids=["streams of Redis", "a log of its own"],
)
def test_the_log_is_collected_where_servers_write_it(
    given: dict[str, str], collected: str, tmp_path: Path
) -> None:
    (tmp_path / "python").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "python").chmod(0o755)
    collect, _run = judge_of()
    environment = environment_of(collect, given)
    command = command_of(collect, environment)
    started = subprocess.run(
        command, env={"PATH": f"{tmp_path}:{os.defpath}", **environment}, stdout=subprocess.PIPE
    )
    expected = ["-m", "eventlog", "collect", collected, *collect["args"]]
    assert started.stdout.decode().splitlines() == expected


def test_no_address_is_in_plain_sight() -> None:
    _collect, run = judge_of()
    environment = environment_of(run, {"FORETYPE_EXPERIMENTS_STORE": "redis://:password@r"})
    assert "--store=redis://:password@r" in command_of(run, environment)
    assert "password" not in str(run)


@pytest.fixture
def secret(redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    """What ``data.existingSecret`` holds."""
    (tmp_path / "master.key").write_bytes(b"k" * 32)
    return {
        "FORETYPE_DATA_REDIS": redis_server.url,
        "FORETYPE_EXPERIMENTS_STORE": redis_server.url,
    }


@pytest.fixture
def server(secret: dict[str, str], tmp_path: Path) -> Iterator[httpx.Client]:
    """A server with the variables of the chart's, but for what it finds on its machine."""
    documents = render({**JUDGED, "settings": SETTINGS})
    port = free_port()
    environment = settings_of(documents, "api") | environment_of(
        container(documents, "api"), secret
    )
    environment |= {
        "FORETYPE_MODEL_ENGINE": "fake",
        "FORETYPE_SERVER_HOST": "127.0.0.1",
        "FORETYPE_SERVER_PORT": str(port),
        "FORETYPE_DATA_MASTER_KEY": f"file:{tmp_path / 'master.key'}",
    }
    log = tmp_path / SERVER_LOG
    command = [sys.executable, "-m", "server"]
    with (
        running(command, log=log, cwd=ROOT, environment=os.environ | environment),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        wait_until(lambda: _is_ready(http), log)
        yield http


@contextmanager
def at_work(secret: Mapping[str, str], folder: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """The processes of the pod, whose volume is ``folder``; what they say is beside it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with ExitStack() as stack:
        processes = []
        for each in judge_of({**JUDGED, "settings": SETTINGS}):
            environment = environment_of(each, secret)
            command = [part.replace(LOG, str(folder)) for part in command_of(each, environment)]
            output = folder.with_name(f"{each['name']}.txt")
            environment |= {"PATH": path}
            process = running(command, log=output, cwd=ROOT, environment=environment)
            processes.append(stack.enter_context(process))
        yield processes


def test_the_pod_judges_what_servers_write(
    secret: dict[str, str], server: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, folder = tmp_path / "rollout.yaml", tmp_path / "log"
    document.write_text(DOCUMENT)
    folder.mkdir()
    store = secret["FORETYPE_EXPERIMENTS_STORE"]
    assert rollout(["apply", str(document), "--store", store]) == 0
    assert rollout(["start", "warmer", "--store", store]) == 0
    wait_until(lambda: IS_FOLLOWED in server.get("/metrics").text, tmp_path / SERVER_LOG)
    for number in range(NUM_USERS):
        body = {"path": "a.py", "text": "x = ", "cursor": 4, "user": f"user-{number}"}
        assert server.post("/v1/predict", json=body).json()["experiment"] == "warmer"

    def has_met_users() -> bool:
        """Whether a look at the experiment knew of users whom the server had met."""
        capsys.readouterr()
        rollout(["history", "--store", store])
        missing = re.findall(
            r"  controller  hold  warmer\n    (\d+) more users are needed", capsys.readouterr().out
        )
        return any(int(number) < MIN_USERS for number in missing)

    with at_work(secret, folder) as processes:
        wait_until(has_met_users, tmp_path / "run.txt")
        assert not open_store(store).lead("another", 1.0)
        for process in processes:
            process.terminate()
        assert [process.wait(20) for process in processes] == [130, 130]
    assert open_store(store).lead("another", 1.0)
    assert {path.suffix for path in segments_of(folder)} == {".zst"}


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
