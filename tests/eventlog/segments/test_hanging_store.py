"""An object store that takes requests and answers none: nobody waits for it for long."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlog.opening import segments_of
from eventlog.segments import LogUnavailable, SegmentConfig, SegmentLog, SegmentStore, shipper
from eventlog.segments import store as store_module
from eventlog.segments.manifest import read_manifest
from tests.eventlog.segments.conftest import line

CONFIG = SegmentConfig(min_free_bytes=0, retention_seconds={})


@pytest.fixture
def hanging_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            monkeypatch.setenv(name, "x")
        yield "s3://bucket/log"


def test_stopping_does_not_wait_for_a_store_that_hangs(
    tmp_path: Path, hanging_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipper, "STOP_SECONDS", 0.5)
    monkeypatch.setitem(store_module.RETRY, "max_retries", 0)
    monkeypatch.setitem(store_module.CLIENT, "read_timeout", "2s")
    data = tmp_path / "data"
    log = SegmentLog(data, CONFIG, SegmentStore(hanging_url))
    for _each in range(2):  # stopped, it can be started again
        log.start()
        log.append([line(1)]).result(20)
        began = time.monotonic()
        log.stop()
        assert time.monotonic() - began < 2
    assert len(segments_of(data)) == len(list(read_manifest(data))) == 2


def test_a_store_that_hangs_is_not_waited_for_long(
    hanging_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(store_module.RETRY, "max_retries", 0)
    monkeypatch.setitem(store_module.CLIENT, "read_timeout", "1s")
    began = time.monotonic()
    with pytest.raises(LogUnavailable, match="object store"):
        SegmentStore(hanging_url).names()
    assert 0.9 < time.monotonic() - began < 5
