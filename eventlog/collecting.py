"""Brings a log that lies elsewhere into segments on this machine, where every reader finds it."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from eventlog.brokers.subscription import Subscription
from eventlog.segments import Line, LogUnavailable, SegmentLog
from eventlog.segments.manifest import read_manifest
from eventlog.segments.store import SegmentStore

TAKE_SECONDS = 0.5
IDLE_SECONDS = 1.0
"""After so long without a line there are no more at present."""
JOIN_SECONDS = 60.0
APPEND_BYTES = 4 << 20
"""Far less than the log's queue takes."""


def collect(subscription: Subscription, log: SegmentLog, *, follow: bool) -> int:
    """Write what comes to ``log``; each line is done with once it is durable there. How many.

    Without ``follow`` until nothing comes any more. Raises ``LogUnavailable``: what was taken and
    not done comes again, to this process or to another of the group.
    """
    num_lines = 0
    heard, had_share = time.monotonic(), False
    while True:
        lines = subscription.take(TAKE_SECONDS)
        if lines:
            for part in _parts(lines):
                log.append(part).result()
            subscription.done()
            num_lines += len(lines)
        has_share = subscription.has_share
        if lines or has_share != had_share:
            heard, had_share = time.monotonic(), has_share
        silent_seconds = time.monotonic() - heard
        if follow:
            continue
        if has_share and silent_seconds > IDLE_SECONDS:
            return num_lines
        if not has_share and silent_seconds > JOIN_SECONDS:
            raise LogUnavailable("the group has no share left for another member")


def fetch(store: SegmentStore, folder: Path) -> int:
    """Bring the segments that ``folder`` has not. How many.

    Raises ``LogUnavailable``; for a segment that is damaged when all others are here.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    here = {entry.name for entry in read_manifest(folder)}
    num_brought, damaged = 0, []
    for name, is_whole in store.names().items():
        entry = store.entry(name) if is_whole and name not in here else None
        if entry is None:
            continue
        try:
            is_good = store.bring(entry, folder)
        except OSError as error:
            raise LogUnavailable(f"{folder}: {error.strerror}") from None
        num_brought += is_good
        damaged += [] if is_good else [name]
    if damaged:
        raise LogUnavailable(f"object store: damaged: {', '.join(damaged)}")
    return num_brought


def _parts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    part: list[Line] = []
    num_bytes = 0
    for line in lines:
        if part and num_bytes + len(line.data) > APPEND_BYTES:
            yield part
            part, num_bytes = [], 0
        part.append(line)
        num_bytes += len(line.data)
    yield part
