"""Records a second into segments."""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ulid import ULID

from benchmarks.event_log.users import USER
from eventlog import OutcomeRecord
from eventlog.encoding import encode
from eventlog.opening import open_keys
from eventlog.segments import SegmentLog


def write(num_records: int) -> dict[str, Any]:
    """Best-effort lines, and acknowledged ones from many writers; records a second."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        keys = open_keys(data)
        record = _outcome()
        started = time.perf_counter()
        for _each in range(num_records // 10):
            encode(record, keys)
        encoding = num_records / 10 / (time.perf_counter() - started)
        log = SegmentLog(data / "log")
        log.start()
        line = encode(record, keys)
        started = time.perf_counter()
        offered = 0
        while offered < num_records:
            if log.offer(line):
                offered += 1
            else:
                time.sleep(0.001)
        log.append([line]).result()
        best_effort = num_records / (time.perf_counter() - started)
        started = time.perf_counter()
        for _each in range(num_records // 1000):
            waits = [log.append([line]) for _one in range(1000)]
            for wait in waits:
                wait.result()
        acknowledged = num_records / (time.perf_counter() - started)
        started = time.perf_counter()
        for _each in range(num_records // 10):
            while not log.offer(encode(record, keys)):
                time.sleep(0.001)
        log.append([line]).result()
        both = num_records / 10 / (time.perf_counter() - started)
        log.stop()
        dropped = sum(log.stats.num_dropped.values())
    return {
        "line_bytes": len(line.data),
        "encoded_per_second": round(encoding),
        "offered_per_second": round(best_effort),
        "acknowledged_per_second_1000_writers": round(acknowledged),
        "encoded_and_offered_per_second": round(both),
        "refused_by_the_full_queue_and_offered_again": dropped,
    }


def _outcome() -> OutcomeRecord:
    return OutcomeRecord(
        event_id=str(ULID()),
        time=datetime.now(UTC),
        user=USER,
        prediction_id="x" * 59,
        outcome="accepted",
        experiment="stable",
        arm="control",
        prompt_format="foretype-span",
        model_version="04cb5e55f3a0",
        config_version="abcdefgh",
    )
