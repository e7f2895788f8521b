"""The chart renders to objects that Kubernetes would take."""

import tomllib

import helm_python as helm
import kubernetes_validate
import pytest

from tests.deployment.chart import ALL_VALUES, CHART, ROOT, Document, Values, find, render

OLDEST, NEWEST = "1.30", "1.37"
CUSTOM = "monitoring.coreos.com/v1"


def test_helm_finds_nothing_to_complain_about() -> None:
    report = helm.lint(CHART, strict=True)
    assert report["errors"] == []
    assert [m for m in report["messages"] if m["severity"] > 1] == []


@pytest.mark.parametrize(
    ("values", "version"),
    [(values, NEWEST) for values in ALL_VALUES.values()] + [(ALL_VALUES["everything"], OLDEST)],
    ids=[*ALL_VALUES, f"everything-{OLDEST}"],
)
def test_every_object_fits_the_schema_of_kubernetes(values: Values, version: str) -> None:
    documents = [document for document in render(values) if document["apiVersion"] != CUSTOM]
    assert len(documents) >= 5
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)


def test_the_chart_says_which_kubernetes_it_needs() -> None:
    assert helm.Chart.load(CHART).metadata["kubeVersion"] == f">={OLDEST}.0-0"


def test_the_chart_names_the_servers_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert helm.Chart.load(CHART).metadata["appVersion"] == project["version"]


def test_two_releases_of_one_namespace_share_no_name() -> None:
    def names(release: str) -> set[tuple[str, str]]:
        return {
            (document["kind"], document["metadata"]["name"])
            for document in render(ALL_VALUES["everything"], release)
        }

    assert not names("blue") & names("green")


def test_the_monitor_scrapes_ports_that_pods_have() -> None:
    documents = render(ALL_VALUES["fleet"])
    scraped = {
        endpoint["port"]
        for endpoint in find(documents, "PodMonitor")["spec"]["podMetricsEndpoints"]
    }
    assert scraped == {"http", "vllm", "metrics"}
    assert scraped <= {name for document in documents for name in _port_names(document)}


def _port_names(document: Document) -> list[str]:
    if document["kind"] not in ("Deployment", "StatefulSet"):
        return []
    containers = document["spec"]["template"]["spec"]["containers"]
    return [port["name"] for container in containers for port in container.get("ports", [])]
