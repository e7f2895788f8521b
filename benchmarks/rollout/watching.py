"""What each server says that it serves, several times a second."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.restarting import Restarting

LOOK_SECONDS = 0.1
REVISION = "foretype_rollout_revision"
SHARE = "foretype_rollout_share"


@dataclass(frozen=True, slots=True)
class Sample:
    """A server's revision and the share of each experiment's treatment.

    It was asked at ``asked``, in Unix time.
    """

    server: int
    asked: float
    revision: int
    shares: Mapping[str, float]


@dataclass
class Watcher:
    """Reads the metrics of all servers in turn."""

    servers: Sequence[Restarting]
    samples: list[Sample] = field(default_factory=list)

    def work(self, is_over: threading.Event) -> None:
        """Look until it is over."""
        with httpx.Client(timeout=5) as http:
            while not is_over.wait(LOOK_SECONDS):
                for number, server in enumerate(self.servers):
                    try:
                        self.samples.append(_sample(http, number, server.port))
                    except httpx.TransportError:  # it was killed
                        continue


def _sample(http: httpx.Client, number: int, port: int) -> Sample:
    asked = time.time()
    revision, shares = 0, {}
    page = http.get(f"http://127.0.0.1:{port}/metrics").text
    for family in text_string_to_metric_families(page):
        if family.name == REVISION:
            revision = int(family.samples[0].value)
        if family.name == SHARE:
            shares = {each.labels["experiment"]: each.value for each in family.samples}
    return Sample(number, asked, revision, shares)
