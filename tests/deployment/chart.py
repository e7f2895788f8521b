"""The chart, rendered by Helm itself, and what its tests look for in it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import helm_python as helm
import yaml

from server.settings import variables

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "foretype"
EXAMPLES = {path.stem: path for path in sorted((CHART / "examples").glob("*.yaml"))}

Document = dict[str, Any]
Values = Mapping[str, Any]


def known_settings() -> set[str]:
    """Every variable that some process of the chart reads."""
    return set(variables())


def example(name: str) -> Values:
    """The values of one file in ``examples``."""
    values = yaml.safe_load(EXAMPLES[name].read_text())
    assert isinstance(values, dict)
    return values


@cache
def _loaded() -> helm.Chart:
    return helm.Chart.load(CHART)


def render(values: Values | None = None, release: str = "foretype") -> list[Document]:
    """The Kubernetes objects of one installation. Raises ``helm.HelmError``."""
    rendered = _loaded().render(dict(values or {}), name=release, namespace="editors")
    return [
        document
        for path, text in rendered.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document is not None
    ]


def find(documents: list[Document], kind: str, suffix: str = "") -> Document:
    """The only object of this kind whose name ends so."""
    [found] = [
        document
        for document in documents
        if document["kind"] == kind and document["metadata"]["name"].endswith(suffix)
    ]
    return found


def pod_templates(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    """The pod template of each workload, with the workload's name."""
    for document in documents:
        if document["kind"] in ("Deployment", "StatefulSet"):
            yield document["metadata"]["name"], document["spec"]["template"]


def containers(documents: list[Document], part: str = "") -> dict[str, Document]:
    """Every container, by its name, of ``api``, ``judge``, ``pool`` or ``router``, or of all."""
    return {
        each["name"]: each
        for name, template in pod_templates(documents)
        if name.endswith(part)
        for each in template["spec"]["containers"]
    }


def container(documents: list[Document], part: str) -> Document:
    """The one container of ``api``, ``pool`` or ``router``."""
    [only] = containers(documents, part).values()
    return only


def settings_of(documents: list[Document], part: str) -> dict[str, str]:
    """What the ConfigMap of ``api`` or ``pool`` holds."""
    data = find(documents, "ConfigMap", part)["data"]
    assert isinstance(data, dict)
    return data


ALL_VALUES: dict[str, Values] = {
    "defaults": {},
    **{name: example(name) for name in EXAMPLES},
    "everything": {
        **example("fleet"),
        "existingSecret": "",
        "env": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
        "modelVolume": {"persistentVolumeClaim": {"claimName": "students", "readOnly": True}},
        "podMonitor": {"enabled": False},
        "service": {"type": "LoadBalancer", "annotations": {"a": "b"}},
    },
    "data on a volume": {"data": {"volume": {"enabled": True}, "existingSecret": "data"}},
    "shared data": {"api": {"replicas": 3}, "data": {"existingSecret": "data"}},
    "judged": {"data": {"existingSecret": "data"}, "experiments": {"enabled": True}},
    "elsewhere": {"remote": {"urls": ["http://10.0.0.7:8000", "http://10.0.0.8:8000"]}},
}
"""The installations that every test of the rendered objects looks at."""
