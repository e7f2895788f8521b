"""Values: what the schema takes, what it refuses, and what becomes of settings."""

import re
from typing import Any

import helm_python as helm
import pytest

from tests.deployment.chart import (
    ALL_VALUES,
    CHART,
    EXAMPLES,
    ROOT,
    Document,
    Values,
    container,
    containers,
    example,
    find,
    known_settings,
    render,
    settings_of,
)

SCHEMA: Document = helm.Chart.load(CHART).schema or {}
WITH_A_DEFAULT_ONLY = {
    "FORETYPE_MODEL_NUM_THREADS": ALL_VALUES["defaults"],
    "FORETYPE_DATA_MASTER_KEY": ALL_VALUES["shared data"],
}


def variables_of(documents: list[Document], part: str) -> set[str]:
    """The variables of ours that the chart itself gives to a container."""
    names = {variable["name"] for variable in container(documents, part)["env"]}
    return {name for name in names if name.startswith("FORETYPE_")}


def test_every_variable_that_the_chart_sets_is_a_setting() -> None:
    fleet = render(ALL_VALUES["fleet"])
    for documents, part in ((render(), "api"), (fleet, "api"), (fleet, "pool")):
        assert variables_of(documents, part) <= known_settings()
        assert settings_of(documents, part).keys() <= known_settings()


def test_the_documents_name_no_variable_that_is_none() -> None:
    for path in (ROOT / "docs" / "deployment.md", CHART / "README.md", *EXAMPLES.values()):
        named = set(re.findall(r"FORETYPE_[A-Z]+_[A-Z_]*[A-Z]", path.read_text()))
        assert named <= known_settings(), path


def test_settings_are_all_variables_but_those_that_the_chart_sets() -> None:
    own = variables_of(render(ALL_VALUES["fleet"]), "pool")
    for values in ALL_VALUES.values():
        own |= variables_of(render(values), "api")
    taken = set(SCHEMA["properties"]["settings"]["propertyNames"]["enum"])
    assert taken == known_settings() - (own - WITH_A_DEFAULT_ONLY.keys())


def test_a_part_is_given_the_settings_that_it_reads() -> None:
    documents = render(
        {
            "pool": {"enabled": True},
            "settings": {
                "FORETYPE_MODEL_RELEASE": "none",
                "FORETYPE_SERVER_LOG_LEVEL": "debug",
                "FORETYPE_VLLM_MAX_NUM_SEQS": 8,
            },
        }
    )
    assert settings_of(documents, "api").keys() == {
        "FORETYPE_MODEL_RELEASE",
        "FORETYPE_SERVER_LOG_LEVEL",
    }
    assert settings_of(documents, "pool").keys() == {
        "FORETYPE_MODEL_RELEASE",
        "FORETYPE_VLLM_MAX_NUM_SEQS",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2097152, "2097152"),
        (12345678901, "12345678901"),
        (0.9, "0.9"),
        (0, "0"),
        ("none", "none"),
        (True, "true"),
        ("", ""),
    ],
    ids=str,
)
def test_a_setting_reaches_the_server_as_it_was_written(value: object, text: str) -> None:
    documents = render({"settings": {"FORETYPE_SERVER_MAX_BODY_BYTES": value}})
    assert settings_of(documents, "api") == {"FORETYPE_SERVER_MAX_BODY_BYTES": text}


@pytest.mark.parametrize(("name", "values"), WITH_A_DEFAULT_ONLY.items(), ids=WITH_A_DEFAULT_ONLY)
def test_ones_own_setting_wins_over_the_default_of_the_chart(name: str, values: Values) -> None:
    assert name in variables_of(render(values), "api")
    documents = render({**values, "settings": {name: 3}})
    assert name not in variables_of(documents, "api")
    assert settings_of(documents, "api") == {name: "3"}


def test_data_of_one_pod_outlives_it() -> None:
    documents = render(ALL_VALUES["data on a volume"])
    claim = find(documents, "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    deployment = find(documents, "Deployment")["spec"]
    assert deployment["strategy"] == {"type": "Recreate"}
    [folder] = [
        variable["value"]
        for variable in container(documents, "api")["env"]
        if variable["name"] == "FORETYPE_DATA_FOLDER"
    ]
    [volume] = [
        mount["name"]
        for mount in container(documents, "api")["volumeMounts"]
        if mount["mountPath"] == folder
    ]
    assert {
        "name": volume,
        "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]},
    } in deployment["template"]["spec"]["volumes"]
    own = {"data": {"volume": {"enabled": True, "existingClaim": "mine"}}}
    assert not [each for each in render(own) if each["kind"] == "PersistentVolumeClaim"]


def test_pods_that_share_data_find_their_key() -> None:
    documents = render(ALL_VALUES["shared data"])
    [address] = [
        variable["value"]
        for variable in container(documents, "api")["env"]
        if variable["name"] == "FORETYPE_DATA_MASTER_KEY"
    ]
    [mount] = [
        mount
        for mount in container(documents, "api")["volumeMounts"]
        if address == f"file:{mount['mountPath']}/master.key"
    ]
    assert mount["readOnly"]
    service = {**ALL_VALUES["shared data"], "settings": {"FORETYPE_DATA_MASTER_KEY": "command:kms"}}
    mounted = container(render(service), "api")["volumeMounts"]
    assert mount["name"] not in {each["name"] for each in mounted}


@pytest.mark.parametrize("stores", [[], [{"ports": [{"port": 6379}]}]], ids=["any", "named"])
def test_pods_reach_what_they_share(stores: list[Any]) -> None:
    values = {**ALL_VALUES["shared data"], "networkPolicy": {"stores": stores}}
    egress = find(render(values), "NetworkPolicy", "-api")["spec"]["egress"]
    assert egress[1:] == (stores or [{}])
    assert len(find(render(), "NetworkPolicy", "-api")["spec"]["egress"]) == 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown value": ({"replicas": 2}, "replicas"),
    "unknown nested value": ({"pool": {"gpu": 2}}, "gpu"),
    "misspelt setting": ({"settings": {"FORETYPE_SERVER_PROT": 1}}, "FORETYPE_SERVER_PROT"),
    "setting of the chart": ({"settings": {"FORETYPE_SERVER_PORT": 1}}, "FORETYPE_SERVER_PORT"),
    "secret among settings": ({"settings": {"FORETYPE_REMOTE_API_KEY": "k"}}, "_API_KEY"),
    "setting among variables": ({"env": [{"name": "FORETYPE_SERVER_HOST"}]}, "into settings"),
    "structured setting": ({"settings": {"FORETYPE_MODEL_PATH": ["a"]}}, "FORETYPE_MODEL_PATH"),
    "no GPU": ({"pool": {"gpus": 0}}, "pool/gpus"),
    "size without unit": ({"pool": {"sharedMemory": "4 GB"}}, "pool/sharedMemory"),
    "floating tag": ({"api": {"image": {"tag": "latest"}}}, "tag of foretype-cpu"),
    "short digest": ({"api": {"image": {"digest": "sha256:12"}}}, "api/image/digest"),
    "address without scheme": ({"remote": {"urls": ["vllm:8000"]}}, "remote/urls/0"),
    "ingress without host": ({"ingress": {"enabled": True}}, "ingress/host"),
    "secret of data among settings": ({"settings": {"FORETYPE_DATA_REDIS": "r"}}, "_DATA_REDIS"),
    "two pods on a volume": (
        {"api": {"replicas": 2}, "data": {"volume": {"enabled": True}}},
        "data.volume is for one API pod",
    ),
    "experiments without data": ({"experiments": {"enabled": True}}, "name a Redis for it"),
    "experiments judged twice": (
        {**ALL_VALUES["judged"], "settings": {"FORETYPE_EXPERIMENTS_LOG": "/srv/models/log"}},
        "FORETYPE_EXPERIMENTS_LOG would have each API pod judge",
    ),
    "log without unit": ({"experiments": {"judge": {"volume": {"size": "4 GB"}}}}, "volume/size"),
    "store among settings": ({"settings": {"FORETYPE_EXPERIMENTS_STORE": "r"}}, "MENTS_STORE"),
    "two kinds of vLLM": (
        {"pool": {"enabled": True}, "remote": {"urls": ["http://a"]}},
        "pool.enabled and remote.urls exclude each other",
    ),
}


@pytest.mark.parametrize(("values", "said"), BAD.values(), ids=BAD)
def test_bad_values_are_refused_by_name(values: dict[str, Any], said: str) -> None:
    with pytest.raises(helm.HelmError) as refused:
        render(values)
    assert said in str(refused.value)


def test_every_value_is_described_and_has_no_unknown_neighbours() -> None:
    described = _described(SCHEMA, "values")
    assert len(described) > 50
    for path, schema in described:
        assert "description" in schema or "$ref" in schema, path
        assert "properties" not in schema or schema["additionalProperties"] is False, path


def test_every_default_is_in_the_schema() -> None:
    defaults = helm.Chart.load(CHART).values
    assert defaults.keys() | {"global"} == SCHEMA["properties"].keys()


def test_a_secret_is_made_once_and_only_where_it_is_used() -> None:
    documents = render(example("one-gpu"))
    assert find(documents, "Secret")["data"].keys() == {"FORETYPE_REMOTE_SESSION_SECRET"}
    for values in (ALL_VALUES["defaults"], ALL_VALUES["fleet"]):
        assert not [document for document in render(values) if document["kind"] == "Secret"]


@pytest.mark.parametrize("values", ALL_VALUES.values(), ids=ALL_VALUES)
def test_no_secret_is_in_a_configmap_or_in_plain_sight(values: Values) -> None:
    documents = render(values)
    secret = {
        "FORETYPE_REMOTE_SESSION_SECRET",
        "FORETYPE_REMOTE_API_KEY",
        "FORETYPE_DATA_ADMIN_TOKEN",
        "FORETYPE_DATA_REDIS",
        "FORETYPE_DATA_LOG",
        "FORETYPE_EXPERIMENTS_ADMIN_TOKEN",
    }
    if not values.get("data", {}).get("volume"):
        secret.add("FORETYPE_EXPERIMENTS_STORE")  # else it is a file
    for document in documents:
        if document["kind"] == "ConfigMap":
            assert not secret & (document["data"] or {}).keys()
    for each in containers(documents).values():
        for variable in each.get("env", []):
            if variable["name"] in secret:
                assert variable["valueFrom"].keys() == {"secretKeyRef"}


def _described(schema: Document, path: str) -> list[tuple[str, Document]]:
    found = []
    for name, below in schema.get("properties", {}).items():
        found.append((f"{path}.{name}", below))
        found += _described(below, f"{path}.{name}")
    return found
