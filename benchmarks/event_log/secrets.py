"""Time of the secret scan on code that holds none."""

import sysconfig
import time
from pathlib import Path
from typing import Any

from benchmarks.running import milliseconds
from eventlog.privacy.secrets import default_scanner

PART_CHARS = 10_000


def secrets(_num_records: int) -> dict[str, Any]:
    """Every part of ten thousand characters of the standard library, each scanned once."""
    scanner = default_scanner()
    scanner.scan("warm up")
    seconds, num_hits = [], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = file.read_text(errors="replace")
        for start in range(0, len(text), PART_CHARS):
            part = text[start : start + PART_CHARS]
            started = time.perf_counter()
            num_hits += bool(scanner.scan(part))
            seconds.append((time.perf_counter() - started) * PART_CHARS / len(part))
    return {"parts": len(seconds), "with_a_hit": num_hits, **milliseconds(seconds)}
