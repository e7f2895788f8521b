"""Seconds and memory of ``python -m eventlog stats``, by the number of records."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from eventlog.lines import checked_line
from eventlog.opening import segments_of
from eventlog.segments import Line, RecordClass, SegmentLog

STATS_SIZES = (1_000_000, 4_000_000, 10_000_000)


def stats(num_records: int) -> dict[str, Any]:
    """Seconds and peak memory of ``python -m eventlog stats``; each size in a fresh process."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (each for each in STATS_SIZES if each <= num_records):
            log_folder = Path(folder) / str(size)
            _write_records(log_folder, size)
            started = time.perf_counter()
            command = [sys.executable, "-m", "eventlog", "stats", str(log_folder)]
            shown = subprocess.run(command, capture_output=True, text=True, check=True)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
            rows = [json.loads(line) for line in shown.stdout.splitlines()]
            figures[f"{size:,}"] = {
                "seconds": round(time.perf_counter() - started, 2),
                "peak_memory_mb": round(peak / 2**20),
                "packed_mb": round(sum(p.stat().st_size for p in segments_of(log_folder)) / 2**20),
                "counted": sum(row["predictions"] + row["settled"] for row in rows),
            }
    return figures


def _write_records(folder: Path, count: int) -> None:
    """Predictions with sealed words and their settled states, of fifty thousand users."""
    log = SegmentLog(folder)
    log.start()
    words = "Q" * 600
    for number in range(count):
        kind = b"prediction" if number % 2 else b"settled"
        more = (
            b'"seconds":{"total":0.%d},"sealed":"%b"' % (number % 900 + 100, words.encode())
            if number % 2
            else b'"counts":{"kept_bytes":%d,"correctly_deleted_bytes":0,"candidate_new_bytes":9,'
            b'"candidate_deleted_bytes":1,"reference_new_bytes":9,"reference_deleted_bytes":0,'
            b'"discarded_bytes":1}' % (number % 9)
        )
        fields = (
            b'{"schema_version":1,"event_id":"01%024X","time":"2026-11-23T22:00:00Z",'
            b'"user":"u%020x","experiment":"e","arm":"%b","kind":"%b",%b}'
            % (number, number * 7919 % 50_000, b"ab"[number % 2 :][:1], kind, more)
        )
        line = Line(checked_line(fields), RecordClass.COUNTS)
        while not log.offer(line):
            time.sleep(0.001)
    log.stop()
