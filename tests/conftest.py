"""How property tests choose their examples, how threads wait, and what servers share.

``make test`` uses Hypothesis' own profile ``ci``: the same examples every time, so that a failure
is a change's own. ``make explore`` looks further.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.redis_server import RedisServer
from model.threads import limit_spinning
from tests.kafka_broker import kafka_broker

limit_spinning()  # before any test loads torch
settings.register_profile("explore", deadline=None, print_blob=True)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture
def kafka_servers() -> Iterator[str]:
    with kafka_broker() as servers:
        yield servers
