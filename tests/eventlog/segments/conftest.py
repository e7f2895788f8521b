"""Logs in a folder of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eventlog.lines import checked_line
from eventlog.segments import Line, RecordClass, SegmentConfig, SegmentLog
from tests.eventlog.logs import event_id

OpenLog = Callable[..., SegmentLog]


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[OpenLog]:
    """A started log; stopped at the end, if the test has not done so."""
    with ExitStack() as stack:

        def start(folder: Path | None = None, **settings: Any) -> SegmentLog:
            config = replace(SegmentConfig(min_free_bytes=0), **settings)
            log = SegmentLog(folder or tmp_path / "log", config)
            log.start()
            stack.callback(log.stop)
            return log

        yield start


def line(number: int, record_class: RecordClass = RecordClass.COUNTS, pad: int = 0) -> Line:
    """A line that says its number."""
    fields = b'{"event_id":"%b","time":"2026-03-01T12:00:00Z","number":%d,"pad":"%b"}'
    return Line(
        checked_line(fields % (event_id(number).encode(), number, b"x" * pad)), record_class
    )
