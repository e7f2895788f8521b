"""Brings a log that lies elsewhere into segments on this machine, where every reader finds it."""

from pathlib import Path

from eventlog.brokers.subscription import Subscription
from eventlog.segments import LogUnavailable, SegmentLog
from eventlog.segments.manifest import read_manifest
from eventlog.segments.store import SegmentStore

TAKE_SECONDS = 0.5
STARTING_SECONDS = 10.0
"""Joining a group takes a moment, in which nothing comes."""


def collect(subscription: Subscription, log: SegmentLog, *, follow: bool) -> int:
    """Write what comes to ``log``; each line is done with once it is durable there. How many.

    Without ``follow`` until nothing comes any more. Raises ``LogUnavailable``: what was taken and
    not done comes again, to this process or to another of the group.
    """
    num_lines = 0
    waited = 0.0
    while follow or waited < (TAKE_SECONDS if num_lines else STARTING_SECONDS):
        lines = subscription.take(TAKE_SECONDS)
        if not lines:
            waited += TAKE_SECONDS
            continue
        log.append(lines).result()
        subscription.done()
        num_lines += len(lines)
        waited = 0.0
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
