"""Brings a log that lies elsewhere into segments on this machine, where every reader finds it."""

import time
from pathlib import Path

from eventlog.brokers.subscription import Subscription
from eventlog.segments import LogUnavailable, SegmentLog
from eventlog.segments.manifest import read_manifest
from eventlog.segments.store import SegmentStore

TAKE_SECONDS = 0.5
IDLE_SECONDS = 1.0
"""After so long without a line there are no more at present."""
JOIN_SECONDS = 60.0


def collect(subscription: Subscription, log: SegmentLog, *, follow: bool) -> int:
    """Write what comes to ``log``; each line is done with once it is durable there. How many.

    Without ``follow`` until nothing comes any more. Raises ``LogUnavailable``: what was taken and
    not done comes again, to this process or to another of the group.
    """
    num_lines = 0
    joining, heard = time.monotonic(), 0.0
    while True:
        lines = subscription.take(TAKE_SECONDS)
        now = time.monotonic()
        if not subscription.has_share:
            if not follow and now - joining > JOIN_SECONDS:
                raise LogUnavailable("the group has no share left for another member")
            continue
        heard = now if lines else heard or now
        if lines:
            log.append(lines).result()
            subscription.done()
            num_lines += len(lines)
        elif not follow and now - heard > IDLE_SECONDS:
            return num_lines


def fetch(store: SegmentStore, folder: Path) -> int:
    """Bring the segments that ``folder`` has not. How many. Raises ``LogUnavailable``."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    here = {entry.name for entry in read_manifest(folder)}
    missing = [entry for entry in store.entries() if entry.name not in here]
    for entry in missing:
        try:
            store.get(entry, folder)
        except OSError as error:
            raise LogUnavailable(f"{folder}: {error.strerror}") from None
    return len(missing)
