"""The objects of one installation fit one another, and the server."""

import re

import pytest
from fastapi.routing import APIRoute

from model import FakeEngine
from server.__main__ import SHUTDOWN_SECONDS
from server.app import create_app
from server.settings import Settings
from tests.deployment.chart import (
    ALL_VALUES,
    Document,
    Values,
    container,
    containers,
    find,
    pod_templates,
    render,
)

every_installation = pytest.mark.parametrize("values", ALL_VALUES.values(), ids=ALL_VALUES)


def selected(documents: list[Document], labels: dict[str, str]) -> list[Document]:
    """The pod templates that a selector meets."""
    return [
        template
        for _name, template in pod_templates(documents)
        if labels.items() <= template["metadata"]["labels"].items()
    ]


@every_installation
def test_every_selector_meets_the_pods_of_one_part(values: Values) -> None:
    documents = render(values)
    selectors = []
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "Service":
            selectors.append(spec["selector"])
        elif document["kind"] == "NetworkPolicy":
            selectors.append(spec["podSelector"]["matchLabels"])
        elif document["kind"] in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
            selectors.append(spec["selector"]["matchLabels"])
    for _name, template in pod_templates(documents):
        spread = template["spec"]["topologySpreadConstraints"]
        selectors += [constraint["labelSelector"]["matchLabels"] for constraint in spread]
    assert len(selectors) >= 5
    for labels in selectors:
        assert len(selected(documents, labels)) == 1


@every_installation
def test_every_port_that_is_named_is_a_port_of_the_pods_behind_it(values: Values) -> None:
    documents = render(values)
    for document in documents:
        if document["kind"] != "Service":
            continue
        [template] = selected(documents, document["spec"]["selector"])
        ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in document["spec"]["ports"]} <= ports


@every_installation
def test_every_probe_and_scrape_goes_to_a_port_of_its_pod(values: Values) -> None:
    for _name, template in pod_templates(render(values)):
        ports: set[int] = set()
        for each in template["spec"]["containers"]:
            named = {port["name"]: port["containerPort"] for port in each.get("ports", [])}
            ports |= set(named.values())
            probes = {name for name in each if name.endswith("Probe")}
            assert len(probes) == (3 if named else 0)
            assert {each[probe]["httpGet"]["port"] for probe in probes} <= named.keys()
        scraped = template["metadata"].get("annotations", {}).get("prometheus.io/port")
        assert scraped is None or int(scraped) in ports


def test_the_server_listens_where_its_pod_says() -> None:
    for part, section in (("api", "SERVER"), ("pool", "VLLM")):
        only = container(render(ALL_VALUES["fleet"]), part)
        environment = {variable["name"]: variable.get("value") for variable in only["env"]}
        assert environment[f"FORETYPE_{section}_HOST"] == "0.0.0.0"
        [port] = only["ports"]
        assert environment[f"FORETYPE_{section}_PORT"] == str(port["containerPort"])


def test_what_is_asked_of_the_server_are_routes_of_it() -> None:
    app = create_app(Settings(), engine=FakeEngine())
    routes = {route.path for route in app.routes if isinstance(route, APIRoute)}
    documents = render()
    only = container(documents, "api")
    assert only["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert only["readinessProbe"]["httpGet"]["path"] == "/readyz"
    [(_name, template)] = pod_templates(documents)
    scraped = template["metadata"]["annotations"]["prometheus.io/path"]
    assert {"/healthz", "/readyz", scraped} <= routes


def test_a_pod_is_given_the_time_that_the_server_takes_to_stop() -> None:
    for part in ("api", "router", "pool"):
        documents = render(ALL_VALUES["fleet"])
        pause = container(documents, part)["lifecycle"]["preStop"]["sleep"]["seconds"]
        [spec] = [
            template["spec"] for name, template in pod_templates(documents) if name.endswith(part)
        ]
        assert spec["terminationGracePeriodSeconds"] > pause + SHUTDOWN_SECONDS


@pytest.mark.parametrize("example", ["one-gpu", "fleet"])
def test_the_pool_is_asked_at_names_and_ports_that_it_has(example: str) -> None:
    documents = render(ALL_VALUES[example])
    pool = find(documents, "StatefulSet", "pool")
    service = find(documents, "Service", pool["spec"]["serviceName"])
    [port] = service["spec"]["ports"]
    expected = [
        f"http://{pool['metadata']['name']}-{index}.{service['metadata']['name']}:{port['port']}"
        for index in range(pool["spec"]["replicas"])
    ]
    if example == "fleet":
        arguments = container(documents, "router")["args"]
        assert arguments[arguments.index("--worker-urls") + 1 :] == expected
        router = find(documents, "Service", "router")
        [port] = router["spec"]["ports"]
        expected = [f"http://{router['metadata']['name']}:{port['port']}"]
    environment = {v["name"]: v.get("value") for v in container(documents, "api")["env"]}
    assert re.findall(r"http[^\",\]]+", environment["FORETYPE_REMOTE_URLS"]) == expected


def test_vllm_splits_the_model_over_the_gpus_of_its_pod() -> None:
    only = container(render({"pool": {"enabled": True, "gpus": 4}}), "pool")
    environment = {variable["name"]: variable["value"] for variable in only["env"]}
    assert environment["FORETYPE_VLLM_TENSOR_PARALLEL_SIZE"] == "4"
    assert only["resources"]["limits"]["nvidia.com/gpu"] == 4
    assert only["resources"]["limits"]["memory"]


@every_installation
def test_every_pod_is_as_locked_up_as_it_can_be(values: Values) -> None:
    for _name, template in pod_templates(render(values)):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in spec["containers"]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            mounted = {mount["name"] for mount in each["volumeMounts"]}
            assert mounted >= {volume["name"] for volume in spec["volumes"]}


@every_installation
def test_no_service_adds_variables_that_the_server_would_refuse(values: Values) -> None:
    for _name, template in pod_templates(render(values)):
        assert template["spec"]["enableServiceLinks"] is False


@every_installation
def test_every_image_is_pinned(values: Values) -> None:
    for each in containers(render(values)).values():
        assert re.search(r":\d+\.\d+\.\d+$|@sha256:[0-9a-f]{64}$", each["image"])


def test_a_digest_is_what_is_pulled() -> None:
    digest = "sha256:" + "a" * 64
    values = {"api": {"image": {"digest": digest}}, "image": {"registry": "example.com/x"}}
    assert container(render(values), "api")["image"] == f"example.com/x/foretype-cpu@{digest}"


def test_settings_restart_only_the_pods_that_read_them() -> None:
    def checksums(settings: dict[str, object]) -> dict[str, object]:
        documents = render({"pool": {"enabled": True}, "settings": settings})
        return {
            name: template["metadata"]["annotations"].get("checksum/settings")
            for name, template in pod_templates(documents)
        }

    before = checksums({"FORETYPE_MODEL_RELEASE": "none"})
    judged = checksums({"FORETYPE_MODEL_RELEASE": "none", "FORETYPE_JUDGE_REPETITION_COUNT": 5})
    assert {name for name in before if before[name] != judged[name]} == {"foretype-api"}


def test_only_who_needs_it_reaches_the_pool() -> None:
    for example, asker in (("one-gpu", "api"), ("fleet", "router")):
        policy = find(render(ALL_VALUES[example]), "NetworkPolicy", "pool")
        [rule] = policy["spec"]["ingress"]
        parts = [
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
            for peer in rule["from"]
            if "podSelector" in peer
        ]
        assert parts == [asker]
